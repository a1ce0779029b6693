"""Calls of reusable workflows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Jobs know who called them, whom they call, and with which inputs. What there is so far calls nothing."""
    op.add_column("job", sa.Column("caller", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("job", sa.Column("calls", sa.Text(), nullable=False, server_default=""))
    op.add_column("job", sa.Column("inputs", sa.Text(), nullable=False, server_default="{}"))
