"""The history of actions: append-only, the first event of a key stays, read in the order of the run's changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import bindparam, func, literal_column, or_, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from runyard.store.actions import rows
from runyard.store.actions.errors import ReadOnlyAction, TooMany
from runyard.store.actions.identifiers import ActionIdentifier, RunIdentifier, check_action
from runyard.store.actions.phases import TERMINAL, ActionPhase
from runyard.store.actions.places import place_of
from runyard.store.actions.records import ActionEvent
from runyard.store.actions.times import to_datetime, to_milliseconds
from runyard.store.actions.trees import Changes, claim
from runyard.store.database import Tx
from runyard.store.plain import clean
from runyard.store.schema import action_event
from runyard.store.statement import Statement

MOST_IN_A_RUN = 1000
"""An action of a job has at most so many events: they stand in the run's journal as well."""

_COLUMNS = ("tree_id", "name", "attempt", "phase", "version", "seq", "info", "error_kind", "reported", "recorded")
_INSERTS = {
    dialect: Statement(insert(action_event).on_conflict_do_nothing(), *_COLUMNS)
    for dialect, insert in (("sqlite", sqlite_insert), ("postgresql", postgresql_insert))
}
_SHOWN = tuple(action_event.c[name] for name in _COLUMNS[2:])
_OF_ACTION = select(*_SHOWN).where(
    action_event.c.tree_id == bindparam("tree"), action_event.c.name == bindparam("name")
)
_NEWEST = Statement(_OF_ACTION.order_by(action_event.c.seq.desc()).limit(bindparam("limit")), "tree", "name", "limit")
_SINCE = Statement(
    _OF_ACTION.where(
        action_event.c.attempt == bindparam("attempt"),
        action_event.c.seq > bindparam("after"),
        action_event.c.recorded > bindparam("since"),
    )
    .order_by(action_event.c.seq)
    .limit(bindparam("limit"))
    .offset(bindparam("offset")),
    "tree",
    "name",
    "attempt",
    "after",
    "since",
    "limit",
    "offset",
)
_FIRST_END = Statement(
    select(action_event.c.phase)
    .where(
        action_event.c.tree_id == bindparam("tree"),
        action_event.c.name == bindparam("name"),
        action_event.c.attempt == bindparam("attempt"),
        or_(*(action_event.c.phase == literal_column(str(int(phase))) for phase in sorted(TERMINAL))),
    )
    .order_by(action_event.c.seq)
    .limit(1),
    "tree",
    "name",
    "attempt",
)
_OF_ATTEMPT = _OF_ACTION.where(action_event.c.attempt == bindparam("attempt"))
_LATEST = Statement(_OF_ATTEMPT.order_by(action_event.c.seq.desc()).limit(1), "tree", "name", "attempt")
_LATEST_OF_PHASE = Statement(
    _OF_ATTEMPT.where(action_event.c.phase == bindparam("phase")).order_by(action_event.c.seq.desc()).limit(1),
    "tree",
    "name",
    "attempt",
    "phase",
)


def insert(tx: Tx, now: int, events: Iterable[ActionEvent]) -> None:
    """Store events of any actions, all or none; those whose key is taken are dropped. Actions need not exist yet.

    Raises InvalidName, and ReadOnlyAction for parts of a workflow run.
    """
    by_run: dict[RunIdentifier, list[ActionEvent]] = {}
    for event in events:
        by_run.setdefault(event.id.run, []).append(event)
    claimed = [Changes(tx, claim(tx, run, now), now) for run in sorted(by_run, key=str)]
    for changes in claimed:
        _insert_into(changes, by_run[changes.tree.run])


def add_synthetic(changes: Changes, name: str, attempt: int, phase: ActionPhase, error_kind: str) -> None:
    """Add an event of the store's own to a change in progress, unless the attempt has one like it."""
    sequence = changes.add(name, {})
    row = (changes.tree.id, name, attempt, int(phase), 0, sequence, b"", error_kind, changes.at, changes.at)
    _INSERTS[changes.tx.dialect].run(changes.tx, *row)


def newest(tx: Tx, tree_id: int, action: ActionIdentifier, limit: int) -> list[ActionEvent]:
    """The last `limit` events of an action, oldest first."""
    return [_event(action, row) for row in reversed(_NEWEST.all(tx, tree_id, action.name, limit))]


def since(
    tx: Tx, tree_id: int, action: ActionIdentifier, attempt: int, after: int, recorded: int, offset: int, limit: int
) -> list[ActionEvent]:
    """Events of one attempt behind sequence number `after` that were recorded later than `recorded`, oldest first."""
    found = _SINCE.all(tx, tree_id, action.name, attempt, after, recorded, limit, offset)
    return [_event(action, row) for row in found]


def latest(tx: Tx, tree_id: int, action: ActionIdentifier, attempt: int) -> list[ActionEvent]:
    """The newest event of an attempt, if any; once it has ended, the newest one of the phase that it first ended in."""
    end = _FIRST_END.first(tx, tree_id, action.name, attempt)
    key = (tree_id, action.name, attempt)
    row = _LATEST.first(tx, *key) if end is None else _LATEST_OF_PHASE.first(tx, *key, end[0])
    return [] if row is None else [_event(action, row)]


def _insert_into(changes: Changes, events: Sequence[ActionEvent]) -> None:
    """Store events of one tree, as one change of each action. Nothing happens when all of them are known."""
    by_action: dict[ActionIdentifier, list[ActionEvent]] = {}
    for event in events:
        by_action.setdefault(event.id, []).append(event)
    values: list[tuple[Any, ...]] = []
    for action, batch in by_action.items():
        check_action(action)
        if changes.tree.run_id is not None:
            place = place_of(action.name)
            if place is None or not place.own:
                raise ReadOnlyAction(f"The events of {action} are the journal of its workflow run.")
            _check_count(changes, action, len(batch))
        row = rows.find(changes.tx, changes.tree.id, action.name)
        payload = {} if row is None else rows.changing(row)
        is_root = row is not None and row["parent"] is None
        first = changes.add_events(action.name, payload, len(batch), root=is_root)
        values += [_values(event, changes.tree.id, sequence, changes.at) for sequence, event in enumerate(batch, first)]
    if _INSERTS[changes.tx.dialect].many(changes.tx, values):
        changes.save()


def _check_count(changes: Changes, action: ActionIdentifier, more: int) -> None:
    columns = action_event.c
    stored = select(func.count()).where(columns.tree_id == changes.tree.id, columns.name == action.name)
    if changes.tx.connection.execute(stored).scalar_one() + more > MOST_IN_A_RUN:
        raise TooMany(f"An action of a job may have {MOST_IN_A_RUN} events.")


def _values(event: ActionEvent, tree_id: int, sequence: int, at: int) -> tuple[Any, ...]:
    return (
        tree_id,
        event.id.name,
        int(event.attempt),
        int(event.phase),
        int(event.version),
        sequence,
        rows.as_bytes(event.info),
        clean(event.error_kind or ""),
        to_milliseconds(event.reported_at) or at,
        at,
    )


def _event(action: ActionIdentifier, row: tuple[Any, ...]) -> ActionEvent:
    attempt, phase, version, sequence, info, error_kind, reported, recorded = row
    at = to_datetime(recorded)
    return ActionEvent(
        id=action,
        attempt=attempt,
        phase=ActionPhase(phase),
        version=version,
        info=bytes(info),
        error_kind=error_kind or None,
        reported_at=to_datetime(reported),
        created_at=at,
        updated_at=at,
        sequence=sequence,
    )
