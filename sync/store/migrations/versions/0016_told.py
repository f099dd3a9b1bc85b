"""Whether a manager's digest told of a suppressed finding."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a column; where it is empty, nobody was told."""
    op.add_column("suppressed", sa.Column("told", sa.SmallInteger()))
