"""Mirror and ledger in one database."""
