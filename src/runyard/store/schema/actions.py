"""Trees of actions that others create: through `ActionRepo`, or a job for itself. A run's own tree is its other rows.

`action_tree` is a run as its actions see it: its key, and the number of its latest change. The tree of a run of this
server has a `run_id`; its changes are numbered in the run's journal, and stand there instead of in `action_change`.
`action_state.attempt` is the run's attempt for jobs and their actions, 0 elsewhere: a later attempt starts from an
earlier one's state.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, Table, Text, UniqueConstraint
from sqlalchemy import text as sql_text

from runyard.store.schema.base import id, metadata, number, reference, text
from runyard.store.schema.runs import run

action_tree = Table(
    "action_tree",
    metadata,
    id(),
    Column("run_id", BigInteger, ForeignKey("run.id", ondelete="CASCADE"), unique=True),
    text("org"),
    text("project"),
    text("domain"),
    text("name"),
    number("created"),
    number("updated"),
    number("sequence"),
    number("forgotten"),
    UniqueConstraint("org", "project", "domain", "name"),
    Index(None, "project", "domain", "created"),
    Index(None, "created"),
    sqlite_autoincrement=True,
)

action = Table(
    "action",
    metadata,
    id(),
    reference("tree_id", "action_tree.id"),
    text("name"),
    Column("parent", Text),
    number("run_attempt"),
    number("job"),
    number("phase"),
    number("attempts"),
    number("cache_status"),
    number("action_type"),
    number("run_source"),
    text("action_group"),
    text("task_project"),
    text("task_domain"),
    text("task_name"),
    text("task_version"),
    text("task_type"),
    text("task_short_name"),
    text("function_name"),
    text("environment_name"),
    text("trigger_name"),
    text("trigger_task_name"),
    number("trigger_revision"),
    text("trigger_type"),
    text("created_by"),
    number("created"),
    number("updated"),
    number("started"),
    number("ended"),
    number("duration"),
    number("abort_requested"),
    number("abort_attempts"),
    number("abort_due"),
    text("abort_reason"),
    text("abort_by"),
    text("abort_outcome"),
    Column("action_spec", LargeBinary, nullable=False),
    Column("action_details", LargeBinary, nullable=False),
    Column("detailed_info", LargeBinary, nullable=False),
    Column("run_spec", LargeBinary, nullable=False),
    UniqueConstraint("tree_id", "name"),
    Index(
        "uq_action_root",
        "tree_id",
        unique=True,
        sqlite_where=sql_text("parent IS NULL"),
        postgresql_where=sql_text("parent IS NULL"),
    ),
    Index(None, "tree_id", "parent"),
    Index(
        "ix_action_abort",
        "abort_due",
        "id",
        sqlite_where=sql_text("abort_requested > 0"),
        postgresql_where=sql_text("abort_requested > 0"),
    ),
    Index(None, "created", "id"),
    sqlite_autoincrement=True,
)

action_event = Table(
    "action_event",
    metadata,
    reference("tree_id", "action_tree.id", primary_key=True),
    Column("name", Text, primary_key=True),
    number("attempt", primary_key=True),
    number("phase", primary_key=True),
    number("version", primary_key=True),
    number("seq"),
    Column("info", LargeBinary, nullable=False),
    text("error_kind"),
    number("reported"),
    number("recorded"),
    Index(None, "tree_id", "name", "seq"),
    sqlite_with_rowid=False,
)

action_attempt = Table(
    "action_attempt",
    metadata,
    reference("tree_id", "action_tree.id", primary_key=True),
    Column("name", Text, primary_key=True),
    number("number", primary_key=True),
    number("phase"),
    number("cache_status"),
    number("created"),
    number("started"),
    number("ended"),
    sqlite_with_rowid=False,
)

action_state = Table(
    "action_state",
    metadata,
    reference("tree_id", "action_tree.id", primary_key=True),
    Column("name", Text, primary_key=True),
    number("attempt", primary_key=True),
    text("state"),
    number("version"),
    number("sequence"),
    number("updated"),
    Index(None, "sequence", unique=True),
    sqlite_with_rowid=False,
)

action_change = Table(
    "action_change",
    metadata,
    reference("tree_id", "action_tree.id", primary_key=True),
    number("seq", primary_key=True),
    number("at"),
    text("name"),
    text("payload"),
    number("root"),
    Index("ix_action_change_root", "root", sqlite_where=sql_text("root > 0"), postgresql_where=sql_text("root > 0")),
    sqlite_with_rowid=False,
)

action_trigger = Table(
    "action_trigger",
    metadata,
    Column("org", Text, primary_key=True),
    Column("project", Text, primary_key=True),
    Column("domain", Text, primary_key=True),
    Column("task_name", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    number("triggered"),
    sqlite_with_rowid=False,
)

Index("ix_run_created", run.c.repository_id, run.c.created, run.c.id)
