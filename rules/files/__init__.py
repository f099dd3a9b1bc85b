"""Rule files: read, checked, merged, described."""
