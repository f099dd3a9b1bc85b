"""What judgement remembers from day to day: streaks, findings in shadow, and rules that became judgeable late."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add two tables and a column; findings known so far are none in shadow."""
    op.add_column("findings", sa.Column("shadow", sa.SmallInteger(), nullable=False, server_default="0"))
    op.create_table(
        "streaks",
        sa.Column("conn", sa.Integer(), nullable=False),
        sa.Column("deal_id", sa.Text(), nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("severity", sa.SmallInteger(), nullable=False),
        sa.Column("holds", sa.SmallInteger(), nullable=False),
        sa.Column("days", sa.BigInteger(), nullable=False),
        sa.Column("business_days", sa.BigInteger(), nullable=False),
        sa.Column("seen_on", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("conn", "deal_id", "rule_id"),
    )
    op.create_table(
        "late_rules",
        sa.Column("conn", sa.Integer(), nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("pipeline", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("conn", "rule_id", "pipeline"),
    )
