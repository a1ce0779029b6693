"""Consumers of the feed: in order, at least once, through failures and restarts."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from runyard.services import consume
from runyard.services.cancel import cancel
from runyard.services.compact import compact_events
from runyard.services.consume import Consumer, serve
from runyard.services.context import Services
from runyard.store import consumers
from runyard.store.feed import Entry
from runyard.store.repositories import Repository
from runyard.store.watches import Resync
from tests.support.fleet import Clock, create_run, load, until


class Mail:
    """A handler that keeps what it got, and fails as often as it is told to."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.got: list[tuple[int, int]] = []
        self.resyncs = 0

    async def handle(self, services: Services, items: Sequence[Entry] | Resync) -> None:
        if isinstance(items, Resync):
            self.resyncs += 1
            return
        if self.failures:
            self.failures -= 1
            raise ConnectionError("the mail server is away")
        self.got += [(entry.cursor.run_id, entry.cursor.seq) for entry in items]


async def begin(services: Services, *names: str) -> None:
    """Register consumers: they get what happens from now on."""
    for name in names:
        await services.database.write(lambda tx, name=name: consumers.position(tx, name))  # type: ignore[misc]


async def journal_of(services: Services, *run_ids: int) -> list[tuple[int, int]]:
    return [(run_id, seq) for run_id in run_ids for seq in range(1, (await load(services, run_id)).sequence + 1)]


async def stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_failing_consumer_is_tried_again_and_holds_up_no_other(
    services: Services, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consume, "FIRST_PAUSE_SECONDS", 0.001)
    await begin(services, "bad", "good")
    bad, good = Mail(failures=3), Mail()
    serving = [
        asyncio.create_task(serve(services, Consumer(name, mail.handle)))
        for name, mail in (("bad", bad), ("good", good))
    ]
    run_id = await create_run(services, repository)
    expected = await journal_of(services, run_id)
    await until(lambda: good.got == expected)
    await until(lambda: bad.got == expected)
    assert bad.failures == 0
    for task in serving:
        await stop(task)


async def test_a_restart_goes_on_where_the_position_stands(services: Services, repository: Repository) -> None:
    await begin(services, "mail")
    first = Mail()
    serving = asyncio.create_task(serve(services, Consumer("mail", first.handle)))
    one = await create_run(services, repository)
    await until(lambda: first.got)
    await stop(serving)
    two = await create_run(services, repository)
    second = Mail()
    serving = asyncio.create_task(serve(services, Consumer("mail", second.handle)))
    expected = await journal_of(services, one, two)
    await until(lambda: second.got and second.got[-1] == expected[-1])
    await stop(serving)
    repeated = len(first.got) + len(second.got) - len(expected)
    assert second.got[-len(expected) + len(first.got) - repeated :][repeated:] == expected[len(first.got) :]
    assert set(first.got) | set(second.got) == set(expected)


async def test_work_that_was_begun_comes_again_after_a_crash(services: Services, repository: Repository) -> None:
    await begin(services, "mail")
    run_id = await create_run(services, repository)
    begun = asyncio.Event()

    async def hang(services: Services, items: Sequence[Entry] | Resync) -> None:
        begun.set()
        await asyncio.Event().wait()

    serving = asyncio.create_task(serve(services, Consumer("mail", hang)))
    await begun.wait()
    await stop(serving)
    mail = Mail()
    serving = asyncio.create_task(serve(services, Consumer("mail", mail.handle)))
    expected = await journal_of(services, run_id)
    await until(lambda: mail.got == expected)
    await stop(serving)


async def test_who_was_away_too_long_is_told(services: Services, repository: Repository, clock: Clock) -> None:
    await begin(services, "mail")
    old = await create_run(services, repository)
    await cancel(services, old, by="ada")
    clock.advance(91 * 24 * 3600)
    young = await create_run(services, repository)
    assert await compact_events(services) == 1
    mail = Mail()
    serving = asyncio.create_task(serve(services, Consumer("mail", mail.handle)))
    expected = await journal_of(services, young)
    await until(lambda: mail.got == expected)
    assert mail.resyncs == 1
    await stop(serving)
