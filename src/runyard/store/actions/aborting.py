"""Aborts: durable requests, delivered by whoever runs the actions, counted, confirmed or given up, never lost.

An abort ends the action and everything below it at once (ABORTED, with the reason); the target stays pending until
`clear`. Aborting what has ended changes nothing. The parts of a workflow run are stopped by the kernel instead (see
`run_aborts`): they end when their runner says so.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, select

from runyard.store.actions import rows
from runyard.store.actions.identifiers import RunIdentifier
from runyard.store.actions.phases import ActionPhase
from runyard.store.actions.records import Action
from runyard.store.actions.trees import Changes
from runyard.store.actions.updating import store
from runyard.store.database import Tx
from runyard.store.plain import clean
from runyard.store.schema import action as action_table
from runyard.store.schema import action_tree
from runyard.store.statement import Statement

DEFAULT_REASON = "User requested abort"
FIRST_PAUSE = 1_000
LONGEST_PAUSE = 300_000
CONFIRMED, ABANDONED, REQUESTED = "confirmed", "abandoned", "requested"

_CHILDREN = Statement(
    select(*action_table.c)
    .where(action_table.c.tree_id == bindparam("tree"), action_table.c.parent == bindparam("parent"))
    .order_by(action_table.c.id),
    "tree",
    "parent",
)
_KEY = (action_tree.c.org, action_tree.c.project, action_tree.c.domain, action_tree.c.name.label("run_name"))
_PENDING = (
    select(*_KEY, action_tree.c.sequence, *action_table.c)
    .join_from(action_table, action_tree)
    .where(action_table.c.abort_requested > 0)
)


def abort(changes: Changes, row: dict[str, Any], reason: str, by: str) -> None:
    """Abort one action with its descendants, unless it has ended."""
    if ActionPhase(row["phase"]).is_terminal:
        return
    told = {"abort_reason": clean(reason) or DEFAULT_REASON, "abort_by": by}
    asked = {"abort_requested": changes.at, "abort_attempts": 0, "abort_due": changes.at, "abort_outcome": REQUESTED}
    _end(changes, row, {**told, **asked})
    seen, above = {row["name"]}, [row["name"]]
    while above:
        names = (_CHILDREN.all(changes.tx, changes.tree.id, name) for name in above)
        below = [dict(zip(action_table.c.keys(), found, strict=True)) for group in names for found in group]
        above = [child["name"] for child in below if child["name"] not in seen]
        seen.update(above)
        for child in below:
            if not ActionPhase(child["phase"]).is_terminal:
                _end(changes, child, told)


def pending(tx: Tx, *, due: int | None = None, limit: int | None = None, lease: int = 0) -> list[Action]:
    """Actions whose abort is not settled, oldest request first; with `due` only those to be tried at that time.

    `lease` milliseconds keep them from others who ask; two processes never get the same one.
    """
    query = _PENDING.order_by(action_table.c.abort_requested, action_table.c.id)
    if due is not None:
        query = query.where(action_table.c.abort_due <= due)
    if limit is not None:
        query = query.limit(limit)
    if lease:
        query = query.with_for_update(of=action_table, skip_locked=True)
    found = tx.connection.execute(query).mappings().all()
    if lease and due is not None and found:
        ids = [row[action_table.c.id] for row in found]
        tx.connection.execute(action_table.update().where(action_table.c.id.in_(ids)).values(abort_due=due + lease))
    return [_pending_action(row) for row in found]


def mark(changes: Changes, row: dict[str, Any]) -> int:
    """Count one more try to deliver the abort, before it is made; the next one is due later and later."""
    row["abort_attempts"] += 1
    row["abort_due"] = changes.at + pause(row["abort_attempts"])
    store(changes, row)
    return int(row["abort_attempts"])


def clear(changes: Changes, row: dict[str, Any], outcome: str) -> None:
    """The abort is settled: confirmed, or given up, which stays visible."""
    if not row["abort_requested"] and not row["abort_attempts"]:
        return
    row.update(abort_requested=0, abort_attempts=0, abort_due=0, abort_outcome=outcome)
    store(changes, row)


def pause(tries: int) -> int:
    """Milliseconds to wait after so many tries."""
    return min(LONGEST_PAUSE, FIRST_PAUSE << min(tries - 1, 20))


def _end(changes: Changes, row: dict[str, Any], fields: dict[str, Any]) -> None:
    row.update(fields, phase=int(ActionPhase.ABORTED))
    rows.end(row, changes.at)
    store(changes, row)


def _pending_action(row: Any) -> Action:
    values = {column.name: row[column] for column in action_table.c}
    key = RunIdentifier(*(row[column] for column in _KEY))
    return rows.action_of(values, key, row[action_tree.c.sequence])
