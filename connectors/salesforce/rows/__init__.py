"""Salesforce records as canonical rows."""
