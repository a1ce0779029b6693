"""Messages take time, get lost, arrive twice, and overtake each other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from random import Random
from typing import Any, Protocol, TypeVar

from runyard.services.context import Services
from tests.simulation.loop import pause
from tests.simulation.server import Down

T = TypeVar("T")


class Reached(Protocol):
    """A server, or what stands for one."""

    async def call(self, verb: Callable[[Services], Coroutine[Any, Any, T]]) -> T:
        """Have it do something. Raises Down when there is no answer."""


class Network:
    """Between everybody and the servers. `faulty` is turned off when the world calms down."""

    def __init__(self, servers: Sequence[Reached], random: Random, faultiness: float, latency: float) -> None:
        self.servers = servers
        self.faulty = True
        self._random = random
        self._faultiness = faultiness
        self._latency = latency

    async def call(self, verb: Callable[[Services], Coroutine[Any, Any, T]], *, twice: bool = True) -> T:
        """Send a request to one of the servers and wait for its answer. `twice`: it may be delivered again.

        Raises Down; what was asked for may have been done nevertheless.
        """
        server = self._random.choice(self.servers)
        await pause(self._random.expovariate(1 / self._latency))
        if self._fault():
            raise Down
        if twice and self._fault():
            again = asyncio.ensure_future(self._late(server, verb))
            again.add_done_callback(_forget)
        answer = await server.call(verb)
        await pause(self._random.expovariate(1 / self._latency))
        if self._fault():
            raise Down
        return answer

    async def _late(self, server: Reached, verb: Callable[[Services], Coroutine[Any, Any, T]]) -> None:
        await pause(self._random.expovariate(1 / 5))
        await server.call(verb)

    def _fault(self) -> bool:
        return self.faulty and self._random.random() < self._faultiness


def _forget(task: asyncio.Task[None]) -> None:
    """Nobody waits for the answer to a message that was delivered twice, or looks at its error."""
    if not task.cancelled():
        task.exception()
