"""The feed refers to runs alone: these refer to their repository, whose row every new run of it changes.

On PostgreSQL each append walked all versions of that row, to see that it was still there.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Drop the foreign key; SQLite can only copy the table."""
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("fk_feed_repository_id", "feed", type_="foreignkey")
        return
    op.rename_table("feed", "feed_before")
    op.create_table(
        "feed",
        sa.Column("run_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("first", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("repository_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("xid", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_feed_run_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "seq", name=op.f("pk_feed")),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO feed (run_id, seq, first, repository_id, xid) "
        "SELECT run_id, seq, first, repository_id, xid FROM feed_before"
    )
    op.drop_table("feed_before")
    op.create_index(op.f("ix_feed_xid_run_id_seq"), "feed", ["xid", "run_id", "seq"])
    op.create_index(op.f("ix_feed_repository_id_xid_run_id_seq"), "feed", ["repository_id", "xid", "run_id", "seq"])
