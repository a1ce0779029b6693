"""The tables. Times are integer milliseconds since the epoch, 0 = not yet; statuses are Gitea's numbers; JSON is text.

A run's wide, immutable part (source, `github` context, inputs) is stored once: as its first journal row. `queue` holds
a row exactly while a job waits, `lease` exactly while a task is open.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Id = BigInteger().with_variant(Integer, "sqlite")


def _id() -> Column[int]:
    """A number that is never used twice, even after its row is gone."""
    return Column("id", Id, primary_key=True)


def _number(name: str, *, primary_key: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=False, primary_key=primary_key, autoincrement=False)


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def _flag(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False)


def _status() -> Column[int]:
    return Column("status", SmallInteger, nullable=False)


def _reference(name: str, target: str, *, primary_key: bool = False, nullable: bool = False) -> Column[int]:
    """A foreign key whose row goes when the target goes."""
    key = ForeignKey(target, ondelete="CASCADE")
    return Column(name, BigInteger, key, nullable=nullable, primary_key=primary_key, autoincrement=False)


counter = Table("counter", metadata, Column("name", Text, primary_key=True), _number("value"))

owner = Table(
    "owner",
    metadata,
    _id(),
    _text("kind"),
    _text("name"),
    Column("name_key", Text, nullable=False, unique=True),
    _text("email"),
    _flag("is_admin"),
    _number("created"),
    sqlite_autoincrement=True,
)

access_token = Table(
    "access_token",
    metadata,
    _id(),
    _reference("user_id", "owner.id"),
    _text("name"),
    _text("kind"),
    Column("token_hash", Text, nullable=False, unique=True),
    _text("scopes"),
    _number("created"),
    _number("expires"),
    Index(None, "user_id"),
    sqlite_autoincrement=True,
)

repository = Table(
    "repository",
    metadata,
    _id(),
    _reference("owner_id", "owner.id"),
    _text("name"),
    _text("name_key"),
    _flag("private"),
    _text("description"),
    _text("default_branch"),
    _number("last_run_number"),
    _number("created"),
    UniqueConstraint("owner_id", "name_key"),
    sqlite_autoincrement=True,
)

run = Table(
    "run",
    metadata,
    _id(),
    _reference("repository_id", "repository.id"),
    _number("number"),
    _text("workflow"),
    _text("title"),
    _text("event"),
    _text("ref"),
    _text("sha"),
    _text("actor"),
    _status(),
    _number("created"),
    _number("started"),
    _number("stopped"),
    _number("attempt"),
    _number("sequence"),
    UniqueConstraint("repository_id", "number"),
    Index(None, "repository_id", "id"),
    Index(None, "repository_id", "workflow", "id"),
    Index(
        "ix_run_open",
        "repository_id",
        "status",
        "id",
        sqlite_where=text("status >= 5"),
        postgresql_where=text("status >= 5"),
    ),
    sqlite_autoincrement=True,
)

attempt = Table(
    "attempt",
    metadata,
    _reference("run_id", "run.id", primary_key=True),
    _number("number", primary_key=True),
    _status(),
    _text("triggered_by"),
    _flag("debug"),
    _number("created"),
    _number("started"),
    _number("stopped"),
    Column("abort_by", Text),
    Column("abort_reason", Text),
    Column("abort_requested", BigInteger),
    Column("abort_force", Boolean),
    sqlite_with_rowid=False,
)

job = Table(
    "job",
    metadata,
    _id(),
    _number("run_id"),
    _number("attempt"),
    _number("number"),
    _text("key"),
    _text("name"),
    _status(),
    _text("needs"),
    _text("runs_on"),
    Column("matrix", Text),
    _number("matrix_index"),
    _number("matrix_total"),
    _number("max_parallel"),
    _flag("fail_fast"),
    _flag("deferred"),
    _flag("continue_on_error"),
    Column("timeout_minutes", Float(53), nullable=False),
    _number("created"),
    _number("started"),
    _number("stopped"),
    _number("source_attempt"),
    _text("cause"),
    UniqueConstraint("run_id", "attempt", "number"),
    ForeignKeyConstraint(["run_id", "attempt"], ["attempt.run_id", "attempt.number"], ondelete="CASCADE"),
    sqlite_autoincrement=True,
)

output = Table(
    "output",
    metadata,
    _reference("job_id", "job.id", primary_key=True),
    Column("name", Text, primary_key=True),
    _text("value"),
    sqlite_with_rowid=False,
)

task = Table(
    "task",
    metadata,
    _id(),
    _reference("job_id", "job.id"),
    _number("number"),
    _number("runner_id"),
    _text("runner_name"),
    _status(),
    _number("started"),
    _number("stopped"),
    _text("cause"),
    _number("log_lines"),
    _flag("log_complete"),
    UniqueConstraint("job_id", "number"),
    sqlite_autoincrement=True,
)

lease = Table(
    "lease",
    metadata,
    Column("task_id", Id, ForeignKey("task.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("token_hash", Text, nullable=False, unique=True),
    _number("expires"),
    Column("request_key", Text),
    Index(None, "expires"),
    Index("ix_lease_request_key", "request_key"),
)

step = Table(
    "step",
    metadata,
    _reference("task_id", "task.id", primary_key=True),
    _number("index", primary_key=True),
    _text("name"),
    _status(),
    _number("started"),
    _number("stopped"),
    _number("log_index"),
    _number("log_length"),
    sqlite_with_rowid=False,
)

journal = Table(
    "journal",
    metadata,
    _reference("run_id", "run.id", primary_key=True),
    _number("seq", primary_key=True),
    _number("at"),
    _text("type"),
    _text("payload"),
    sqlite_with_rowid=False,
)

label_set = Table("label_set", metadata, _id(), Column("labels", Text, nullable=False, unique=True))

queue = Table(
    "queue",
    metadata,
    _reference("label_set_id", "label_set.id", primary_key=True),
    _reference("job_id", "job.id", primary_key=True),
    _number("run_id"),
    _number("attempt"),
    _number("job"),
    _number("repository_id"),
    _number("owner_id"),
    Index(None, "repository_id", "label_set_id", "job_id"),
    Index(None, "owner_id", "label_set_id", "job_id"),
    Index(None, "job_id"),
    sqlite_with_rowid=False,
)

runner = Table(
    "runner",
    metadata,
    _id(),
    Column("uuid", Text, nullable=False, unique=True),
    _text("name"),
    _text("token_hash"),
    _reference("owner_id", "owner.id", nullable=True),
    _reference("repository_id", "repository.id", nullable=True),
    _text("version"),
    _text("labels"),
    _text("capabilities"),
    _flag("ephemeral"),
    _number("last_online"),
    _number("last_active"),
    _number("created"),
    Index(None, "owner_id"),
    Index(None, "repository_id"),
    sqlite_autoincrement=True,
)

runner_token = Table(
    "runner_token",
    metadata,
    _id(),
    Column("token_hash", Text, nullable=False, unique=True),
    _reference("owner_id", "owner.id", nullable=True),
    _reference("repository_id", "repository.id", nullable=True),
    _flag("active"),
    Index(None, "owner_id"),
    Index(None, "repository_id"),
    sqlite_autoincrement=True,
)

log_chunk = Table(
    "log_chunk",
    metadata,
    _reference("task_id", "task.id", primary_key=True),
    _number("first", primary_key=True),
    _number("count"),
    Column("data", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

summary = Table(
    "summary",
    metadata,
    _reference("task_id", "task.id", primary_key=True),
    _number("step", primary_key=True),
    _text("markdown"),
    sqlite_with_rowid=False,
)
