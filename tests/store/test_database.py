"""The doors: commits, callbacks, isolation of functions that share a commit, snapshots, closing."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text, update

from runyard import store
from runyard.store import Conflict, Database, DatabaseClosed, DataUnwritable, Tx, runs, schema, users
from runyard.store.repositories import Repository
from tests.store.histories import claimed, waiting_run


def names(tx: Tx) -> set[str]:
    """All owners."""
    return set(tx.connection.execute(select(schema.owner.c.name)).scalars())


def adding(name: str) -> Callable[[Tx], object]:
    """A function that adds a user."""
    return lambda tx: users.create(tx, name)


class Gate:
    """A function that keeps the writer busy until the test lets go, so that others queue up behind it."""

    def __init__(self, database: Database) -> None:
        self._loop = asyncio.get_running_loop()
        self._entered = asyncio.Event()
        self._opened = threading.Event()
        self.held = asyncio.ensure_future(database.write(self._hold))

    async def entered(self) -> None:
        """Wait until the writer is inside."""
        await self._entered.wait()

    def open(self) -> None:
        """Let it go."""
        self._opened.set()

    def _hold(self, tx: Tx) -> None:
        self._loop.call_soon_threadsafe(self._entered.set)
        assert self._opened.wait(30)


async def test_callbacks_run_on_the_loop_after_the_commit_and_before_the_answer(database: Database) -> None:
    order: list[object] = []
    home = threading.current_thread()

    def work(tx: Tx) -> str:
        assert threading.current_thread() is not home
        users.create(tx, "ada")
        tx.after_commit(lambda: order.append(threading.current_thread() is home))
        tx.after_commit(lambda: order.append("second"))
        return "value"

    assert await database.write(work) == "value"
    order.append("answered")
    assert order == [True, "second", "answered"]


async def test_nothing_is_called_back_when_the_function_fails(database: Database) -> None:
    called: list[str] = []

    def fail(tx: Tx) -> None:
        users.create(tx, "ada")
        tx.after_commit(lambda: called.append("no"))
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        await database.write(fail)
    assert await database.read(names) == set()
    assert called == []


async def test_a_failing_callback_does_not_hide_the_commit(database: Database) -> None:
    reported: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context["message"]))

    def work(tx: Tx) -> int:
        tx.after_commit(lambda: reported.remove("nothing"))
        return users.create(tx, "ada").id

    assert await database.write(work) > 0
    assert reported == ["an after-commit callback failed"]


async def test_one_failure_among_functions_that_share_a_commit(database: Database) -> None:
    gate = Gate(database)
    await gate.entered()

    def fail(tx: Tx) -> None:
        users.create(tx, "eve")
        raise RuntimeError("only mine")

    functions = (adding("a"), fail, adding("b"), adding("A"))
    answers = asyncio.gather(*map(database.write, functions), return_exceptions=True)
    await asyncio.sleep(0)
    gate.open()
    await gate.held
    results = await answers
    failures = [type(result) for result in results if isinstance(result, BaseException)]
    assert failures == [RuntimeError, Conflict] or (database.dialect == "postgresql" and len(failures) == 2)
    assert {name.lower() for name in await database.read(names)} == {"a", "b"}


async def test_functions_of_one_commit_see_each_other_in_order(database: Database, repository: Repository) -> None:
    """A run that one of them changed is what the next one loads, and a failed change is not."""
    run_id, created = await database.write(lambda tx: runs.create(tx, waiting_run(repository.id, jobs=3)))

    def claim(job: int, *, fail: bool = False) -> Callable[[Tx], int]:
        def work(tx: Tx) -> int:
            saved = runs.append(tx, run_id, runs.load(tx, run_id, lock=True), claimed(job))
            if fail:
                raise RuntimeError(str(job))
            return saved.run.sequence

        return work

    gate = Gate(database)
    await gate.entered()
    answers = asyncio.gather(*(database.write(claim(job, fail=job == 2)) for job in (1, 2, 3)), return_exceptions=True)
    await asyncio.sleep(0)
    gate.open()
    await gate.held
    first, failed, third = await answers
    assert isinstance(failed, RuntimeError)
    assert {first, third} == {created.sequence + 4, created.sequence + 8}
    warm = await database.read(lambda tx: runs.load(tx, run_id))
    database.memory.forget_runs()
    assert await database.read(lambda tx: runs.load(tx, run_id)) == warm
    assert [len(job.tasks) for job in warm.attempt.jobs.values()] == [1, 0, 1]


async def test_concurrent_changes_of_one_run_are_numbered_in_order(database: Database, repository: Repository) -> None:
    run_id, created = await database.write(lambda tx: runs.create(tx, waiting_run(repository.id, jobs=20)))

    def claim(job: int) -> Callable[[Tx], int]:
        return lambda tx: runs.append(tx, run_id, runs.load(tx, run_id, lock=True), claimed(job)).run.sequence

    sequences = await asyncio.gather(*(database.write(claim(job)) for job in range(1, 21)))
    assert sorted(sequences) == [created.sequence + 4 * n for n in range(1, 21)]


async def test_a_read_sees_one_snapshot(database: Database) -> None:
    loop = asyncio.get_running_loop()
    started, written = asyncio.Event(), threading.Event()

    def look_twice(tx: Tx) -> tuple[set[str], set[str]]:
        before = names(tx)
        loop.call_soon_threadsafe(started.set)
        assert written.wait(30)
        return before, names(tx)

    reading = asyncio.ensure_future(database.read(look_twice))
    await started.wait()
    await database.write(adding("ada"))
    written.set()
    assert await reading == (set(), set())
    assert await database.read(names) == {"ada"}


async def test_a_read_cannot_write(database: Database) -> None:
    with pytest.raises(Exception, match=r"read.?only"):
        await database.read(adding("ada"))
    assert await database.read(names) == set()


async def test_a_failed_read_leaves_its_connection_usable(database: Database) -> None:
    for _ in range(20):
        with pytest.raises(Exception, match="nowhere"):
            await database.read(lambda tx: tx.connection.execute(text("SELECT * FROM nowhere")))
    assert await asyncio.gather(*(database.read(names) for _ in range(20))) == [set()] * 20


async def test_a_failed_write_leaves_its_connection_usable(database: Database) -> None:
    for _ in range(20):
        with pytest.raises(Exception, match="nowhere"):
            await database.write(lambda tx: tx.raw.execute("INSERT INTO nowhere VALUES (1)"))
    await asyncio.gather(*(database.write(adding(f"user{n}")) for n in range(20)))
    assert len(await database.read(names)) == 20


async def test_a_cancelled_caller_does_not_disturb_the_others(database: Database) -> None:
    gate = Gate(database)
    await gate.entered()
    gone = asyncio.ensure_future(database.write(adding("gone")))
    stays = asyncio.ensure_future(database.write(adding("stays")))
    await asyncio.sleep(0)
    gone.cancel()
    gate.open()
    await gate.held
    await stays
    with pytest.raises(asyncio.CancelledError):
        await gone
    assert "stays" in await database.read(names)


async def test_closing_finishes_what_was_queued(database: Database) -> None:
    writes = asyncio.gather(*(database.write(adding(f"user{n}")) for n in range(30)))
    await asyncio.sleep(0)
    await database.close()
    assert len(await writes) == 30
    await database.close()
    with pytest.raises(DatabaseClosed):
        await database.write(adding("late"))
    with pytest.raises(DatabaseClosed):
        await database.read(names)


async def test_a_deadlock_is_tried_again(database: Database) -> None:
    """Two functions that lock the same rows in opposite order both succeed (SQLite runs them one after the other)."""
    if database.dialect != "postgresql":
        return
    await database.write(lambda tx: [users.create(tx, name) for name in ("a", "b")])
    meeting = threading.Barrier(2)
    arrived, met = threading.Event(), threading.Event()

    def touching(*order: str) -> Callable[[Tx], None]:
        def work(tx: Tx) -> None:
            owner = schema.owner
            for place, name in enumerate(order):
                if place and not met.is_set():
                    arrived.set()
                    meeting.wait(30)
                    met.set()
                marked = update(owner).where(owner.c.name == name).values(email=owner.c.email + order[0])
                tx.connection.execute(marked)

        return work

    first = asyncio.ensure_future(database.write(touching("a", "b")))
    assert await asyncio.to_thread(arrived.wait, 30)
    await asyncio.gather(first, database.write(touching("b", "a")))
    emails = await database.read(lambda tx: tx.connection.execute(select(schema.owner.c.email)).scalars().all())
    assert [sorted(email) for email in emails] == [["a", "b"]] * 2


async def test_a_full_disk_is_explained_and_harms_nobody_else(tmp_path: Path) -> None:
    database = store.open(f"sqlite:///{tmp_path / 'runyard.db'}")

    def limit(tx: Tx, pages: int) -> None:
        tx.raw.execute(f"PRAGMA max_page_count = {pages}")

    def fill(tx: Tx) -> None:
        tx.connection.execute(insert(schema.label_set).values(labels="x" * 1_000_000))

    await database.write(lambda tx: limit(tx, 100))
    with pytest.raises(DataUnwritable, match=r"cannot be written: database or disk is full\. Check"):
        await database.write(fill)
    await database.write(adding("ada"))
    await database.write(lambda tx: limit(tx, 100_000))
    await database.write(fill)
    assert await database.read(names) == {"ada"}
    await database.close()


async def test_nobody_notices_a_lost_connection(database: Database) -> None:
    """PostgreSQL only: calls that meet the loss before their commit run once more on a new connection."""
    if database.dialect != "postgresql":
        return
    cut = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    users_there = 0
    for turn in range(3):
        await asyncio.gather(*(database.write(adding(f"user{turn}-{n}")) for n in range(40)))
        users_there += 40
        await asyncio.gather(*(database.read(names) for n in range(40)))
        await database.write(lambda tx: tx.connection.execute(cut).all())
        reads = asyncio.gather(*(database.read(names) for _ in range(60)))
        await asyncio.gather(*(database.write(adding(f"after{turn}-{n}")) for n in range(40)))
        users_there += 40
        assert all(len(names) >= users_there - 40 for names in await reads)
        assert len(await database.read(names)) == users_there


async def test_who_loses_every_connection_is_told(database: Database) -> None:
    """PostgreSQL only: a call that cannot succeed on any connection fails with a sentence, and others go on."""
    if database.dialect != "postgresql":
        return

    def suicide(tx: Tx) -> None:
        tx.raw.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(DataUnwritable, match="Check that the server runs"):
        await database.write(suicide)
    with pytest.raises(DataUnwritable, match="Check that the server runs"):
        await database.read(suicide)
    await database.write(adding("after"))


async def test_a_connection_lost_at_the_commit_is_told_at_once(database: Database) -> None:
    """PostgreSQL only: nobody knows whether that commit happened, so the call does not run again."""
    if database.dialect != "postgresql":
        return
    tries: list[int] = []

    def lose_at_commit(tx: Tx) -> None:
        tries.append(1)
        tx.raw.execute(
            "CREATE FUNCTION pg_temp.end_it() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$"
        )
        tx.raw.execute("CREATE TEMPORARY TABLE bait (id integer)")
        tx.raw.execute(
            "CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON bait DEFERRABLE INITIALLY DEFERRED "
            "FOR EACH ROW EXECUTE FUNCTION pg_temp.end_it()"
        )
        tx.raw.execute("INSERT INTO bait VALUES (1)")

    with pytest.raises(DataUnwritable, match="Check that the server runs"):
        await database.write(lose_at_commit)
    assert len(tries) == 1
    await database.write(adding("after"))
