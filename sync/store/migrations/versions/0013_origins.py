"""Where managed tasks come from, and which deals went into others: what a lost link does not take along."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add two tables; the deal that a task hangs on now counts as the one that it was first seen on."""
    op.create_table(
        "origins",
        sa.Column("conn", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("deal_id", sa.Text(), nullable=False),
        sa.Column("family", sa.Text()),
        sa.Column("rules", sa.Text()),
        sa.PrimaryKeyConstraint("conn", "key"),
    )
    op.create_table(
        "merged_deals",
        sa.Column("conn", sa.Integer(), nullable=False),
        sa.Column("loser", sa.Text(), nullable=False),
        sa.Column("winner", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("conn", "loser"),
    )
    op.execute(
        "INSERT INTO origins (conn, key, deal_id) SELECT conn, key, min(deal_id) FROM own_tasks "
        "WHERE key IS NOT NULL AND deal_id IS NOT NULL GROUP BY conn, key"
    )
