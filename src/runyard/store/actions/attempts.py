"""The attempts of an action, each with its own phase and times."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, select

from runyard.store.actions.phases import ActionPhase, CacheStatus
from runyard.store.actions.records import ActionAttempt
from runyard.store.actions.times import to_datetime
from runyard.store.database import Tx
from runyard.store.schema import action_attempt
from runyard.store.statement import Statement, inserting, updating

_INSERT = inserting(action_attempt, "tree_id name number created phase cache_status started ended")
_UPDATE = updating(action_attempt, "phase cache_status started ended", where="tree_id name number")
_READ = Statement(
    select(*(action_attempt.c[name] for name in ("number", "phase", "cache_status", "created", "started", "ended")))
    .where(action_attempt.c.tree_id == bindparam("tree"), action_attempt.c.name == bindparam("name"))
    .order_by(action_attempt.c.number),
    "tree",
    "name",
)


def save_attempt(tx: Tx, tree_id: int, row: dict[str, Any], *, opened: int = 0) -> None:
    """Let the action's current attempt be as its row says; with `opened` it begins at that time."""
    key = (tree_id, row["name"], row["attempts"])
    values = (row["phase"], row["cache_status"], row["started"], row["ended"])
    if opened:
        _INSERT.run(tx, *key, opened, *values)
    else:
        _UPDATE.run(tx, *values, *key)


def end_attempt(tx: Tx, tree_id: int, row: dict[str, Any], phase: ActionPhase, at: int) -> None:
    """End the action's current attempt, though the action itself goes on with a later one."""
    _UPDATE.run(tx, int(phase), row["cache_status"], row["started"], at, tree_id, row["name"], row["attempts"])


def read(tx: Tx, tree_id: int, name: str) -> list[ActionAttempt]:
    """All attempts from number 1, without a gap."""
    found = {
        number: ActionAttempt(number, ActionPhase(phase), CacheStatus(cache), *map(to_datetime, times))
        for number, phase, cache, *times in _READ.all(tx, tree_id, name)
    }
    return [found.get(number) or ActionAttempt(number) for number in range(1, max(found, default=0) + 1)]
