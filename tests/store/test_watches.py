"""Watches: a snapshot, then every change once, from any position, and a word when that cannot be."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from functools import partial

import pytest

from runyard.store import Database, Tx, compaction, feed, runs, watches
from runyard.store.errors import NotFound
from runyard.store.feed import START, Cursor, Entry
from runyard.store.repositories import Repository
from runyard.store.run_list import RunSummary
from runyard.store.watches import Change, FeedItem, FeedPosition, Found, Resync, RunItem, RunsSnapshot, Snapshot
from tests.store.test_feed import claiming, creating, ending


def run_reader(run_id: int, tx: Tx, after: int | None) -> Found[int | None, RunItem]:
    return watches.of_run(tx, run_id, after)


def feed_reader(hidden: set[int], tx: Tx, position: FeedPosition) -> Found[FeedPosition, FeedItem]:
    def newest(tx: Tx) -> Sequence[RunSummary]:
        return runs.list(tx, repository_ids=None)

    return watches.of_feed(
        tx, position, repository_id=None, visible=lambda tx, repository_id: repository_id not in hidden, newest=newest
    )


async def watched(database: Database, run_id: int, after: int | None) -> list[RunItem]:
    """All that a watcher of a finished run gets."""
    found: list[RunItem] = []
    async for batch in watches.follow(database, (("run", run_id),), after, partial(run_reader, run_id)):
        found += batch
    return found


async def test_a_run_is_a_snapshot_and_then_its_changes(database: Database, repository: Repository) -> None:
    run_id = await database.write(creating(repository))
    seen: list[RunItem] = []
    begun = asyncio.Event()

    async def watch() -> None:
        async for batch in watches.follow(database, (("run", run_id),), None, partial(run_reader, run_id)):
            seen.extend(batch)
            begun.set()

    watching = asyncio.create_task(watch())
    await begun.wait()
    await database.write(claiming(run_id))
    await database.write(ending(run_id))
    await watching
    state = await database.read(lambda tx: runs.load(tx, run_id))
    first = seen[0]
    assert isinstance(first, Snapshot)
    assert first.run.sequence == first.sequence == 7
    changes = [item for item in seen[1:] if isinstance(item, Change)]
    assert [item.sequence for item in changes] == list(range(8, state.sequence + 1))
    for after in range(state.sequence + 1):
        again = await watched(database, run_id, after)
        numbers = [item.sequence for item in again if isinstance(item, Change)]
        assert numbers == list(range(after + 1, state.sequence + 1))
    with pytest.raises(NotFound):
        await watched(database, 999, 0)


async def test_a_run_whose_events_have_gone_says_so(database: Database, repository: Repository) -> None:
    run_id = await database.write(creating(repository))
    await database.write(claiming(run_id))
    await database.write(ending(run_id))
    state = await database.read(lambda tx: runs.load(tx, run_id))
    await database.write(lambda tx: compaction.compact(tx, START, 10_000))
    end = Snapshot(state.sequence, state)
    assert await watched(database, run_id, 4) == [Resync(), end]
    first, *rest = await watched(database, run_id, 0)
    assert isinstance(first, Change)
    assert rest == [Resync(), end]
    assert await watched(database, run_id, state.sequence) == []


async def test_the_feed_is_a_snapshot_and_then_changes_of_what_is_visible(
    database: Database, repository: Repository
) -> None:
    old = await database.write(creating(repository))
    hidden: set[int] = set()
    follow = partial(watches.follow, database, (("feed",),))
    read = partial(feed_reader, hidden)
    async with aclosing(follow(FeedPosition(None, {}), read)) as items, asyncio.timeout(30):
        (snapshot,) = await anext(items)
        assert isinstance(snapshot, RunsSnapshot)
        assert [summary.id for summary in snapshot.runs] == [old]
        await database.write(claiming(old))
        seen: list[FeedItem] = []
        while len(seen) < 4:
            seen += await anext(items)
    entries = [item for item in seen if isinstance(item, Entry)]
    assert [(item.cursor.run_id, item.cursor.seq) for item in entries] == [(old, seq) for seq in range(8, 12)]
    async with aclosing(follow(FeedPosition(entries[1].cursor, {}), read)) as items, asyncio.timeout(30):
        rest = await anext(items)
    assert [item.cursor.seq for item in rest if isinstance(item, Entry)] == [10, 11]

    hidden.add(repository.id)
    found = await database.read(lambda tx: feed_reader(hidden, tx, FeedPosition(START, {})))
    assert found.items == []
    assert found.position.cursor == entries[-1].cursor


async def test_a_lost_place_in_the_feed_says_so(database: Database, repository: Repository) -> None:
    run_id = await database.write(creating(repository))
    await database.write(claiming(run_id))
    await database.write(ending(run_id))
    await database.write(lambda tx: compaction.compact(tx, START, 10_000))
    found = await database.read(lambda tx: feed_reader(set(), tx, FeedPosition(START, {})))
    resync, snapshot = found.items
    assert (resync, isinstance(snapshot, RunsSnapshot)) == (Resync(), True)
    cursor = found.position.cursor
    assert isinstance(cursor, Cursor)
    assert not await database.read(lambda tx: feed.is_lost(tx, cursor))
