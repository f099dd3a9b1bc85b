"""What a plan found out about a connection's deals, for display until the next cycle judges them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add two tables."""
    op.create_table(
        "previews",
        sa.Column("conn", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("conn"),
    )
    op.create_table(
        "preview_suppressed",
        sa.Column("conn", sa.Integer(), nullable=False),
        sa.Column("deal_id", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("conn", "deal_id"),
    )
