"""Filling a Salesforce org: from a story, or from exported files."""
