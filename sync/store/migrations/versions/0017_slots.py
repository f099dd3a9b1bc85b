"""What people have of managed tasks in each connection, so that one person in two CRMs has one cap."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a table; each connection's next cycle fills its part."""
    op.create_table(
        "slots",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("conn", sa.Integer(), nullable=False),
        sa.Column("open", sa.Integer(), nullable=False),
        sa.Column("made", sa.Integer(), nullable=False),
        sa.Column("overdue", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person", "conn"),
    )
