"""How many calls a run has sent, kept while it goes on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a column; the calls of earlier runs stand in their reports."""
    op.add_column("runs", sa.Column("calls", sa.BigInteger(), nullable=False, server_default="0"))
