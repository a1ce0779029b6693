"""The tree that an action belongs to, and its changes: numbered, recorded and told.

Writers of a tree take turns: `claim` locks its row (the run's row, when it is a run of this server), so that numbers
are given in the order of commits.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec
from sqlalchemy import bindparam, select

from runyard.kernel.events import ActionChanged, Event
from runyard.kernel.state import Run
from runyard.store import runs
from runyard.store.actions import counters, places
from runyard.store.actions.identifiers import RunIdentifier
from runyard.store.database import Tx
from runyard.store.plain import insert_once
from runyard.store.schema import action_change, action_tree
from runyard.store.statement import Statement, inserting, updating

ALL_STATES = ("tree", "states")
ALL_ROOTS = ("tree", "roots")
ROOTS = "action_root"
ROOTS_FLOOR = "action_root_floor"
"""The counter of the changes of roots, across all trees: taken last in a transaction, so in the order of commits."""

_COLUMNS = (
    action_tree.c.id,
    action_tree.c.created,
    action_tree.c.updated,
    action_tree.c.sequence,
    action_tree.c.forgotten,
)
_BY_KEY = (
    select(*_COLUMNS).where(
        action_tree.c.org == bindparam("org"),
        action_tree.c.project == bindparam("project"),
        action_tree.c.domain == bindparam("domain"),
        action_tree.c.name == bindparam("name"),
    ),
    ("org", "project", "domain", "name"),
)
_FIND = Statement(_BY_KEY[0], *_BY_KEY[1])
_LOCK = Statement(_BY_KEY[0].with_for_update(), *_BY_KEY[1])
_OF_RUN = Statement(select(*_COLUMNS).where(action_tree.c.run_id == bindparam("run")), "run")
_SAVE = updating(action_tree, "created updated sequence", where="id")
_RECORD = inserting(action_change, "tree_id seq at name payload root")
_encode = msgspec.json.Encoder().encode


@dataclass(slots=True)
class Tree:
    """A tree as a transaction finds it. `id` 0: a run of this server that has no row of its own yet."""

    run: RunIdentifier
    id: int
    created: int
    updated: int
    sequence: int
    forgotten: int
    run_id: int | None = None
    state: Run | None = None


def topic_of(run: RunIdentifier) -> tuple[str, int] | tuple[str, str]:
    """What the watchers of a tree subscribe to."""
    run_id = places.run_id_in(run)
    return ("tree", str(run)) if run_id is None else ("run", run_id)


def find(tx: Tx, run: RunIdentifier) -> Tree | None:
    """The tree of a run, None when there is none."""
    run_id = places.find_run(tx, run)
    if run_id is not None:
        return _of_run(tx, run, run_id, runs.load(tx, run_id))
    row = _FIND.first(tx, run.org, run.project, run.domain, run.name)
    return None if row is None else Tree(run, *row)


def claim(tx: Tx, run: RunIdentifier, now: int) -> Tree:
    """The tree of a run, made if need be and locked until the end of the transaction."""
    run_id = places.find_run(tx, run)
    if run_id is not None:
        state = runs.load(tx, run_id, lock=True)
        tree = _of_run(tx, run, run_id, state)
        if not tree.id:
            _make(tx, places.run_identifier(tx, run_id), state.created, run_id)
            tree = _of_run(tx, run, run_id, state)
        return tree
    places.check_not_reserved(run)
    key = (run.org, run.project, run.domain, run.name)
    row = _LOCK.first(tx, *key)
    if row is None:
        _make(tx, run, now, None)
        row = _LOCK.first(tx, *key)
        assert row is not None
    return Tree(run, *row)


def _make(tx: Tx, run: RunIdentifier, created: int, run_id: int | None) -> None:
    key = {"org": run.org, "project": run.project, "domain": run.domain, "name": run.name}
    insert_once(tx, action_tree, run_id=run_id, **key, created=created, updated=0, sequence=0, forgotten=0)


def _of_run(tx: Tx, run: RunIdentifier, run_id: int, state: Run) -> Tree:
    tree_id, created, updated, _, _ = _OF_RUN.first(tx, run_id) or (0, state.created, 0, 0, 0)
    return Tree(run, tree_id, created, updated, state.sequence, 0, run_id, state)


@dataclass(slots=True)
class Changes:
    """The changes of one transaction to one claimed tree. `at`: its time, never before that of an earlier change."""

    tx: Tx
    tree: Tree
    now: int
    at: int = field(init=False)
    sequence: int = field(init=False)
    _recorded: list[tuple[int, str, dict[str, Any], bool]] = field(default_factory=list)
    _journal: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.at = max(self.now, self.tree.updated)
        self.sequence = self.tree.sequence

    def add(self, name: str, payload: dict[str, Any], *, root: bool = False) -> int:
        """Record a change of an action; its number."""
        self.sequence += 1
        if self.tree.run_id is None:
            self._recorded.append((self.sequence, name, payload, root))
        else:
            self._journal.append(ActionChanged(at=self.at, name=name, change=payload))
        return self.sequence

    def add_events(self, name: str, payload: dict[str, Any], count: int, *, root: bool = False) -> int:
        """Take numbers for `count` events of an action; the first one. They are told as one change, the last."""
        first = self.sequence + 1
        if self.tree.run_id is None:
            self.sequence += count - 1
            self.add(name, payload, root=root)
        else:
            for _ in range(count):
                self.add(name, payload)
        return first

    def save(self) -> None:
        """Store what was recorded, and wake the watchers when it is committed."""
        if self.sequence == self.tree.sequence:
            return
        tree = self.tree
        if tree.run_id is not None:
            assert tree.state is not None
            runs.append(self.tx, tree.run_id, tree.state, self._journal)
        _RECORD.many(self.tx, [self._row(*recorded) for recorded in self._recorded])
        number = 0 if tree.run_id is not None else self.sequence
        _SAVE.run(self.tx, tree.created, self.at, number, tree.id)
        self.tx.notify(topic_of(tree.run))

    def _row(self, sequence: int, name: str, payload: dict[str, Any], root: bool) -> tuple[Any, ...]:
        place = 0
        if root:
            place = counters.take(self.tx, ROOTS)
            self.tx.notify(ALL_ROOTS)
        return (self.tree.id, sequence, self.at, name, _encode(payload).decode(), place)
