"""What dealwarden costs, measured beside others in one run; `make bench` runs all of it."""
