"""What the caps on tasks suppressed, so that it comes when there is room."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table of suppressed families; the next judgement fills it."""
    op.create_table(
        "suppressed",
        sa.Column("conn", sa.Integer(), nullable=False),
        sa.Column("deal_id", sa.Text(), nullable=False),
        sa.Column("family", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=True),
        sa.Column("severity", sa.SmallInteger(), nullable=False),
        sa.Column("points", sa.Double(), nullable=False),
        sa.Column("amount", sa.Double(), nullable=True),
        sa.Column("refused", sa.SmallInteger(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("conn", "deal_id", "family"),
    )
