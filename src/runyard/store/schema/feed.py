"""The feed across runs, and who has read how far in it."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, Text

from runyard.store.schema.base import metadata, number, reference, text

feed = Table(
    "feed",
    metadata,
    reference("run_id", "run.id", primary_key=True),
    number("seq", primary_key=True),
    number("first"),
    number("repository_id"),
    number("xid"),
    Index(None, "xid", "run_id", "seq"),
    Index(None, "repository_id", "xid", "run_id", "seq"),
    sqlite_with_rowid=False,
)

consumer = Table(
    "consumer",
    metadata,
    Column("name", Text, primary_key=True),
    number("xid"),
    number("run_id"),
    number("seq"),
    text("holder"),
    number("expires"),
)
