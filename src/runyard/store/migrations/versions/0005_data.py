"""Artifacts, caches, variables, secrets, schedules, retention."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables. Logs can expire; those of before have not. When jobs began to wait is what the journal says."""
    op.add_column("task", sa.Column("log_expired", sa.BigInteger(), nullable=False, server_default="0"))
    kept = sa.text("stopped > 0 AND log_lines > 0 AND log_expired = 0")
    op.create_index("ix_task_log", "task", ["stopped", "id"], sqlite_where=kept, postgresql_where=kept)
    _make_artifacts()
    _make_caches()
    _make_variables_and_secrets()
    _make_schedules()
    _make_retention()
    _take_queued_from_journal()


def _take_queued_from_journal() -> None:
    field = (
        "json_extract(payload, '$.{}')"
        if op.get_bind().dialect.name == "sqlite"
        else "CAST(CAST(payload AS json)->>'{}' AS bigint)"
    )
    attempt, number, status = (field.format(name) for name in ("attempt", "job", "status"))
    first = (
        "SELECT at FROM journal WHERE journal.run_id = job.run_id AND type = 'job_status_changed' "  # noqa: S608
        f"AND {attempt} = job.attempt AND {number} = job.number AND {status} = 5 ORDER BY seq LIMIT 1"
    )
    op.execute(f"UPDATE job SET queued = COALESCE(({first}), 0)")  # noqa: S608


def _make_artifacts() -> None:
    op.create_table(
        "artifact",
        sa.Column("id", ID, nullable=False),
        sa.Column("repository_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("run_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("attempt", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("runner_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("stored_size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("blob", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("updated", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("expires", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repository.id"], name=op.f("fk_artifact_repository_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_artifact_run_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_artifact")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_artifact_bytes",
        "artifact",
        ["id"],
        unique=False,
        sqlite_where=sa.text("status >= 3 AND blob <> ''"),
        postgresql_where=sa.text("status >= 3 AND blob <> ''"),
    )
    op.create_index(op.f("ix_artifact_repository_id_id"), "artifact", ["repository_id", "id"], unique=False)
    op.create_index(op.f("ix_artifact_run_id_id"), "artifact", ["run_id", "id"], unique=False)
    op.create_index(op.f("ix_artifact_status_expires_id"), "artifact", ["status", "expires", "id"], unique=False)
    op.create_index(
        "uq_artifact_live",
        "artifact",
        ["run_id", "attempt", "name", "path"],
        unique=True,
        sqlite_where=sa.text("status < 3"),
        postgresql_where=sa.text("status < 3"),
    )


def _make_caches() -> None:
    op.create_table(
        "cache",
        sa.Column("id", ID, nullable=False),
        sa.Column("repository_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("blob", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("used", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repository.id"], name=op.f("fk_cache_repository_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cache")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_cache_repository_id_used_id"), "cache", ["repository_id", "used", "id"], unique=False)
    op.create_index(op.f("ix_cache_status_used_id"), "cache", ["status", "used", "id"], unique=False)
    op.create_index(
        "uq_cache_live",
        "cache",
        ["repository_id", "scope", "version", "key"],
        unique=True,
        sqlite_where=sa.text("status < 3"),
        postgresql_where=sa.text("status < 3"),
    )


def _make_variables_and_secrets() -> None:
    op.create_table(
        "variable",
        sa.Column("id", ID, nullable=False),
        sa.Column("owner_id", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("repository_id", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("updated", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["owner.id"], name=op.f("fk_variable_owner_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repository.id"], name=op.f("fk_variable_repository_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_variable")),
        sa.UniqueConstraint("owner_id", "name", name=op.f("uq_variable_owner_id_name")),
        sa.UniqueConstraint("repository_id", "name", name=op.f("uq_variable_repository_id_name")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "uq_variable_server",
        "variable",
        ["name"],
        unique=True,
        sqlite_where=sa.text("repository_id IS NULL AND owner_id IS NULL"),
        postgresql_where=sa.text("repository_id IS NULL AND owner_id IS NULL"),
    )
    op.create_table(
        "secret",
        sa.Column("id", ID, nullable=False),
        sa.Column("owner_id", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("repository_id", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("updated", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["owner.id"], name=op.f("fk_secret_owner_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repository.id"], name=op.f("fk_secret_repository_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_secret")),
        sa.UniqueConstraint("owner_id", "name", name=op.f("uq_secret_owner_id_name")),
        sa.UniqueConstraint("repository_id", "name", name=op.f("uq_secret_repository_id_name")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "uq_secret_server",
        "secret",
        ["name"],
        unique=True,
        sqlite_where=sa.text("repository_id IS NULL AND owner_id IS NULL"),
        postgresql_where=sa.text("repository_id IS NULL AND owner_id IS NULL"),
    )


def _make_schedules() -> None:
    op.create_table(
        "schedule",
        sa.Column("id", ID, nullable=False),
        sa.Column("repository_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("workflow", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("sha", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repository.id"], name=op.f("fk_schedule_repository_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule")),
        sa.UniqueConstraint("repository_id", "workflow", name=op.f("uq_schedule_repository_id_workflow")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "schedule_spec",
        sa.Column("id", ID, nullable=False),
        sa.Column("schedule_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("spec", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("next", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("previous", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["schedule.id"], name=op.f("fk_schedule_spec_schedule_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule_spec")),
        sa.UniqueConstraint(
            "schedule_id", "spec", "time_zone", name=op.f("uq_schedule_spec_schedule_id_spec_time_zone")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_schedule_spec_next_id"), "schedule_spec", ["next", "id"], unique=False)


def _make_retention() -> None:
    op.create_table(
        "retention_policy",
        sa.Column("repository_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("run_days", sa.BigInteger(), nullable=True),
        sa.Column("run_count", sa.BigInteger(), nullable=True),
        sa.Column("log_days", sa.BigInteger(), nullable=True),
        sa.Column("log_bytes", sa.BigInteger(), nullable=True),
        sa.Column("artifact_days", sa.BigInteger(), nullable=True),
        sa.Column("artifact_bytes", sa.BigInteger(), nullable=True),
        sa.Column("cache_days", sa.BigInteger(), nullable=True),
        sa.Column("cache_bytes", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repository.id"], name=op.f("fk_retention_policy_repository_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("repository_id", name=op.f("pk_retention_policy")),
    )
    op.create_table(
        "run_hold",
        sa.Column("run_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_run_hold_run_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_run_hold")),
    )
