"""Runners and the tokens they register with."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, Text

from runyard.store.schema.base import flag, id, metadata, number, reference, text

runner = Table(
    "runner",
    metadata,
    id(),
    Column("uuid", Text, nullable=False, unique=True),
    text("name"),
    text("token_hash"),
    reference("owner_id", "owner.id", nullable=True),
    reference("repository_id", "repository.id", nullable=True),
    text("version"),
    text("labels"),
    text("capabilities"),
    flag("ephemeral"),
    number("last_online"),
    number("last_active"),
    number("created"),
    Index(None, "owner_id"),
    Index(None, "repository_id"),
    sqlite_autoincrement=True,
)

runner_token = Table(
    "runner_token",
    metadata,
    id(),
    Column("token_hash", Text, nullable=False, unique=True),
    reference("owner_id", "owner.id", nullable=True),
    reference("repository_id", "repository.id", nullable=True),
    flag("active"),
    Index(None, "owner_id"),
    Index(None, "repository_id"),
    sqlite_autoincrement=True,
)
