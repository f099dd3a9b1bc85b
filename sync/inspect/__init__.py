"""What people look at: explain, the pipeline report, rule differences, scenarios."""
