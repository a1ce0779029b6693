"""The state of an action: one opaque text with a version, for whoever runs the action to continue from.

States have a sequence of their own across all trees, given under the lock of one counter: in the order of commits. In
a run of this server a later attempt starts from the state that the latest earlier one left (see `places`).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, select

from runyard.store.actions import counters, places
from runyard.store.actions.errors import ActionNotFound, StateConflict, StateTooLong
from runyard.store.actions.identifiers import ActionIdentifier, RunIdentifier, StateUpdate
from runyard.store.actions.places import Place
from runyard.store.actions.records import ActionState
from runyard.store.actions.times import to_datetime
from runyard.store.actions.trees import ALL_STATES, Tree, claim, find
from runyard.store.actions.view import has_action
from runyard.store.database import Tx
from runyard.store.plain import clean, upsert
from runyard.store.schema import action_state, action_tree
from runyard.store.statement import Statement

LONGEST = 1024 * 1024
COUNTER = "action_state"

_READ = Statement(
    select(
        action_state.c.attempt, action_state.c.state, action_state.c.version, action_state.c.sequence,
        action_state.c.updated,
    )
    .where(
        action_state.c.tree_id == bindparam("tree"),
        action_state.c.name == bindparam("name"),
        action_state.c.attempt <= bindparam("attempt"),
    )
    .order_by(action_state.c.attempt.desc())
    .limit(1),
    "tree",
    "name",
    "attempt",
)  # fmt: skip
_SINCE = Statement(
    select(
        action_tree.c.org, action_tree.c.project, action_tree.c.domain, action_tree.c.name, action_state.c.name,
        action_state.c.attempt, action_state.c.version, action_state.c.sequence,
    )
    .join_from(action_state, action_tree)
    .where(action_state.c.sequence > bindparam("after"))
    .order_by(action_state.c.sequence)
    .limit(bindparam("limit")),
    "after",
    "limit",
)  # fmt: skip


def read(tx: Tx, action: ActionIdentifier) -> ActionState:
    """The state of an action; an empty one of version 0 while nothing was written. Raises ActionNotFound."""
    tree = find(tx, action.run)
    _require(tx, tree, action)
    assert tree is not None
    found = _find(tx, tree, action.name)
    if found is None:
        return ActionState()
    _, state, version, sequence, updated = found
    return ActionState(state, version, sequence, to_datetime(updated))


def write(tx: Tx, now: int, action: ActionIdentifier, state: str, expected_version: int | None = None) -> ActionState:
    """Replace the state, if it is at the expected version (None = whatever it is at).

    Raises ActionNotFound, StateTooLong, StateConflict.
    """
    size = len(state.encode("utf-8", "surrogatepass"))
    if size > LONGEST:
        raise StateTooLong(f"The state of {action} may have {LONGEST} bytes, this one has {size}.")
    _require(tx, find(tx, action.run), action)
    tree = claim(tx, action.run, now)
    found = _find(tx, tree, action.name)
    version = found[2] if found else 0
    if expected_version is not None and expected_version != version:
        raise StateConflict(f"The state of {action} is at version {version}, not {expected_version}.", version)
    return _store(tx, now, tree, action.name, clean(state), version + 1)


def announce(tx: Tx, now: int, action: ActionIdentifier) -> None:
    """Tell watchers of states of this action again, though its text is the same. Raises ActionNotFound."""
    _require(tx, find(tx, action.run), action)
    tree = claim(tx, action.run, now)
    found = _find(tx, tree, action.name)
    _store(tx, now, tree, action.name, found[1] if found else "", found[2] if found else 0)


def position(tx: Tx) -> int:
    """The number of the newest state."""
    return counters.value(tx, COUNTER)


def since(tx: Tx, after: int, limit: int) -> list[StateUpdate]:
    """The actions whose latest state has a number above `after`, in that order."""
    return [_update(row) for row in _SINCE.all(tx, after, limit)]


def _store(tx: Tx, now: int, tree: Tree, name: str, state: str, version: int) -> ActionState:
    key, attempt = _key(tree, name)
    sequence = counters.take(tx, COUNTER)
    upsert(
        tx, action_state, ("tree_id", "name", "attempt"), tree_id=tree.id, name=key, attempt=attempt, state=state,
        version=version, sequence=sequence, updated=now,
    )  # fmt: skip
    tx.notify(ALL_STATES)
    return ActionState(state, version, sequence, to_datetime(now))


def _find(tx: Tx, tree: Tree, name: str) -> tuple[Any, ...] | None:
    return _READ.first(tx, tree.id, *_key(tree, name))


def _key(tree: Tree, name: str) -> tuple[str, int]:
    """What a state is stored under: in a workflow run, the same for all attempts."""
    place = places.place_of(name) if tree.run_id is not None else None
    return (name, 0) if place is None else (place.constant, place.attempt)


def _require(tx: Tx, tree: Tree | None, action: ActionIdentifier) -> None:
    if tree is None or not has_action(tx, tree, action.name):
        raise ActionNotFound(f"There is no action {action}.")


def _update(row: tuple[Any, ...]) -> StateUpdate:
    *key, name, attempt, version, sequence = row
    if attempt:
        name = Place(attempt).name + (f"-{name}" if name else "")
    return StateUpdate(RunIdentifier(*key), name, version, sequence)
