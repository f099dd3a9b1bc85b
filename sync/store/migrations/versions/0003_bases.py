"""What we wrote into each field of our tasks, and how the CRM first showed it: whose the field is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a table; a task written before is taken for a person's once a person changes it."""
    op.create_table(
        "bases",
        sa.Column("conn", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("sent", sa.Text()),
        sa.Column("base", sa.Text()),
        sa.Column("after", sa.BigInteger()),
        sa.Column("until", sa.BigInteger()),
        sa.PrimaryKeyConstraint("conn", "key", "field"),
    )
