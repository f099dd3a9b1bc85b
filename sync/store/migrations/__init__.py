"""Migrations of the database, applied in order when it is opened."""
