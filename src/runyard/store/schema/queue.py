"""Jobs that wait for a runner, by the set of labels they ask for, and the counters."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, Text

from runyard.store.schema.base import id, metadata, number, reference

counter = Table("counter", metadata, Column("name", Text, primary_key=True), number("value"))

label_set = Table("label_set", metadata, id(), Column("labels", Text, nullable=False, unique=True))

queue = Table(
    "queue",
    metadata,
    reference("label_set_id", "label_set.id", primary_key=True),
    reference("job_id", "job.id", primary_key=True),
    number("run_id"),
    number("attempt"),
    number("job"),
    number("repository_id"),
    number("owner_id"),
    Index(None, "repository_id", "label_set_id", "job_id"),
    Index(None, "owner_id", "label_set_id", "job_id"),
    Index(None, "job_id"),
    sqlite_with_rowid=False,
)
