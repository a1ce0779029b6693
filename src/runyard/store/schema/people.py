"""Owners (people and organizations), their tokens, and their repositories."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, Text, UniqueConstraint

from runyard.store.schema.base import flag, id, metadata, number, reference, text

owner = Table(
    "owner",
    metadata,
    id(),
    text("kind"),
    text("name"),
    Column("name_key", Text, nullable=False, unique=True),
    text("email"),
    flag("is_admin"),
    number("created"),
    sqlite_autoincrement=True,
)

access_token = Table(
    "access_token",
    metadata,
    id(),
    reference("user_id", "owner.id"),
    text("name"),
    text("kind"),
    Column("token_hash", Text, nullable=False, unique=True),
    text("scopes"),
    number("created"),
    number("expires"),
    Index(None, "user_id"),
    sqlite_autoincrement=True,
)

repository = Table(
    "repository",
    metadata,
    id(),
    reference("owner_id", "owner.id"),
    text("name"),
    text("name_key"),
    flag("private"),
    text("description"),
    text("default_branch"),
    number("last_run_number"),
    number("created"),
    UniqueConstraint("owner_id", "name_key"),
    sqlite_autoincrement=True,
)
