"""What tasks write: log chunks and summaries."""

from __future__ import annotations

from sqlalchemy import Column, LargeBinary, Table

from runyard.store.schema.base import metadata, number, reference, text

log_chunk = Table(
    "log_chunk",
    metadata,
    reference("task_id", "task.id", primary_key=True),
    number("first", primary_key=True),
    number("count"),
    Column("data", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

summary = Table(
    "summary",
    metadata,
    reference("task_id", "task.id", primary_key=True),
    number("step", primary_key=True),
    text("markdown"),
    sqlite_with_rowid=False,
)
