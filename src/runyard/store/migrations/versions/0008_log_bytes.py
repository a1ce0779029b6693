"""How much text a task's log has, so that it can be bounded."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the column: what was written before does not count."""
    op.add_column("task", sa.Column("log_bytes", sa.BigInteger(), nullable=False, server_default="0"))
