"""The language of conditions and templates: parsed, type-checked, compiled."""
