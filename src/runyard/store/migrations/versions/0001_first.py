"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make all tables."""
    _make_owners_and_repositories()
    _make_runs()
    _make_tasks()
    _make_queue()
    _make_runners()


def _make_owners_and_repositories() -> None:
    op.create_table(
        "counter",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counter")),
    )
    op.create_table(
        "owner",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("is_admin", sa.Boolean(), nullable=False),
        sa.Column("created", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_owner")),
        sa.UniqueConstraint("name_key", name=op.f("uq_owner_name_key")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "access_token",
        sa.Column("id", ID, nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("expires", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["owner.id"], name=op.f("fk_access_token_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_access_token_token_hash")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_access_token_user_id"), "access_token", ["user_id"], unique=False)
    op.create_table(
        "repository",
        sa.Column("id", ID, nullable=False),
        sa.Column("owner_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("default_branch", sa.Text(), nullable=False),
        sa.Column("last_run_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("created", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["owner.id"], name=op.f("fk_repository_owner_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repository")),
        sa.UniqueConstraint("owner_id", "name_key", name=op.f("uq_repository_owner_id_name_key")),
        sqlite_autoincrement=True,
    )
    op.execute("INSERT INTO counter (name, value) VALUES ('tasks_version', 1)")


def _make_runs() -> None:
    op.create_table(
        "run",
        sa.Column("id", ID, nullable=False),
        sa.Column("repository_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("workflow", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("sha", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("created", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("started", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("stopped", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("attempt", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repository.id"], name=op.f("fk_run_repository_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run")),
        sa.UniqueConstraint("repository_id", "number", name=op.f("uq_run_repository_id_number")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_run_open",
        "run",
        ["repository_id", "status", "id"],
        unique=False,
        sqlite_where=sa.text("status >= 5"),
        postgresql_where=sa.text("status >= 5"),
    )
    op.create_index(op.f("ix_run_repository_id_id"), "run", ["repository_id", "id"], unique=False)
    op.create_index(op.f("ix_run_repository_id_workflow_id"), "run", ["repository_id", "workflow", "id"], unique=False)
    op.create_table(
        "attempt",
        sa.Column("run_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("triggered_by", sa.Text(), nullable=False),
        sa.Column("debug", sa.Boolean(), nullable=False),
        sa.Column("created", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("started", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("stopped", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("abort_by", sa.Text(), nullable=True),
        sa.Column("abort_reason", sa.Text(), nullable=True),
        sa.Column("abort_requested", sa.BigInteger(), nullable=True),
        sa.Column("abort_force", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_attempt_run_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "number", name=op.f("pk_attempt")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "journal",
        sa.Column("run_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_journal_run_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "seq", name=op.f("pk_journal")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "job",
        sa.Column("id", ID, nullable=False),
        sa.Column("run_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("attempt", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("needs", sa.Text(), nullable=False),
        sa.Column("runs_on", sa.Text(), nullable=False),
        sa.Column("matrix", sa.Text(), nullable=True),
        sa.Column("matrix_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("matrix_total", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("max_parallel", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("fail_fast", sa.Boolean(), nullable=False),
        sa.Column("deferred", sa.Boolean(), nullable=False),
        sa.Column("continue_on_error", sa.Boolean(), nullable=False),
        sa.Column("timeout_minutes", sa.Float(precision=53), nullable=False),
        sa.Column("created", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("started", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("stopped", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("source_attempt", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id", "attempt"],
            ["attempt.run_id", "attempt.number"],
            name=op.f("fk_job_run_id_attempt"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sa.UniqueConstraint("run_id", "attempt", "number", name=op.f("uq_job_run_id_attempt_number")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "output",
        sa.Column("job_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_output_job_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "name", name=op.f("pk_output")),
        sqlite_with_rowid=False,
    )


def _make_tasks() -> None:
    op.create_table(
        "task",
        sa.Column("id", ID, nullable=False),
        sa.Column("job_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("runner_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("runner_name", sa.Text(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("started", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("stopped", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("log_lines", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_complete", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_task_job_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
        sa.UniqueConstraint("job_id", "number", name=op.f("uq_task_job_id_number")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "lease",
        sa.Column("task_id", ID, autoincrement=False, nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("expires", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("request_key", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_lease_task_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_lease")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_lease_token_hash")),
    )
    op.create_index(op.f("ix_lease_expires"), "lease", ["expires"], unique=False)
    op.create_index("ix_lease_request_key", "lease", ["request_key"], unique=False)
    op.create_table(
        "log_chunk",
        sa.Column("task_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("first", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("count", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_log_chunk_task_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("task_id", "first", name=op.f("pk_log_chunk")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "step",
        sa.Column("task_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("started", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("stopped", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_length", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_step_task_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("task_id", "index", name=op.f("pk_step")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "summary",
        sa.Column("task_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("step", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("markdown", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_summary_task_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("task_id", "step", name=op.f("pk_summary")),
        sqlite_with_rowid=False,
    )


def _make_queue() -> None:
    op.create_table(
        "label_set",
        sa.Column("id", ID, nullable=False),
        sa.Column("labels", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_set")),
        sa.UniqueConstraint("labels", name=op.f("uq_label_set_labels")),
    )
    op.create_table(
        "queue",
        sa.Column("label_set_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("job_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("run_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("attempt", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("job", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("repository_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("owner_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_queue_job_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["label_set_id"], ["label_set.id"], name=op.f("fk_queue_label_set_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("label_set_id", "job_id", name=op.f("pk_queue")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_queue_job_id"), "queue", ["job_id"], unique=False)
    op.create_index(
        op.f("ix_queue_owner_id_label_set_id_job_id"), "queue", ["owner_id", "label_set_id", "job_id"], unique=False
    )
    op.create_index(
        op.f("ix_queue_repository_id_label_set_id_job_id"),
        "queue",
        ["repository_id", "label_set_id", "job_id"],
        unique=False,
    )


def _make_runners() -> None:
    op.create_table(
        "runner",
        sa.Column("id", ID, nullable=False),
        sa.Column("uuid", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("repository_id", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("labels", sa.Text(), nullable=False),
        sa.Column("capabilities", sa.Text(), nullable=False),
        sa.Column("ephemeral", sa.Boolean(), nullable=False),
        sa.Column("last_online", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("last_active", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("created", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["owner.id"], name=op.f("fk_runner_owner_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repository.id"], name=op.f("fk_runner_repository_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runner")),
        sa.UniqueConstraint("uuid", name=op.f("uq_runner_uuid")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_runner_owner_id"), "runner", ["owner_id"], unique=False)
    op.create_index(op.f("ix_runner_repository_id"), "runner", ["repository_id"], unique=False)
    op.create_table(
        "runner_token",
        sa.Column("id", ID, nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("repository_id", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["owner.id"], name=op.f("fk_runner_token_owner_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repository.id"], name=op.f("fk_runner_token_repository_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runner_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_runner_token_token_hash")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_runner_token_owner_id"), "runner_token", ["owner_id"], unique=False)
    op.create_index(op.f("ix_runner_token_repository_id"), "runner_token", ["repository_id"], unique=False)
