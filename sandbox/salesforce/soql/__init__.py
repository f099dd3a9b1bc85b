"""SOQL: parsed, checked, and translated to SQL."""
