"""Task texts in languages other than English, one file a language."""
