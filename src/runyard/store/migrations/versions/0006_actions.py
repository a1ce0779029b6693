"""Actions: what jobs create themselves, with their events and states."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    _make_trees_and_actions()
    _make_histories()
    _make_states_and_triggers()


def _make_trees_and_actions() -> None:
    op.create_table(
        "action_tree",
        sa.Column("id", ID, nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=True),
        sa.Column("org", sa.Text(), nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("updated", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("forgotten", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_action_tree_run_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_action_tree")),
        sa.UniqueConstraint("org", "project", "domain", "name", name=op.f("uq_action_tree_org_project_domain_name")),
        sa.UniqueConstraint("run_id", name=op.f("uq_action_tree_run_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_action_tree_created"), "action_tree", ["created"], unique=False)
    op.create_index(
        op.f("ix_action_tree_project_domain_created"), "action_tree", ["project", "domain", "created"], unique=False
    )
    op.create_table(
        "action",
        sa.Column("id", ID, nullable=False),
        sa.Column("tree_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent", sa.Text(), nullable=True),
        sa.Column("run_attempt", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("job", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("phase", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("attempts", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("cache_status", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("action_type", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("run_source", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("action_group", sa.Text(), nullable=False),
        sa.Column("task_project", sa.Text(), nullable=False),
        sa.Column("task_domain", sa.Text(), nullable=False),
        sa.Column("task_name", sa.Text(), nullable=False),
        sa.Column("task_version", sa.Text(), nullable=False),
        sa.Column("task_type", sa.Text(), nullable=False),
        sa.Column("task_short_name", sa.Text(), nullable=False),
        sa.Column("function_name", sa.Text(), nullable=False),
        sa.Column("environment_name", sa.Text(), nullable=False),
        sa.Column("trigger_name", sa.Text(), nullable=False),
        sa.Column("trigger_task_name", sa.Text(), nullable=False),
        sa.Column("trigger_revision", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("trigger_type", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("updated", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("started", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ended", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("duration", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("abort_requested", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("abort_attempts", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("abort_due", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("abort_reason", sa.Text(), nullable=False),
        sa.Column("abort_by", sa.Text(), nullable=False),
        sa.Column("abort_outcome", sa.Text(), nullable=False),
        sa.Column("action_spec", sa.LargeBinary(), nullable=False),
        sa.Column("action_details", sa.LargeBinary(), nullable=False),
        sa.Column("detailed_info", sa.LargeBinary(), nullable=False),
        sa.Column("run_spec", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["tree_id"], ["action_tree.id"], name=op.f("fk_action_tree_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_action")),
        sa.UniqueConstraint("tree_id", "name", name=op.f("uq_action_tree_id_name")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_action_abort",
        "action",
        ["abort_due", "id"],
        unique=False,
        sqlite_where=sa.text("abort_requested > 0"),
        postgresql_where=sa.text("abort_requested > 0"),
    )
    op.create_index(op.f("ix_action_created_id"), "action", ["created", "id"], unique=False)
    op.create_index(op.f("ix_action_tree_id_parent"), "action", ["tree_id", "parent"], unique=False)
    op.create_index(
        "uq_action_root",
        "action",
        ["tree_id"],
        unique=True,
        sqlite_where=sa.text("parent IS NULL"),
        postgresql_where=sa.text("parent IS NULL"),
    )


def _make_histories() -> None:
    op.create_table(
        "action_event",
        sa.Column("tree_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("attempt", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("phase", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("info", sa.LargeBinary(), nullable=False),
        sa.Column("error_kind", sa.Text(), nullable=False),
        sa.Column("reported", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("recorded", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["tree_id"], ["action_tree.id"], name=op.f("fk_action_event_tree_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tree_id", "name", "attempt", "phase", "version", name=op.f("pk_action_event")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_action_event_tree_id_name_seq"), "action_event", ["tree_id", "name", "seq"], unique=False)
    op.create_table(
        "action_attempt",
        sa.Column("tree_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("phase", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("cache_status", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("created", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("started", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ended", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["tree_id"], ["action_tree.id"], name=op.f("fk_action_attempt_tree_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tree_id", "name", "number", name=op.f("pk_action_attempt")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "action_change",
        sa.Column("tree_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("root", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["tree_id"], ["action_tree.id"], name=op.f("fk_action_change_tree_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tree_id", "seq", name=op.f("pk_action_change")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_action_change_root",
        "action_change",
        ["root"],
        unique=False,
        sqlite_where=sa.text("root > 0"),
        postgresql_where=sa.text("root > 0"),
    )


def _make_states_and_triggers() -> None:
    op.create_table(
        "action_state",
        sa.Column("tree_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("attempt", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("updated", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["tree_id"], ["action_tree.id"], name=op.f("fk_action_state_tree_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tree_id", "name", "attempt", name=op.f("pk_action_state")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_action_state_sequence"), "action_state", ["sequence"], unique=True)
    op.create_table(
        "action_trigger",
        sa.Column("org", sa.Text(), nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("task_name", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("triggered", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("org", "project", "domain", "task_name", "name", name=op.f("pk_action_trigger")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_run_created", "run", ["repository_id", "created", "id"], unique=False)
