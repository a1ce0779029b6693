"""Rows of `action` ↔ `Action`, and reading one row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam, select

from runyard.store.actions.identifiers import ActionIdentifier, RunIdentifier
from runyard.store.actions.phases import ActionPhase, ActionType, CacheStatus, RunSource
from runyard.store.actions.records import Action, EnrichedIdentity
from runyard.store.actions.times import to_datetime, to_milliseconds
from runyard.store.database import Tx
from runyard.store.plain import clean
from runyard.store.schema import action
from runyard.store.statement import Statement

Row = Mapping[str, Any]

NUMBERS = ("attempts", "trigger_revision")
ENUMS = {
    "phase": ActionPhase,
    "cache_status": CacheStatus,
    "action_type": ActionType,
    "run_source": RunSource,
}
TEXTS = (
    "action_group",
    "task_project",
    "task_domain",
    "task_name",
    "task_version",
    "task_type",
    "task_short_name",
    "function_name",
    "environment_name",
    "trigger_name",
    "trigger_task_name",
    "trigger_type",
    "created_by",
    "abort_reason",
    "abort_outcome",
)
BLOBS = ("action_spec", "action_details", "detailed_info", "run_spec")
TIMES = {
    "created": "created_at",
    "updated": "updated_at",
    "started": "started_at",
    "ended": "ended_at",
    "abort_requested": "abort_requested_at",
}
"""Column → field, where they differ; so do `abort_attempts`, `abort_by`, `duration` and `parent`."""

CHANGING = (
    "phase",
    "attempts",
    "cache_status",
    "updated",
    "started",
    "ended",
    "duration",
    "abort_requested",
    "abort_attempts",
    "abort_due",
    "abort_reason",
    "abort_by",
    "abort_outcome",
)
"""The columns that change after the creation; a change records all of them."""

_NAMES = tuple(column.name for column in action.c)
_OF_TREE = Statement(
    select(*action.c).where(action.c.tree_id == bindparam("tree"), action.c.name == bindparam("name")), "tree", "name"
)
_ROOT = Statement(select(*action.c).where(action.c.tree_id == bindparam("tree"), action.c.parent.is_(None)), "tree")
_ALL = Statement(select(*action.c).where(action.c.tree_id == bindparam("tree")).order_by(action.c.id), "tree")


def find(tx: Tx, tree_id: int, name: str) -> dict[str, Any] | None:
    """The row of an action."""
    return _row(_OF_TREE.first(tx, tree_id, name))


def find_root(tx: Tx, tree_id: int) -> dict[str, Any] | None:
    """The row of a tree's root."""
    return _row(_ROOT.first(tx, tree_id))


def all_of(tx: Tx, tree_id: int) -> list[dict[str, Any]]:
    """All rows of a tree, oldest first."""
    return [dict(zip(_NAMES, row, strict=True)) for row in _ALL.all(tx, tree_id)]


def changing(row: Row) -> dict[str, Any]:
    """What a change records."""
    return {name: row[name] for name in CHANGING}


def action_of(row: Row, run: RunIdentifier, sequence: int) -> Action:
    """A row as it is shown."""
    fields: dict[str, Any] = {name: row[name] for name in (*TEXTS, *NUMBERS)}
    fields.update((name, kind(row[name])) for name, kind in ENUMS.items())
    fields.update((name, bytes(row[name])) for name in BLOBS)
    fields.update((field, to_datetime(row[name])) for name, field in TIMES.items())
    return Action(
        id=ActionIdentifier(run, row["name"]),
        parent_action_name=row["parent"],
        duration_ms=row["duration"] if row["ended"] else None,
        abort_attempt_count=row["abort_attempts"],
        aborted_by=row["abort_by"],
        sequence=sequence,
        **fields,
    )


def shown(change: Row) -> dict[str, Any]:
    """The fields of an action that a recorded change says."""
    fields: dict[str, Any] = {
        "phase": ActionPhase(change["phase"]),
        "cache_status": CacheStatus(change["cache_status"]),
        "duration_ms": change["duration"] if change["ended"] else None,
        "abort_attempt_count": change["abort_attempts"],
        "aborted_by": change["abort_by"],
    }
    fields.update((name, change[name]) for name in ("attempts", "abort_reason", "abort_outcome"))
    fields.update((field, to_datetime(change[name])) for name, field in TIMES.items() if name in change)
    return fields


def values_of(given: Action, now: int) -> dict[str, Any]:
    """The columns of a new action. It never ends before it begins."""
    values: dict[str, Any] = {name: subject_of(getattr(given, name)) for name in TEXTS}
    values.update((name, int(getattr(given, name) or 0)) for name in NUMBERS)
    values.update((name, int(kind(getattr(given, name) or 0))) for name, kind in ENUMS.items())
    values.update((name, as_bytes(getattr(given, name))) for name in BLOBS)
    values.update((name, to_milliseconds(getattr(given, field))) for name, field in TIMES.items())
    values["name"] = given.id.name
    values["parent"] = given.parent_action_name or None
    values["phase"] = values["phase"] or int(ActionPhase.QUEUED)
    values["attempts"] = max(1, values["attempts"])
    values["created"] = values["created"] or now
    values["updated"] = now
    values["abort_attempts"] = given.abort_attempt_count
    values["abort_due"] = values["abort_requested"]
    values["abort_by"] = subject_of(given.aborted_by)
    end(values, values["ended"] or now if ActionPhase(values["phase"]).is_terminal else 0)
    return values


def end(values: dict[str, Any], at: int) -> None:
    """Set the end (0 = none) and what follows from it: never before the beginning."""
    start = values["started"] or values["created"]
    values["ended"] = max(at, start) if at else 0
    values["duration"] = values["ended"] - start if at else 0


def subject_of(identity: EnrichedIdentity | str | None) -> str:
    """Text that can be stored; of somebody, the subject."""
    return clean(identity.subject if isinstance(identity, EnrichedIdentity) else str(identity or ""))


def as_bytes(value: bytes | bytearray | memoryview | str | None) -> bytes:
    """Opaque content; text is UTF-8."""
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else bytes(value or b"")


def _row(row: tuple[Any, ...] | None) -> dict[str, Any] | None:
    return None if row is None else dict(zip(_NAMES, row, strict=True))
