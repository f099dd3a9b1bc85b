"""Filling a HubSpot portal: from a story, or from exported files."""
