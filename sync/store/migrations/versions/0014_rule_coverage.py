"""Coverage by rule, and by owner: what was measured by source alone counts as no judgement any more."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add two tables, and drop the verdicts that were measured on all deals instead of those that are due."""
    op.drop_table("coverage")
    op.create_table(
        "rule_coverage",
        sa.Column("conn", sa.Integer(), nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("pipeline", sa.Text(), nullable=False),
        sa.Column("share", sa.Double(), nullable=False),
        sa.Column("judged", sa.SmallInteger(), nullable=False),
        sa.Column("lapsed", sa.SmallInteger(), nullable=False),
        sa.Column("deals", sa.BigInteger(), nullable=False),
        sa.Column("floor", sa.Double(), nullable=False),
        sa.Column("lack", sa.Text(), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("definition", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("conn", "rule_id", "source", "pipeline"),
    )
    op.create_table(
        "owner_coverage",
        sa.Column("conn", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("deals", sa.BigInteger(), nullable=False),
        sa.Column("share", sa.Double(), nullable=False),
        sa.Column("silent", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("conn", "owner_id"),
    )
