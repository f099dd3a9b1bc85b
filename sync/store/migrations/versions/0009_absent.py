"""When a create without an answer was first looked up and not found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a column; what earlier programs left open counts as never looked up."""
    op.add_column("effects", sa.Column("absent_at", sa.BigInteger()))
