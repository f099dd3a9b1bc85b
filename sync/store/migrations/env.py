"""How Alembic reaches the database: by the connection, and in the transaction, that the program hands over."""

from __future__ import annotations

from alembic import context

from sync.store.database.schema import VERSION_TABLE

context.configure(connection=context.config.attributes["connection"], version_table=VERSION_TABLE)
context.run_migrations()
