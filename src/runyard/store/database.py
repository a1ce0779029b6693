"""The two doors of the store: `write` and `read`. What stands behind them differs per database, the promises do not.

A function handed to a door is synchronous, takes a `Tx` and runs in a thread. Its changes are committed, durably,
before `write` returns; if it raises, all its changes are undone and only its caller sees the error. It may be run again
from the start when the database asks for that (PostgreSQL deadlock), so it must not change anything outside its `Tx`.
"""

from __future__ import annotations

import abc
import asyncio
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import Any, Literal, TypeVar

from sqlalchemy import Connection

from runyard.store.memory import Memory, Overlay
from runyard.store.signals import Signals, Topic

T = TypeVar("T")
Dialect = Literal["sqlite", "postgresql"]


class Tx:
    """One function's view of the database. `connection` runs Core statements, `raw` is the driver's own connection.

    `memory` is what this transaction knows beyond its rows. `queue_grew` is set when a job starts to wait: the version
    that runners compare (`queue.tasks_version`) then moves with the commit.
    """

    __slots__ = ("callbacks", "connection", "dialect", "memory", "queue_grew", "raw", "topics", "writable")

    def __init__(
        self, connection: Connection, raw: Any, dialect: Dialect, memory: Memory | Overlay, *, writable: bool
    ) -> None:
        self.connection = connection
        self.raw = raw
        self.dialect = dialect
        self.memory = Overlay(memory)
        self.writable = writable
        self.queue_grew = False
        self.callbacks: list[Callable[[], None]] = []
        self.topics: dict[Topic, None] = {}

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Have `callback` called on the event loop of this process after the commit and before `write` returns."""
        self.callbacks.append(callback)

    def pipeline(self) -> AbstractContextManager[Any]:
        """Inside, statements are sent without waiting for the answers to those before them, where that saves time.

        For `Statement` only, and a `rowcount` is known after the block.
        """
        pipeline: AbstractContextManager[Any] = self.raw.pipeline() if self.dialect == "postgresql" else nullcontext()
        return pipeline

    def notify(self, topic: Topic) -> None:
        """Wake everybody subscribed to `topic`, in all server processes, after the commit and the callbacks."""
        self.topics[topic] = None


class Database(abc.ABC):
    """An open database. Made by `runyard.store.open`."""

    dialect: Dialect
    memory: Memory
    signals: Signals

    @abc.abstractmethod
    async def write(self, function: Callable[[Tx], T]) -> T:
        """Run `function` in a transaction, commit, call its after-commit callbacks, return its value.

        A cancelled caller does not know whether the change happened.
        """

    @abc.abstractmethod
    async def read(self, function: Callable[[Tx], T]) -> T:
        """Run `function` on one unchanging snapshot of committed data. It cannot write."""

    @abc.abstractmethod
    async def close(self) -> None:
        """Finish what was queued, then release threads, connections and locks. Calling it again does nothing."""


class Call:
    """One function on its way through a door, with the future that its caller awaits."""

    __slots__ = ("callbacks", "error", "function", "future", "loop", "signals", "topics", "value")

    def __init__(self, function: Callable[[Tx], Any], signals: Signals) -> None:
        self.function = function
        self.signals = signals
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[Any] = self.loop.create_future()
        self.value: Any = None
        self.error: BaseException | None = None
        self.callbacks: list[Callable[[], None]] = []
        self.topics: dict[Topic, None] = {}

    def succeed(self, value: Any, tx: Tx) -> None:
        """The function's value and what follows its commit."""
        self.value, self.error, self.callbacks, self.topics = value, None, tx.callbacks, tx.topics

    def fail(self, error: BaseException) -> None:
        """Nothing was committed."""
        self.error = error
        self.callbacks, self.topics = [], {}

    def settle(self) -> None:
        """On the event loop: call back what was committed, then wake those who wait for it, then the caller."""
        for callback in self.callbacks:
            try:
                callback()
            except Exception as error:
                self.loop.call_exception_handler({"message": "an after-commit callback failed", "exception": error})
        self.signals.publish_all(self.topics)
        if self.future.done():
            return
        if self.error is None:
            self.future.set_result(self.value)
        else:
            self.future.set_exception(self.error)


def deliver(calls: Iterable[Call]) -> None:
    """From a worker thread: settle finished calls with one wake-up per event loop. A closed loop has no callers."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Call]] = {}
    for call in calls:
        by_loop.setdefault(call.loop, []).append(call)
    for loop, group in by_loop.items():
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(_settle_all, group)


def _settle_all(calls: list[Call]) -> None:
    for call in calls:
        call.settle()
