"""Real servers that share a real database, in this process: what simulated runners, people and watchers speak to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from runyard.server.app import Background
from runyard.services.context import Services
from runyard.services.lifecycle import close_services, open_services
from runyard.services.settings import Settings
from runyard.store.errors import DataUnwritable
from tests.simulation.server import EPOCH, Down

T = TypeVar("T")


class RealServer:
    """One of them. To everybody who asks, lost connections to the database look as if nobody answered."""

    def __init__(self, services: Services) -> None:
        self.services = services

    async def call(self, verb: Callable[[Services], Coroutine[Any, Any, T]]) -> T:
        """Have it do something. Raises Down when it cannot reach the database, and may or may not have done it."""
        try:
            return await verb(self.services)
        except DataUnwritable as error:
            raise Down(str(error)) from error


@asynccontextmanager
async def servers(folder: Path, url: str, count: int, **settings: Any) -> AsyncIterator[list[RealServer]]:
    """So many servers with their background work, on the clock of the event loop."""
    made = []
    loop = asyncio.get_running_loop()
    async with AsyncExitStack() as stack:
        for number in range(count):
            chosen = Settings(data=folder / str(number), database=url, **settings)
            services = open_services(chosen, clock=lambda: EPOCH + int(loop.time() * 1000))
            stack.push_async_callback(close_services, services)
            background = Background(services)
            await background.start()
            stack.push_async_callback(background.stop)
            made.append(RealServer(services))
        yield made
