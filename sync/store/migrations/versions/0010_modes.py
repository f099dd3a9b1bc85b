"""The mode that a connection last ran in, as the configuration had it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a column; what earlier programs ran in is not known."""
    op.add_column("connections", sa.Column("mode", sa.Text()))
