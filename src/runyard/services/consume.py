"""Consumers of the feed: whatever must happen once for every change of a run, also when the server was down meanwhile.

Each consumer has a name and a durable position, and is served on its own: events reach it in order, at least once, and
its position moves when it has dealt with them. One that fails is tried again, later and later, and holds up no other.
Of several server processes one serves a consumer; another takes over when it stops.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runyard.store import consumers, feed
from runyard.store.errors import DatabaseClosed
from runyard.store.feed import Cursor, Entry, Page
from runyard.store.watches import FIRST_LOOK_SECONDS, Resync

if TYPE_CHECKING:
    from runyard.services.context import Services
    from runyard.store import Tx

HOLD_MILLISECONDS = 60_000
HANDLE_SECONDS = 30.0
LOOK_SECONDS = 20.0
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 300.0

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Consumer:
    """`handle` gets events, or `Resync` when events before the next ones were removed unseen. What it has had may come
    again. It has `HANDLE_SECONDS`.
    """

    name: str
    handle: Callable[[Services, Sequence[Entry] | Resync], Awaitable[None]]


async def serve(services: Services, consumer: Consumer) -> None:
    """Serve one consumer until cancelled. Raises SignalsClosed when the server stops."""
    holder = secrets.token_hex(8)
    pause = FIRST_PAUSE_SECONDS
    try:
        with services.database.signals.subscribe(("feed",)) as wake:
            while True:
                try:
                    page = await _serve_once(services, consumer, holder)
                except Exception:
                    log.exception("the consumer %s failed and is tried again in %.0f s", consumer.name, pause)
                    await asyncio.sleep(pause)
                    pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
                    continue
                pause = FIRST_PAUSE_SECONDS
                if page is None or not page.more:
                    await wake.wait(FIRST_LOOK_SECONDS if page is not None and page.pending else LOOK_SECONDS)
    finally:
        with suppress(DatabaseClosed):
            await services.database.write(lambda tx: consumers.release(tx, consumer.name, holder))


async def _serve_once(services: Services, consumer: Consumer, holder: str) -> Page | None:
    """Hand one page over and move the position. None: another process serves the consumer."""
    now = services.clock()

    def hold(tx: Tx) -> Cursor | None:
        position = consumers.position(tx, consumer.name)
        held = consumers.hold(tx, consumer.name, holder, now, now + HOLD_MILLISECONDS)
        return position if held else None

    def read(tx: Tx, position: Cursor) -> Page | None:
        return None if feed.is_lost(tx, position) else feed.read(tx, position)

    position = await services.database.write(hold)
    if position is None:
        return None
    at = position
    page = await services.database.read(lambda tx: read(tx, at))
    if page is None:
        page = Page([], await services.database.read(feed.floor), more=True)
    elif not page.entries:
        return page
    async with asyncio.timeout(HANDLE_SECONDS):
        await consumer.handle(services, page.entries or Resync())
    await services.database.write(lambda tx: consumers.advance(tx, consumer.name, page.cursor, holder))
    return page
