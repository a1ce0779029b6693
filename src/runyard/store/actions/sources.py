"""Where lists across runs find actions: rows that others made, and the runs of this server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, Text, and_, case, cast, collate, func, literal, select

from runyard.kernel.state import Abort, Attempt, Run
from runyard.store import mapping
from runyard.store.actions import rows, view
from runyard.store.actions.identifiers import ROOT, RunIdentifier
from runyard.store.actions.phases import ActionPhase, ActionType, RunSource
from runyard.store.actions.places import INSTANCE
from runyard.store.actions.records import Action
from runyard.store.actions.trees import Tree
from runyard.store.database import Dialect, Tx
from runyard.store.names import key_of
from runyard.store.schema import action, action_tree, attempt, job, owner, repository, run


@dataclass(frozen=True, slots=True)
class Source:
    """Rows that stand for actions: how to select them, the column of each field, and how to read what was selected."""

    select: Select[Any]
    columns: dict[str, ColumnElement[Any]]
    read: Callable[[Tx, Select[Any]], list[Action]]


def comparable(column: ColumnElement[Any], dialect: Dialect, *, text: bool) -> ColumnElement[Any]:
    """A column to sort by or to compare with a place in the order: text by code points, as Python does."""
    return collate(column, "C") if text and dialect == "postgresql" else column


def repository_of(tx: Tx, project: object, domain: object) -> int | None:
    """The repository whose runs have this project and domain."""
    query = (
        select(repository.c.id)
        .join(owner)
        .where(owner.c.name_key == key_of(str(project)), repository.c.name_key == key_of(str(domain)))
    )
    return tx.connection.execute(query).scalar_one_or_none()


def of_repository(repository_id: int) -> ColumnElement[bool]:
    """Only runs of this repository."""
    return run.c.repository_id == repository_id


def _text(value: str) -> ColumnElement[Any]:
    return cast(literal(value), Text)


def _number(value: int) -> ColumnElement[Any]:
    return cast(literal(value), Integer)


_KEY = {
    "org": action_tree.c.org,
    "project": action_tree.c.project,
    "domain": action_tree.c.domain,
    "run_name": action_tree.c.name,
}
_PLAIN = (
    "name", "action_group", "created_by", "task_project", "task_domain", "task_name", "task_version", "task_type",
    "function_name", "trigger_name", "trigger_task_name", "trigger_type", "action_type", "run_source",
    "trigger_revision", "attempts", "cache_status",
)  # fmt: skip
_OPEN = [int(phase) for phase in ActionPhase if not phase.is_terminal]
_left_open = and_(action.c.phase.in_(_OPEN), job.c.status.between(1, 4))
"""An action that its job left open counts as aborted when the job ended (`view.closed`)."""

_SELECT_STORED = (
    select(
        *(column.label(f"key_{name}") for name, column in _KEY.items()),
        func.coalesce(run.c.sequence, action_tree.c.sequence).label("tree_sequence"),
        case((job.c.status.between(1, 4), job.c.stopped), else_=0).label("job_ended"),
        *action.c,
    )
    .select_from(action_tree)
    .join(action, action.c.tree_id == action_tree.c.id)
    .outerjoin(run, run.c.id == action_tree.c.run_id)
    .outerjoin(
        job,
        and_(
            job.c.run_id == action_tree.c.run_id,
            job.c.attempt == action.c.run_attempt,
            job.c.number == action.c.job,
        ),
    )
)
_STORED_COLUMNS: dict[str, ColumnElement[Any]] = {
    **_KEY,
    **{name: action.c[name] for name in _PLAIN},
    "parent_action_name": func.coalesce(action.c.parent, ""),
    "phase": case((_left_open, int(ActionPhase.ABORTED)), else_=action.c.phase),
    "created_at": action.c.created,
    "updated_at": action.c.updated,
    "started_at": action.c.started,
    "ended_at": case((_left_open, job.c.stopped), else_=action.c.ended),
    "duration_ms": action.c.duration,
}


def _read_stored(tx: Tx, statement: Select[Any]) -> list[Action]:
    return [
        rows.action_of(
            view.closed(dict(row), row["job_ended"]),
            RunIdentifier(*(row[f"key_{name}"] for name in _KEY)),
            row["tree_sequence"],
        )
        for row in tx.connection.execute(statement).mappings()
    ]


STORED = Source(_SELECT_STORED, _STORED_COLUMNS, _read_stored)
"""Actions that others made, and those that jobs made for themselves."""

ROOTS = Source(
    _SELECT_STORED.where(action.c.parent.is_(None)),
    {**_STORED_COLUMNS, "created_at": action_tree.c.created},
    _read_stored,
)
"""The roots among them, by an index of their own."""

_ended = run.c.status.between(1, 4)
_needs_approval = and_(run.c.approval.is_not(None), run.c.approval.contains('"needed"'))
_RUN_COLUMNS: dict[str, ColumnElement[Any]] = {
    **{name: _text("") for name in _PLAIN},
    **{name: _number(0) for name in ("trigger_revision", "cache_status")},
    "attempts": _number(1),
    "org": _text(INSTANCE),
    "project": owner.c.name,
    "domain": repository.c.name,
    "run_name": _text("w").concat(cast(run.c.id, Text)),
    "name": _text(ROOT),
    "parent_action_name": _text(""),
    "action_type": _number(ActionType.RUN),
    "run_source": case(
        {name: int(source) for name, source in view.SOURCES.items()}, value=run.c.event, else_=int(RunSource.EVENT)
    ),
    "task_name": run.c.workflow,
    "task_version": run.c.sha,
    "trigger_name": run.c.event,
    "created_by": run.c.actor,
    "phase": case(
        (and_(run.c.status == 7, _needs_approval), int(ActionPhase.PAUSED)),
        *((run.c.status == int(status), int(phase)) for status, phase in view.PHASES.items()),
        else_=0,
    ),
    "created_at": run.c.created,
    "updated_at": case((run.c.stopped > 0, run.c.stopped), (run.c.started > 0, run.c.started), else_=run.c.created),
    "started_at": run.c.started,
    "ended_at": case((_ended, run.c.stopped), else_=0),
    "duration_ms": case(
        (and_(_ended, run.c.started > 0), run.c.stopped - run.c.started),
        (_ended, run.c.stopped - run.c.created),
        else_=0,
    ),
}
_RUN_FIELDS = (
    "repository_id", "number", "workflow", "title", "event", "ref", "sha", "actor", "created", "started", "stopped",
    "sequence",
)  # fmt: skip
_SELECT_RUNS = (
    select(
        owner.c.name.label("project"),
        repository.c.name.label("domain"),
        *(run.c[name] for name in ("id", "status", "approval", *_RUN_FIELDS)),
        *(attempt.c[name].label(f"attempt_{name}") for name in ("number", "status", "triggered_by", "created")),
        *(attempt.c[name] for name in ("abort_by", "abort_reason", "abort_requested")),
    )
    .select_from(run)
    .join(repository, repository.c.id == run.c.repository_id)
    .join(owner, owner.c.id == repository.c.owner_id)
    .join(attempt, and_(attempt.c.run_id == run.c.id, attempt.c.number == run.c.attempt))
)


def _read_runs(tx: Tx, statement: Select[Any]) -> list[Action]:
    return [_root(row) for row in tx.connection.execute(statement).mappings()]


def _root(row: Any) -> Action:
    """The root of a workflow run, from its row and that of its latest attempt."""
    asked = row["abort_requested"]
    latest = Attempt(
        number=row["attempt_number"],
        status=mapping.STATUSES[row["attempt_status"]],
        triggered_by=row["attempt_triggered_by"],
        created=row["attempt_created"],
        abort=None if asked is None else Abort(row["abort_by"], row["abort_reason"], asked),
    )
    state = Run(
        **{name: row[name] for name in _RUN_FIELDS},
        source="",
        github={},
        status=mapping.STATUSES[row["status"]],
        attempts=(latest,),
        approval=mapping.approval_of(row["approval"]),
    )
    identifier = RunIdentifier(INSTANCE, row["project"], row["domain"], f"w{row['id']}")
    return view.root(Tree(identifier, 0, 0, 0, 0, 0, row["id"], state), state)


WORKFLOW_RUNS = Source(_SELECT_RUNS, _RUN_COLUMNS, _read_runs)
"""The roots of the runs of this server."""
