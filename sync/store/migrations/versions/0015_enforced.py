"""The day on which a connection first wrote tasks: the ramp counts from it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a column; where it is empty, the earliest managed task counts."""
    op.add_column("connections", sa.Column("enforced_day", sa.Integer()))
