"""Pages that are filled in with what the rules say."""
