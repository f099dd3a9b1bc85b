"""From signals to findings and scores."""
