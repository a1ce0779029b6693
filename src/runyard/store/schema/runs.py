"""Runs, attempts, jobs, tasks, steps and the journal. A run's wide, immutable part is its first journal row."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy import text as sql_text

from runyard.store.schema.base import Id, flag, id, metadata, number, reference, status, text

run = Table(
    "run",
    metadata,
    id(),
    reference("repository_id", "repository.id"),
    number("number"),
    text("workflow"),
    text("title"),
    text("event"),
    text("ref"),
    text("sha"),
    text("actor"),
    status(),
    number("created"),
    number("started"),
    number("stopped"),
    number("attempt"),
    number("sequence"),
    UniqueConstraint("repository_id", "number"),
    Index(None, "repository_id", "id"),
    Index(None, "repository_id", "workflow", "id"),
    Index(
        "ix_run_open",
        "repository_id",
        "status",
        "id",
        sqlite_where=sql_text("status >= 5"),
        postgresql_where=sql_text("status >= 5"),
    ),
    sqlite_autoincrement=True,
)

attempt = Table(
    "attempt",
    metadata,
    reference("run_id", "run.id", primary_key=True),
    number("number", primary_key=True),
    status(),
    text("triggered_by"),
    flag("debug"),
    number("created"),
    number("started"),
    number("stopped"),
    Column("abort_by", Text),
    Column("abort_reason", Text),
    Column("abort_requested", BigInteger),
    Column("abort_force", Boolean),
    sqlite_with_rowid=False,
)

job = Table(
    "job",
    metadata,
    id(),
    number("run_id"),
    number("attempt"),
    number("number"),
    text("key"),
    text("name"),
    status(),
    text("needs"),
    text("runs_on"),
    Column("matrix", Text),
    number("matrix_index"),
    number("matrix_total"),
    number("max_parallel"),
    flag("fail_fast"),
    flag("deferred"),
    flag("continue_on_error"),
    Column("timeout_minutes", Float(53), nullable=False),
    number("created"),
    number("started"),
    number("stopped"),
    number("source_attempt"),
    text("cause"),
    UniqueConstraint("run_id", "attempt", "number"),
    ForeignKeyConstraint(["run_id", "attempt"], ["attempt.run_id", "attempt.number"], ondelete="CASCADE"),
    sqlite_autoincrement=True,
)

output = Table(
    "output",
    metadata,
    reference("job_id", "job.id", primary_key=True),
    Column("name", Text, primary_key=True),
    text("value"),
    sqlite_with_rowid=False,
)

task = Table(
    "task",
    metadata,
    id(),
    reference("job_id", "job.id"),
    number("number"),
    number("runner_id"),
    text("runner_name"),
    status(),
    number("started"),
    number("stopped"),
    text("cause"),
    number("log_lines"),
    flag("log_complete"),
    UniqueConstraint("job_id", "number"),
    sqlite_autoincrement=True,
)

lease = Table(
    "lease",
    metadata,
    Column("task_id", Id, ForeignKey("task.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("token_hash", Text, nullable=False, unique=True),
    number("expires"),
    Column("request_key", Text),
    Index(None, "expires"),
    Index("ix_lease_request_key", "request_key"),
)

step = Table(
    "step",
    metadata,
    reference("task_id", "task.id", primary_key=True),
    number("index", primary_key=True),
    text("name"),
    status(),
    number("started"),
    number("stopped"),
    number("log_index"),
    number("log_length"),
    sqlite_with_rowid=False,
)

journal = Table(
    "journal",
    metadata,
    reference("run_id", "run.id", primary_key=True),
    number("seq", primary_key=True),
    number("at"),
    text("type"),
    text("payload"),
    sqlite_with_rowid=False,
)
