"""Watching something in the store while it changes: a snapshot, then every change once and in order.

A watcher is woken by signals and reads pages behind its position, so a slow one costs no memory and misses nothing. A
client can keep the position and go on from there after any disconnect. When what is behind a position has been removed,
the watcher is told so (`Resync`) and begins with a snapshot again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from sqlalchemy import bindparam, select

from runyard.kernel.events import Event
from runyard.kernel.state import Run
from runyard.kernel.status import TERMINAL
from runyard.store import feed, journal, runs
from runyard.store.database import Database, Tx
from runyard.store.errors import NotFound
from runyard.store.feed import Cursor, Entry
from runyard.store.run_list import RunSummary
from runyard.store.schema import run
from runyard.store.signals import Topic
from runyard.store.statement import Statement

PAUSE_SECONDS = 0.02
"""Between two reads of one watcher: what moves fast is told in batches. The first news after a silence is not held."""
FIRST_LOOK_SECONDS = 0.01
LAST_LOOK_SECONDS = 1.0
EVENTS_PER_READ = 500

P = TypeVar("P")
T = TypeVar("T", covariant=True)


@dataclass(frozen=True, slots=True)
class Found(Generic[P, T]):
    """What one read found behind a position, and the position behind it.

    `more`: there is more at once. `pending`: more comes soon, but nobody may be woken for it. `ended`: nothing will
    ever follow.
    """

    items: Sequence[T]
    position: P
    more: bool = False
    pending: bool = False
    ended: bool = False


class Change(NamedTuple):
    """An event of the watched run."""

    sequence: int
    event: Event


class Snapshot(NamedTuple):
    """The watched run as it is after the event with this number."""

    sequence: int
    run: Run


class RunsSnapshot(NamedTuple):
    """The newest of the watched runs, and the place in the feed from which their changes follow."""

    cursor: Cursor
    runs: Sequence[RunSummary]


class Resync(NamedTuple):
    """Changes behind the watcher's position have been removed; a snapshot follows."""


class FeedPosition(NamedTuple):
    """Where a watcher of the feed stands, None = nowhere yet.

    `seen`: what its snapshot held beyond the cursor, run ids with the last sequence number.
    """

    cursor: Cursor | None
    seen: dict[int, int]


RunItem = Change | Snapshot | Resync
FeedItem = Entry | RunsSnapshot | Resync

_STANDING = Statement(select(run.c.sequence, run.c.status).where(run.c.id == bindparam("id")), "id")


async def follow(
    database: Database, topics: tuple[Topic, ...], position: P, read: Callable[[Tx, P], Found[P, T]]
) -> AsyncGenerator[Sequence[T], None]:
    """The items that `read` finds from `position` on, as they come; never an empty batch. Ends when `read` says so.

    Raises SignalsClosed when the server stops.
    """
    with database.signals.subscribe(*topics) as wake:
        look = FIRST_LOOK_SECONDS
        while True:
            at = position
            found = await database.read(lambda tx, at=at: read(tx, at))  # type: ignore[misc]
            position = found.position
            if found.items:
                yield found.items
            if found.more:
                continue
            if found.ended:
                return
            if found.items:
                look = FIRST_LOOK_SECONDS
                await asyncio.sleep(PAUSE_SECONDS)
            if found.pending:
                await wake.wait(look)
                look = min(2 * look, LAST_LOOK_SECONDS)
            else:
                await wake.wait()


def of_run(tx: Tx, run_id: int, after: int | None) -> Found[int | None, RunItem]:
    """A read for `follow`: the run's events above `after`; None begins with a snapshot. Raises NotFound."""
    row = _STANDING.first(tx, run_id)
    if row is None:
        raise NotFound(f"There is no run {run_id}.")
    sequence, status = row
    ended = status in TERMINAL
    items: list[RunItem] = []
    if after is not None:
        batch = journal.read(tx, run_id, after, EVENTS_PER_READ) if after < sequence else []
        if after + len(batch) >= sequence or (batch and batch[-1][0] == after + len(batch)):
            changes = [Change(*each) for each in batch]
            more = after + len(batch) < sequence
            return Found(changes, after + len(batch), more=more, ended=ended and not more)
        items.append(Resync())
    items.append(Snapshot(sequence, runs.load(tx, run_id)))
    return Found(items, sequence, ended=ended)


def of_feed(
    tx: Tx,
    position: FeedPosition,
    *,
    repository_id: int | None,
    visible: Callable[[Tx, int], bool],
    newest: Callable[[Tx], Sequence[RunSummary]],
) -> Found[FeedPosition, FeedItem]:
    """A read for `follow`: what happens to the runs of one repository, or of all that are `visible` by repository id.

    `newest` reads the runs for a snapshot.
    """
    cursor, seen = position
    if cursor is None or feed.is_lost(tx, cursor):
        items: list[FeedItem] = [] if cursor is None else [Resync()]
        now, seen = feed.end(tx)
        return Found([*items, RunsSnapshot(now, newest(tx))], FeedPosition(now, seen), pending=bool(seen))
    page = feed.read(tx, cursor, repository_id=repository_id)
    allowed = {each: visible(tx, each) for each in {entry.repository_id for entry in page.entries}}
    entries = [
        entry
        for entry in page.entries
        if allowed[entry.repository_id] and entry.cursor.seq > seen.get(entry.cursor.run_id, 0)
    ]
    return Found(entries, FeedPosition(page.cursor, seen), page.more, page.pending)
