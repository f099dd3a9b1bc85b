"""The configuration: read, checked as a whole, frozen."""
