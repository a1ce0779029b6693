"""A server that can be killed at any moment and started again: real services on a simulated disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from runyard.forge.hosting import Hosting
from runyard.server.app import Background
from runyard.services.context import Services
from runyard.services.keyring import Keyring
from runyard.services.settings import Settings
from runyard.store.memory import Remembered
from tests.simulation.database import Disk, SimulatedDatabase
from tests.simulation.loop import SimulatedLoop

T = TypeVar("T")

EPOCH = 1_700_000_000_000
NOWHERE = Path("/nonexistent")

_life: ContextVar[Life | None] = ContextVar("life", default=None)


class Down(Exception):  # noqa: N818
    """Nobody answers: the server is gone, or the message was lost."""


class Life:
    """One process: what it remembers, every task it has started, and the answers that it owes."""

    def __init__(self, services: Services, database: SimulatedDatabase) -> None:
        self.services = services
        self.database = database
        self.tasks: dict[asyncio.Task[Any], None] = {}
        self.answers: dict[asyncio.Future[Any], None] = {}

    def end(self) -> None:
        """Nothing more is written, nobody is answered."""
        self.database.end()
        for answer in self.answers:
            if not answer.done():
                answer.set_exception(Down())
        for task in list(self.tasks):
            task.cancel()


def task_factory(work: Any, *, loop: asyncio.AbstractEventLoop, **options: Any) -> asyncio.Task[Any]:
    """Tasks that a server starts die with it."""
    task: asyncio.Task[Any] = asyncio.Task(work, loop=loop, **options)
    life = _life.get()
    if life is not None:
        life.tasks[task] = None
        task.add_done_callback(life.tasks.pop)
    return task


class Server:
    """One of the servers that share a disk."""

    def __init__(self, loop: SimulatedLoop, disk: Disk, random: Random, slowness: float, settings: Settings) -> None:
        self.loop = loop
        self.disk = disk
        self.random = random
        self.slowness = slowness
        self.settings = settings
        self.clock_offset = 0
        self.lives = 0
        self.life: Life | None = None
        self.on_commit: Callable[[dict[int, Remembered]], None] = lambda runs: None
        self._tokens = Random(random.random())

    def clock(self) -> int:
        """What this machine takes for the time, milliseconds since the epoch."""
        return EPOCH + int(self.loop.time() * 1000) + self.clock_offset

    async def start(self) -> None:
        """Begin a life; it is over before it has begun if a fault hits meanwhile."""
        self.lives += 1
        database = SimulatedDatabase(self.loop, self.disk, self.random, self.slowness, self.kill)
        services = Services(
            database,
            self.settings,
            Hosting(NOWHERE),
            b"0" * 32,
            Keyring([bytes(32)]),
            clock=self.clock,
            new_token=lambda: f"{self._tokens.getrandbits(160):040x}",
        )
        database.committed = self.on_commit
        life = self.life = Life(services, database)
        await self._within(life, Background(services).start())

    def kill(self) -> None:
        """End this life as `kill -9` does."""
        if self.life is not None:
            self.life.end()
            self.life = None

    async def call(self, verb: Callable[[Services], Coroutine[Any, Any, T]]) -> T:
        """Have the server do something, as a request would. Raises Down when it is not there, or dies meanwhile."""
        if self.life is None:
            raise Down
        return await self._within(self.life, verb(self.life.services))

    async def _within(self, life: Life, work: Coroutine[Any, Any, T]) -> T:
        answer: asyncio.Future[T] = self.loop.create_future()
        token = _life.set(life)
        try:
            self.loop.create_task(_answer(work, answer))
        finally:
            _life.reset(token)
        life.answers[answer] = None
        try:
            return await answer
        finally:
            del life.answers[answer]


async def _answer(work: Coroutine[Any, Any, T], answer: asyncio.Future[T]) -> None:
    """Do the work to its end, also when nobody waits for the answer any more."""
    try:
        value = await work
    except Exception as error:
        if not answer.done():
            answer.set_exception(error)
    else:
        if not answer.done():
            answer.set_result(value)
