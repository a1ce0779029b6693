"""The watch of all runs: those of this server by the feed of all journals, others by the changes of their roots.

Its place is a text: the feed's cursor and the number of the last change of a root. Several changes of one run that are
read together are told once, as the run then stands.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import msgspec
from sqlalchemy import bindparam, select

from runyard.kernel.events import AbortRequested, AttemptCreated, RunCreated, RunStatusChanged
from runyard.store import feed, runs
from runyard.store.actions import counters, listing, places, rows, view
from runyard.store.actions.errors import InvalidList
from runyard.store.actions.filters import And
from runyard.store.actions.identifiers import RunIdentifier
from runyard.store.actions.records import Action, Resync
from runyard.store.actions.trees import ALL_ROOTS, ROOTS, ROOTS_FLOOR, Tree
from runyard.store.actions.watching import SAFETY_SECONDS
from runyard.store.database import Database, Tx
from runyard.store.errors import NotFound
from runyard.store.schema import action_change, action_tree
from runyard.store.statement import Statement

SNAPSHOT = 100
"""A watch begins with so many of the newest runs."""

PER_READ = 200
SOON_SECONDS = 0.05

_TOLD = (RunCreated, RunStatusChanged, AttemptCreated, AbortRequested)
_CHANGES = Statement(
    select(
        action_change.c.root, action_change.c.seq, action_change.c.name, action_change.c.payload, action_tree.c.id,
        action_tree.c.org, action_tree.c.project, action_tree.c.domain, action_tree.c.name,
    )
    .join_from(action_change, action_tree)
    .where(action_change.c.root > bindparam("after"))
    .order_by(action_change.c.root)
    .limit(bindparam("limit")),
    "after",
    "limit",
)  # fmt: skip
_decode: Any = msgspec.json.Decoder(dict[str, Any]).decode


async def roots(database: Database, after: str | None, buffer: int) -> AsyncIterator[Action | Resync]:
    """The roots of all runs. Raises InvalidList for an `after` that no watch gave."""
    watch = _Watch(after, buffer)
    with database.signals.subscribe(("feed",), ALL_ROOTS) as wake:
        while True:
            items, pause = await database.read(watch.look)
            for item in items:
                yield item
            if pause:
                await wake.wait(pause)


class _Watch:
    """How far one watcher is. `_seen`: runs with events that will come but are known already."""

    def __init__(self, after: str | None, buffer: int) -> None:
        self._begun = after is not None
        self._buffer = buffer
        self._feed, self._root = (feed.START, 0) if after is None else _parse(after)
        self._seen: dict[int, int] = {}

    def look(self, tx: Tx) -> tuple[list[Action | Resync], float]:
        """What is to be told now, and how long to wait for a signal afterwards."""
        if not self._begun:
            self._begun = True
            return self._snapshot(tx), 0
        last = counters.value(tx, ROOTS)
        floor = counters.value(tx, ROOTS_FLOOR)
        if feed.is_lost(tx, self._feed) or self._root < floor or not 0 <= last - self._root <= self._buffer:
            return [Resync(0), *self._snapshot(tx)], 0
        items, pause = self._of_runs(tx)
        found = _CHANGES.all(tx, self._root, PER_READ)
        items += [action for row in found if (action := self._of_tree(tx, row)) is not None]
        return items, 0 if len(found) == PER_READ else pause

    def _snapshot(self, tx: Tx) -> list[Action | Resync]:
        self._feed, self._seen = feed.end(tx)
        self._root = counters.value(tx, ROOTS)
        newest = listing.roots(tx, And(), SNAPSHOT)[::-1]
        return [*newest[:-1], *(replace(each, cursor=self._place()) for each in newest[-1:])]

    def _of_runs(self, tx: Tx) -> tuple[list[Action | Resync], float]:
        """The runs of this server that changed, in the order of their last change."""
        page = feed.read(tx, self._feed, PER_READ)
        changed: dict[int, feed.Cursor] = {}
        for entry in page.entries:
            run_id, seq = entry.cursor.run_id, entry.cursor.seq
            if isinstance(entry.event, _TOLD) and seq > self._seen.get(run_id, 0):
                changed.pop(run_id, None)
                changed[run_id] = entry.cursor
        items: list[Action | Resync] = []
        for run_id, cursor in changed.items():
            self._feed = cursor
            root = _root_of(tx, run_id)
            if root is not None:
                items.append(replace(root, cursor=self._place()))
        self._feed = page.cursor
        return items, 0 if page.more else SOON_SECONDS if page.pending else SAFETY_SECONDS

    def _of_tree(self, tx: Tx, found: tuple[Any, ...]) -> Action | None:
        """The root of another tree, as one change left it."""
        self._root, sequence, name, payload, tree_id, *key = found
        row = rows.find(tx, tree_id, name)
        if row is None:
            return None
        action = rows.action_of(row, RunIdentifier(*key), sequence)
        return replace(action, **rows.shown(_decode(payload)), cursor=self._place())

    def _place(self) -> str:
        return f"{self._feed}/{self._root}"


def _root_of(tx: Tx, run_id: int) -> Action | None:
    try:
        state = runs.load(tx, run_id)
    except NotFound:
        return None
    identifier = places.run_identifier(tx, run_id)
    return view.root(Tree(identifier, 0, state.created, 0, state.sequence, 0, run_id, state), state)


def _parse(text: str) -> tuple[feed.Cursor, int]:
    place, _, root = text.partition("/")
    cursor = feed.parse_cursor(place)
    if cursor is None or not (root.isascii() and root.isdigit() and len(root) < 19):
        raise InvalidList(f"'{text[:60]}' is no place in the updates of all runs")
    return cursor, int(root)
