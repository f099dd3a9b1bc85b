"""The catalogue of signals, and their computation from canonical tables."""
