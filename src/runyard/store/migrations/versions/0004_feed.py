"""A feed across runs, and consumers that remember how far they have read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the tables; what happened before comes first in the feed, run by run. A list by status is a key range."""
    op.create_table(
        "feed",
        sa.Column("run_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("first", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("repository_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("xid", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_feed_run_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repository.id"], name=op.f("fk_feed_repository_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "seq", name=op.f("pk_feed")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_feed_xid_run_id_seq"), "feed", ["xid", "run_id", "seq"])
    op.create_index(op.f("ix_feed_repository_id_xid_run_id_seq"), "feed", ["repository_id", "xid", "run_id", "seq"])
    op.create_table(
        "consumer",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("xid", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("run_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("expires", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_consumer")),
    )
    op.execute(
        "INSERT INTO feed (run_id, seq, first, repository_id, xid) SELECT id, sequence, 1, repository_id, 1 FROM run"
    )
    op.drop_index("ix_run_open", "run")
    op.create_index(op.f("ix_run_repository_id_status_id"), "run", ["repository_id", "status", "id"])
    op.execute("INSERT INTO counter (name, value) VALUES ('feed', 1), ('feed_floor', 0)")
