"""The feed across runs: every event once, a run's in order, and nothing is added behind a cursor."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest
from sqlalchemy import text

from runyard.store import Database, Tx, compaction, consumers, feed, journal, repositories, runs
from runyard.store.errors import Conflict
from runyard.store.feed import START, Cursor, parse_cursor
from runyard.store.repositories import Repository
from tests.store.histories import claimed, ended, waiting_run


def creating(repository: Repository) -> Callable[[Tx], int]:
    """A write that makes a run."""

    def create(tx: Tx) -> int:
        return runs.create(tx, waiting_run(repository.id, runs.next_number(tx, repository.id)))[0]

    return create


def claiming(run_id: int) -> Callable[[Tx], None]:
    """A write that lets a runner take the run's job."""

    def claim(tx: Tx) -> None:
        runs.append(tx, run_id, runs.load(tx, run_id, lock=True), claimed())

    return claim


def ending(run_id: int) -> Callable[[Tx], None]:
    """A write that ends the run."""

    def end(tx: Tx) -> None:
        runs.append(tx, run_id, runs.load(tx, run_id, lock=True), ended())

    return end


async def everything(
    database: Database, after: Cursor = START, *, repository_id: int | None = None, limit: int = 100
) -> list[tuple[int, int]]:
    """What can be read behind a cursor, page by page: run ids and numbers."""
    found: list[tuple[int, int]] = []
    more = True
    while more:
        at = after
        page = await database.read(lambda tx, at=at: feed.read(tx, at, limit, repository_id=repository_id))  # type: ignore[misc]
        found += [(entry.cursor.run_id, entry.cursor.seq) for entry in page.entries]
        assert not page.entries or page.cursor == page.entries[-1].cursor
        after, more = page.cursor, page.more
    return found


class Held:
    """A write that does one thing, waits for `go`, and does another before it is committed."""

    def __init__(self, database: Database, first: Callable[[Tx], object], second: Callable[[Tx], object]) -> None:
        self._loop = asyncio.get_running_loop()
        self._begun, self._go = asyncio.Event(), threading.Event()

        def work(tx: Tx) -> None:
            first(tx)
            self._loop.call_soon_threadsafe(self._begun.set)
            assert self._go.wait(30)
            second(tx)

        self.done = asyncio.ensure_future(database.write(work))

    async def begun(self) -> None:
        """Wait until the first thing is done."""
        await self._begun.wait()

    async def finish(self) -> None:
        """Let it go on, and wait for its commit."""
        self._go.set()
        await self.done


async def test_every_event_comes_once_whatever_the_page_size(database: Database, repository: Repository) -> None:
    ids = [await database.write(creating(repository)) for _ in range(3)]
    for run_id in ids:
        await database.write(claiming(run_id))
    stored = {
        (run_id, seq)
        for run_id in ids
        for seq, _ in await database.read(lambda tx, r=run_id: journal.read(tx, r))  # type: ignore[misc]
    }
    for limit in (1, 2, 100):
        found = await everything(database, limit=limit)
        assert len(found) == len(stored)
        assert set(found) == stored
        for run_id in ids:
            assert [seq for each, seq in found if each == run_id] == sorted(
                seq for each, seq in stored if each == run_id
            )


async def test_a_cursor_between_two_events_of_one_append_goes_on_there(
    database: Database, repository: Repository
) -> None:
    await database.write(creating(repository))
    page = await database.read(lambda tx: feed.read(tx, START))
    middle = page.entries[2].cursor
    assert await everything(database, middle) == [(entry.cursor.run_id, entry.cursor.seq) for entry in page.entries[3:]]
    assert parse_cursor(str(middle)) == middle
    assert [parse_cursor(bad) for bad in ("", "1.2", "1.2.x", "1.2.-3", "9" * 19 + ".1.1", "²." + "1.1")] == [None] * 6


async def test_a_repository_has_its_own_events_only(database: Database, repository: Repository) -> None:
    other = await database.write(lambda tx: repositories.create(tx, repository.owner_id, "other"))
    mine, theirs = await database.write(creating(repository)), await database.write(creating(other))
    assert {run_id for run_id, _ in await everything(database, repository_id=repository.id)} == {mine}
    assert {run_id for run_id, _ in await everything(database, repository_id=other.id)} == {theirs}


async def test_a_lower_number_that_is_committed_later_is_not_skipped(
    database: Database, repository: Repository
) -> None:
    run = await database.write(creating(repository))
    start = (await database.read(feed.end))[0]
    other = await database.write(lambda tx: repositories.create(tx, repository.owner_id, "other"))
    held = Held(database, creating(other), lambda tx: None)
    await held.begun()
    later = asyncio.ensure_future(database.write(claiming(run)))
    if database.dialect == "postgresql":
        await later
        page = await database.read(lambda tx: feed.read(tx, start))
        assert (page.entries, page.pending) == ([], True)
        assert (await database.read(feed.end))[1] == {run: 11}
        after = (await database.read(feed.end))[0]
        assert after >= start
    await held.finish()
    await later
    found = await everything(database, start)
    assert [seq for run_id, seq in found if run_id == run] == [8, 9, 10, 11]
    assert len({run_id for run_id, _ in found}) == 2
    assert not (await database.read(lambda tx: feed.read(tx, start))).pending


async def test_an_older_transaction_that_appends_later_does_not_turn_a_run_around(
    database: Database, repository: Repository
) -> None:
    run = await database.write(creating(repository))
    if database.dialect == "sqlite":
        await database.write(claiming(run))
        await database.write(ending(run))
    else:
        held = Held(database, lambda tx: tx.connection.execute(text("SELECT pg_current_xact_id()")), ending(run))
        await held.begun()
        await database.write(claiming(run))
        await held.finish()
    found = await everything(database)
    assert [seq for _, seq in found] == list(range(1, len(found) + 1))


async def test_parallel_writers_number_densely_and_a_follower_misses_nothing(
    database: Database, repository: Repository
) -> None:
    ids = await asyncio.gather(*(database.write(creating(repository)) for _ in range(50)))
    followed: list[tuple[int, int]] = []
    cursor, writing = START, True

    async def follow() -> None:
        nonlocal cursor
        while True:
            last = not writing
            page = await database.read(lambda tx, at=cursor: feed.read(tx, at, 7))  # type: ignore[misc]
            followed.extend((entry.cursor.run_id, entry.cursor.seq) for entry in page.entries)
            cursor = page.cursor
            if last and not page.more and not page.pending:
                return

    async def live(run_id: int) -> None:
        await database.write(claiming(run_id))
        await database.write(ending(run_id))

    following = asyncio.ensure_future(follow())
    await asyncio.gather(*(live(run_id) for run_id in ids))
    writing = False
    await following
    for run_id in ids:
        stored = await database.read(lambda tx, run_id=run_id: journal.read(tx, run_id))  # type: ignore[misc]
        numbers = [seq for each, seq in followed if each == run_id]
        assert numbers == [seq for seq, _ in stored] == list(range(1, len(stored) + 1))


async def test_old_events_go_and_those_who_stood_before_them_are_told(
    database: Database, repository: Repository
) -> None:
    old, unfinished = await database.write(creating(repository)), await database.write(creating(repository))
    await database.write(claiming(old))
    early = (await database.read(lambda tx: feed.read(tx, START))).entries[0].cursor
    await database.write(ending(old))
    young = await database.write(creating(repository))
    await database.write(claiming(young))
    before = await database.read(lambda tx: runs.load(tx, old))

    assert (await database.write(lambda tx: compaction.compact(tx, START, 2999))).runs == 0
    assert not await database.read(lambda tx: feed.is_lost(tx, early))
    cursor, removed, done = START, 0, False
    while not done:
        at = cursor
        cursor, found, done = await database.write(lambda tx, at=at: compaction.compact(tx, at, 3001, 2))  # type: ignore[misc]
        removed += found
    assert removed == 1
    assert [seq for seq, _ in await database.read(lambda tx: journal.read(tx, old))] == [1]
    database.memory.forget_runs()
    assert await database.read(lambda tx: runs.load(tx, old)) == before
    assert await database.read(lambda tx: feed.is_lost(tx, early))
    floor = await database.read(feed.floor)
    assert not await database.read(lambda tx: feed.is_lost(tx, floor))
    assert {run_id for run_id, _ in await everything(database, floor)} <= {unfinished, young}
    assert len(await database.read(lambda tx: journal.read(tx, unfinished))) > 1


async def test_a_consumer_keeps_its_place_and_is_held_by_one(database: Database, repository: Repository) -> None:
    await database.write(creating(repository))
    start = await database.write(lambda tx: consumers.position(tx, "mail"))
    run = await database.write(creating(repository))
    assert {run_id for run_id, _ in await everything(database, start)} == {run}
    assert await database.write(lambda tx: consumers.position(tx, "mail")) == start

    assert await database.write(lambda tx: consumers.hold(tx, "mail", "one", 1000, 2000))
    assert not await database.write(lambda tx: consumers.hold(tx, "mail", "two", 1999, 3000))
    await database.write(lambda tx: consumers.advance(tx, "mail", Cursor(5, 6, 7), "one"))
    assert await database.write(lambda tx: consumers.hold(tx, "mail", "two", 2000, 3000))
    with pytest.raises(Conflict, match="'mail' is held by another server"):
        await database.write(lambda tx: consumers.advance(tx, "mail", Cursor(9, 9, 9), "one"))
    await database.write(lambda tx: consumers.release(tx, "mail", "two"))
    assert await database.write(lambda tx: consumers.hold(tx, "mail", "one", 2001, 3000))
    assert await database.write(lambda tx: consumers.position(tx, "mail")) == Cursor(5, 6, 7)
