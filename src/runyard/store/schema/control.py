"""Who holds and waits for concurrency groups, which process leads, and what a repository decided for its runs."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Table, Text, UniqueConstraint
from sqlalchemy import text as sql_text

from runyard.store.schema.base import flag, id, metadata, number, reference, text

concurrency = Table(
    "concurrency",
    metadata,
    id(),
    reference("repository_id", "repository.id"),
    text("group_key"),
    reference("run_id", "run.id"),
    number("attempt"),
    number("job"),
    flag("cancel_in_progress"),
    text("queue"),
    flag("granted"),
    UniqueConstraint("run_id", "attempt", "job"),
    Index(None, "repository_id", "group_key", "id"),
    Index(
        "uq_concurrency_holder",
        "repository_id",
        "group_key",
        unique=True,
        sqlite_where=sql_text("granted"),
        postgresql_where=sql_text("granted"),
    ),
    sqlite_autoincrement=True,
)

leader = Table("leader", metadata, Column("name", Text, primary_key=True), text("holder"), number("expires"))

repository_policy = Table(
    "repository_policy",
    metadata,
    reference("repository_id", "repository.id", primary_key=True),
    Column("running_jobs", BigInteger),
    Column("retry_times", BigInteger),
    Column("retry_causes", Text),
    Column("retry_delay", BigInteger),
)

trusted_author = Table(
    "trusted_author",
    metadata,
    reference("repository_id", "repository.id", primary_key=True),
    Column("author", Text, primary_key=True),
    text("granted_by"),
    number("at"),
)

disabled_workflow = Table(
    "disabled_workflow",
    metadata,
    reference("repository_id", "repository.id", primary_key=True),
    Column("path", Text, primary_key=True),
    text("disabled_by"),
    number("at"),
)
