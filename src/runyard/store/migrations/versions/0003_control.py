"""Concurrency, approvals, retries, deadlines and aborts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Runs know what they wait for, and until when.

    Open runs of before are looked at at once (deadline 1). Any run of before may have files with concurrency groups.
    """
    for table, columns in _columns().items():
        for column in columns:
            op.add_column(table, column)
    op.execute("UPDATE run SET deadline = 1 WHERE status >= 5")
    op.execute("UPDATE run SET concurrent = true")
    _partial_index("ix_run_deadline", "run", ["deadline"], "deadline > 0")
    _partial_index("ix_run_pull_request", "run", ["repository_id", "pull_request"], "pull_request > 0")
    _partial_index("ix_job_cancelling", "job", ["run_id"], "status = 8")
    _make_concurrency()
    _make_leader_and_decisions()


def _columns() -> dict[str, tuple[sa.Column[object], ...]]:
    return {
        "run": (
            sa.Column("deadline", sa.BigInteger(), nullable=False, server_default="0"),
            sa.Column("concurrent", sa.Boolean(), nullable=False, server_default=sa.false()),
            sa.Column("fork", sa.Boolean(), nullable=False, server_default=sa.false()),
            sa.Column("pull_request", sa.BigInteger(), nullable=False, server_default="0"),
            sa.Column("author", sa.Text(), nullable=False, server_default=""),
            sa.Column("approval", sa.Text(), nullable=True),
        ),
        "attempt": (
            sa.Column("abort_code", sa.Text(), nullable=True),
            sa.Column("concurrency", sa.Text(), nullable=True),
        ),
        "job": (
            sa.Column("code", sa.Text(), nullable=False, server_default=""),
            sa.Column("queued", sa.BigInteger(), nullable=False, server_default="0"),
            sa.Column("retry_at", sa.BigInteger(), nullable=False, server_default="0"),
            sa.Column("abort", sa.Text(), nullable=True),
            sa.Column("concurrency", sa.Text(), nullable=True),
        ),
        "task": (sa.Column("code", sa.Text(), nullable=False, server_default=""),),
    }


def _make_concurrency() -> None:
    op.create_table(
        "concurrency",
        sa.Column("id", ID, nullable=False),
        sa.Column("repository_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("group_key", sa.Text(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("attempt", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("job", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("cancel_in_progress", sa.Boolean(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repository.id"], name=op.f("fk_concurrency_repository_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_concurrency_run_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_concurrency")),
        sa.UniqueConstraint("run_id", "attempt", "job", name=op.f("uq_concurrency_run_id_attempt_job")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_concurrency_repository_id_group_key_id"), "concurrency", ["repository_id", "group_key", "id"]
    )
    _partial_index("uq_concurrency_holder", "concurrency", ["repository_id", "group_key"], "granted", unique=True)


def _make_leader_and_decisions() -> None:
    op.create_table(
        "leader",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("expires", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leader")),
    )
    op.create_table(
        "repository_policy",
        sa.Column("repository_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("running_jobs", sa.BigInteger(), nullable=True),
        sa.Column("retry_times", sa.BigInteger(), nullable=True),
        sa.Column("retry_causes", sa.Text(), nullable=True),
        sa.Column("retry_delay", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repository.id"], name=op.f("fk_repository_policy_repository_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("repository_id", name=op.f("pk_repository_policy")),
    )
    op.create_table(
        "trusted_author",
        sa.Column("repository_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("granted_by", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repository.id"], name=op.f("fk_trusted_author_repository_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("repository_id", "author", name=op.f("pk_trusted_author")),
    )


def _partial_index(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    op.create_index(name, table, columns, unique=unique, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
