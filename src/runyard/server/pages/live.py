"""Live pages: Server-Sent Events that carry the fragments of a page that have changed. Woken by signals, never polling.

A message is one or more fragments for htmx to morph into the page, `<hx-partial hx-target="#id" hx-swap="outerMorph">`.
Its `id` lets a client that was away continue; it then gets the fragments as they are now.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Any

from litestar.response import Stream

from runyard.server.pages.respond import SECURITY_HEADERS
from runyard.services.watch import SignalsClosed

if TYPE_CHECKING:
    from runyard.services.context import Services
    from runyard.store.signals import Topic

HEARTBEAT_SECONDS = 20
FEWEST_MILLISECONDS = 100
_LINE_BREAK = re.compile(r"\r\n|\r|\n")
_HEADERS = SECURITY_HEADERS | {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class Fragments:
    """What the client shows: fragment id → HTML. `changes` says what to send to bring it up to date."""

    def __init__(self, shown: dict[str, str] | None = None) -> None:
        self._shown = dict(shown or {})

    def changes(self, now: dict[str, str]) -> str:
        """The changed fragments as one piece of HTML; empty when nothing changed. They count as shown then."""
        changed = {name: text for name, text in now.items() if self._shown.get(name) != text}
        self._shown |= changed
        return "".join(
            f'<hx-partial hx-target="#{name}" hx-swap="outerMorph">{text}</hx-partial>'
            for name, text in changed.items()
        )


def message(data: str, *, event: str = "", number: int | str | None = None) -> str:
    """One Server-Sent Event."""
    lines = [f"id: {number}"] if number is not None else []
    if event:
        lines.append(f"event: {event}")
    lines += [f"data: {line}" for line in _LINE_BREAK.split(data)]
    return "\n".join(lines) + "\n\n"


def stream(messages: AsyncIterator[str]) -> Stream:
    """An event stream that begins at once, so that the client knows that it is connected."""
    return Stream(_started(messages), media_type="text/event-stream", headers=_HEADERS)


async def _started(messages: AsyncIterator[str]) -> AsyncIterator[str]:
    yield ": connected\n\n"
    try:
        async for item in messages:
            yield item
    except SignalsClosed:
        return


async def follow(
    services: Services, topics: tuple[Topic, ...], look: Callable[[], Awaitable[tuple[list[str], bool]]]
) -> AsyncIterator[str]:
    """Messages of a page: `look` reads the store and answers what to send, and whether that was the last.

    It is called at once, and again after every signal on `topics`, at most ten times a second.
    """
    with services.database.signals.subscribe(*topics) as wake:
        while True:
            found, ended = await look()
            for item in found:
                yield item
            if ended:
                return
            while not await wake.wait(HEARTBEAT_SECONDS):
                yield ": still here\n\n"
            await asyncio.sleep(FEWEST_MILLISECONDS / 1000)


def last_event_id(headers: Any) -> str:
    """Where a client that was away stopped; empty for a new one."""
    value: str = headers.get("last-event-id", "")
    return value
