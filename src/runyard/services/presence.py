"""Who is there: the times of runners' last calls, kept in memory and written now and then."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from runyard.store import runners

if TYPE_CHECKING:
    from runyard.services.context import Services
    from runyard.services.fleet import KnownRunner
    from runyard.store import Tx

RETIRED_MILLISECONDS = 10 * 60 * 1000


async def flush_presence(services: Services) -> None:
    """Write the newest times of all runners that have called since the last flush."""
    waiting = services.waiting.everybody()
    now = services.clock()
    for waiter in waiting:
        waiter.runner.last_online = now
    news = [(runner, runner.last_online, runner.last_active) for runner in services.fleet.unflushed()]
    if not news:
        return

    def write(tx: Tx) -> None:
        for runner, online, active in news:
            runners.touch(tx, runner.id, online, active)

    await services.database.write(write)
    for runner, online, _ in news:
        runner.flushed = online


def forget_retired(services: Services) -> None:
    """Ephemeral runners that have said their last word are forgotten."""
    long_ago = services.clock() - RETIRED_MILLISECONDS
    for runner in services.fleet.retired():
        if runner.last_online < long_ago:
            services.fleet.forget_runner(runner.id)


async def keep_presence(services: Services) -> None:
    """Flush at the sweep's pace until cancelled."""
    while True:
        await asyncio.sleep(services.settings.sweep_seconds)
        await flush_presence(services)
        forget_retired(services)


def seen(services: Services, runner: KnownRunner, *, active: bool) -> None:
    """A runner has called; `active`: about a task it is running."""
    runner.last_online = services.clock()
    if active:
        runner.last_active = runner.last_online
