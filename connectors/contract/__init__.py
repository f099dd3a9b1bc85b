"""The contract that every connector keeps, run against it over the wire."""
