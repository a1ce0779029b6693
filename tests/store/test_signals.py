from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text

from runyard import store
from runyard.store import Database, Tx, listener
from runyard.store.signals import Signals, SignalsClosed, Topic, Wake


async def test_a_signal_wakes_who_waits_for_that_topic() -> None:
    signals = Signals()
    with signals.subscribe(("run", 1), ("queue",)) as wake:
        waiting = asyncio.create_task(wake.wait(10))
        await asyncio.sleep(0)
        signals.publish(("run", 2))
        assert not waiting.done()
        signals.publish(("run", 1))
        assert await waiting


async def test_a_signal_between_two_waits_is_not_lost_and_many_count_as_one() -> None:
    signals = Signals()
    with signals.subscribe(("queue",)) as wake:
        signals.publish(("queue",))
        signals.publish(("queue",))
        assert await wake.wait(10)
        assert not await wake.wait(0)


async def test_a_signal_before_the_woken_one_has_run_is_not_lost() -> None:
    signals = Signals()
    with signals.subscribe(("queue",)) as wake:
        waiting = asyncio.create_task(wake.wait(10))
        await asyncio.sleep(0)
        signals.publish(("queue",))
        signals.publish(("queue",))
        assert await waiting
        assert await wake.wait(10)


async def test_leaving_ends_the_subscription() -> None:
    signals = Signals()
    with signals.subscribe(("queue",)):
        assert signals.listeners(("queue",)) == 1
    assert signals.listeners(("queue",)) == 0
    signals.publish(("queue",))


async def test_a_stopping_server_ends_every_wait() -> None:
    signals = Signals()
    with signals.subscribe(("queue",)) as wake:
        waiting = asyncio.create_task(wake.wait())
        await asyncio.sleep(0)
        signals.close()
        with pytest.raises(SignalsClosed):
            await waiting
        with pytest.raises(SignalsClosed):
            await wake.wait()


async def test_a_transaction_wakes_after_its_commit_and_before_its_answer(database: Database) -> None:
    with database.signals.subscribe(("run", 1)) as wake:
        await listening(database, wake)
        await database.write(lambda tx: tx.notify(("run", 2)))
        assert not await wake.wait(0)
        await database.write(lambda tx: tx.notify(("run", 1)))
        assert await wake.wait(0)


async def test_a_failed_transaction_wakes_nobody(database: Database) -> None:
    def fail(tx: Tx) -> None:
        tx.notify(("run", 1))
        raise KeyError

    with database.signals.subscribe(("run", 1)) as wake:
        await listening(database, wake)
        with pytest.raises(KeyError):
            await database.write(fail)
        assert not await wake.wait(0)


async def test_an_observer_is_called_before_those_who_wait() -> None:
    signals = Signals()
    seen: list[Topic | None] = []
    signals.observe("run", seen.append)
    with signals.subscribe(("run", 1)) as wake:
        signals.publish_all([("run", 1), ("queue",)])
        assert seen == [("run", 1)]
        assert await wake.wait(0)
        signals.resync()
        assert seen == [("run", 1), None]
        assert await wake.wait(0)


async def test_servers_on_one_database_wake_each_other(database: Database, database_url: str) -> None:
    """Also after the listening connection was lost: everybody is woken once, as signals may have been missed."""
    if database.dialect == "sqlite":
        return
    other = store.open(database_url)
    topics: list[Topic] = [("run", 1), ("tree", "a0"), ("queue",)]
    for topic in topics:
        with other.signals.subscribe(topic) as wake:
            await synchronized(other, database)
            await database.write(lambda tx, topic=topic: [tx.notify(topic) for _ in range(3)])  # type: ignore[misc]
            assert await wake.wait(10)

    with other.signals.subscribe(("nobody",)) as wake:
        await synchronized(other, database)
        assert not await wake.wait(0)
        await database.write(kill_listeners)
        assert await wake.wait(10)
    with other.signals.subscribe(("run", 7)) as wake:
        await synchronized(other, database)
        await database.write(lambda tx: tx.notify(("run", 7)))
        assert await wake.wait(10)
    await other.close()


async def test_many_topics_of_one_commit_reach_the_others(database: Database, database_url: str) -> None:
    if database.dialect == "sqlite":
        return
    other = store.open(database_url)
    with other.signals.subscribe(("run", 1_999_999)) as last, other.signals.subscribe(("run", 1_000_000)) as first:
        await synchronized(other, database)

        def notify(tx: Tx) -> None:
            for number in range(1_000_000, 2_000_000, 999):
                tx.notify(("run", number))

        await database.write(notify)
        await database.write(lambda tx: tx.notify(("run", 1_999_999)))
        assert await first.wait(10)
        assert await last.wait(10)
    await other.close()


async def test_in_silence_everybody_looks_now_and_then(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    if database.dialect == "sqlite":
        return
    monkeypatch.setattr(listener, "SILENCE_SECONDS", 0.05)
    with database.signals.subscribe(("run", 1)) as one, database.signals.subscribe(("run", 2)) as two:
        for _ in range(3):
            assert await one.wait(10)
            assert await two.wait(10)


async def listening(database: Database, wake: Wake) -> None:
    """Return when the first subscriber was woken because the listening connection now stands."""
    if database.dialect == "postgresql":
        assert await wake.wait(10)


async def synchronized(listening: Database, writing: Database) -> None:
    """Return when signals of one database are heard by the other; its first wake-up (the resync) is over then."""
    with listening.signals.subscribe(("hello",)) as wake:
        while True:
            await writing.write(lambda tx: tx.notify(("hello",)))
            if await wake.wait(0.2):
                break
        for wakes in listening.signals._subscribers.values():
            for each in wakes:
                await each.wait(0)


def kill_listeners(tx: Tx) -> None:
    """Cut the connections of the database's listeners."""
    tx.connection.execute(
        text(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND query LIKE 'LISTEN%'"
        )
    )
