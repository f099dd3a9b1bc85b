"""Values that the stages share."""
