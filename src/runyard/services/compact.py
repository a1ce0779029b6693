"""Removing the events of runs that ended long ago, in small steps. What a page shows of such a run stays as it is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from runyard.store import compaction
from runyard.store.feed import START

if TYPE_CHECKING:
    from runyard.services.context import Services

PASS_SECONDS = 3600.0
DAY_MILLISECONDS = 24 * 3600 * 1000


async def run_compaction(services: Services) -> None:
    """Keep the journal within what the settings say, until cancelled."""
    while True:
        await compact_events(services)
        await asyncio.sleep(PASS_SECONDS)


async def compact_events(services: Services) -> int:
    """Remove what is older than the settings allow; return of how many runs events were removed."""
    if services.settings.event_days <= 0:
        return 0
    before = services.clock() - int(services.settings.event_days * DAY_MILLISECONDS)
    runs, cursor, done = 0, START, False
    while not done:
        at = cursor
        cursor, removed, done = await services.database.write(
            lambda tx, at=at: compaction.compact(tx, at, before)  # type: ignore[misc]
        )
        runs += removed
    return runs
