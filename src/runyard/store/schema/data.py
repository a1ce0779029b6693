"""What belongs to repositories and owners besides runs: artifacts, caches, variables, secrets, schedules, retention.

A variable or secret has a repository, or an owner, or neither: then it is the server's. `blob` names bytes that are
kept elsewhere; a row outlives its bytes, never the other way round.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Table, Text, UniqueConstraint
from sqlalchemy import text as sql_text

from runyard.store.schema.base import id, metadata, number, reference, status, text

_LIVE = "status < 3"
_DOOMED = "status >= 3 AND blob <> ''"
_SERVER = "repository_id IS NULL AND owner_id IS NULL"

artifact = Table(
    "artifact",
    metadata,
    id(),
    reference("repository_id", "repository.id"),
    reference("run_id", "run.id"),
    number("attempt"),
    number("runner_id"),
    text("name"),
    text("path"),
    status(),
    text("content_type"),
    number("size"),
    number("stored_size"),
    text("digest"),
    text("blob"),
    number("created"),
    number("updated"),
    number("expires"),
    Index(
        "uq_artifact_live",
        "run_id",
        "attempt",
        "name",
        "path",
        unique=True,
        sqlite_where=sql_text(_LIVE),
        postgresql_where=sql_text(_LIVE),
    ),
    Index(None, "run_id", "id"),
    Index(None, "repository_id", "id"),
    Index(None, "status", "expires", "id"),
    Index("ix_artifact_bytes", "id", sqlite_where=sql_text(_DOOMED), postgresql_where=sql_text(_DOOMED)),
    sqlite_autoincrement=True,
)

cache = Table(
    "cache",
    metadata,
    id(),
    reference("repository_id", "repository.id"),
    text("scope"),
    text("key"),
    text("version"),
    status(),
    number("size"),
    text("blob"),
    number("created"),
    number("used"),
    Index(
        "uq_cache_live",
        "repository_id",
        "scope",
        "version",
        "key",
        unique=True,
        sqlite_where=sql_text(_LIVE),
        postgresql_where=sql_text(_LIVE),
    ),
    Index(None, "repository_id", "used", "id"),
    Index(None, "status", "used", "id"),
    sqlite_autoincrement=True,
)

variable = Table(
    "variable",
    metadata,
    id(),
    reference("owner_id", "owner.id", nullable=True),
    reference("repository_id", "repository.id", nullable=True),
    text("name"),
    text("value"),
    text("description"),
    number("created"),
    number("updated"),
    UniqueConstraint("owner_id", "name"),
    UniqueConstraint("repository_id", "name"),
    Index(
        "uq_variable_server",
        "name",
        unique=True,
        sqlite_where=sql_text(_SERVER),
        postgresql_where=sql_text(_SERVER),
    ),
    sqlite_autoincrement=True,
)

secret = Table(
    "secret",
    metadata,
    id(),
    reference("owner_id", "owner.id", nullable=True),
    reference("repository_id", "repository.id", nullable=True),
    text("name"),
    text("key_id"),
    Column("data", LargeBinary, nullable=False),
    text("description"),
    number("created"),
    number("updated"),
    UniqueConstraint("owner_id", "name"),
    UniqueConstraint("repository_id", "name"),
    Index(
        "uq_secret_server",
        "name",
        unique=True,
        sqlite_where=sql_text(_SERVER),
        postgresql_where=sql_text(_SERVER),
    ),
    sqlite_autoincrement=True,
)

schedule = Table(
    "schedule",
    metadata,
    id(),
    reference("repository_id", "repository.id"),
    text("workflow"),
    text("title"),
    text("ref"),
    text("sha"),
    text("actor"),
    text("source"),
    number("created"),
    UniqueConstraint("repository_id", "workflow"),
    sqlite_autoincrement=True,
)

schedule_spec = Table(
    "schedule_spec",
    metadata,
    id(),
    reference("schedule_id", "schedule.id"),
    text("spec"),
    text("time_zone"),
    number("next"),
    number("previous"),
    UniqueConstraint("schedule_id", "spec", "time_zone"),
    Index(None, "next", "id"),
    sqlite_autoincrement=True,
)

retention_policy = Table(
    "retention_policy",
    metadata,
    reference("repository_id", "repository.id", primary_key=True),
    Column("run_days", BigInteger),
    Column("run_count", BigInteger),
    Column("log_days", BigInteger),
    Column("log_bytes", BigInteger),
    Column("artifact_days", BigInteger),
    Column("artifact_bytes", BigInteger),
    Column("cache_days", BigInteger),
    Column("cache_bytes", BigInteger),
)

run_hold = Table(
    "run_hold",
    metadata,
    reference("run_id", "run.id", primary_key=True),
    Column("by", Text, nullable=False),
    text("reason"),
    number("at"),
)
