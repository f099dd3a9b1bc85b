"""What dealwarden costs, measured next to others in one run; `make bench` runs all of it."""
