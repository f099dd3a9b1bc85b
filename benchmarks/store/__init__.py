"""A million open deals judged from a real database: memory, and time beside a bare read of the same columns."""
