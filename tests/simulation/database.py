"""The real store, run on the event loop itself: a seed decides when everything happens.

A transaction takes simulated time to begin and to be answered. It can be killed before any statement or its commit,
and between its commit and its answer. Several servers may share one `Disk`, each with its own `SimulatedDatabase`.
"""

from __future__ import annotations

import abc
import asyncio
import functools
import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import StaticPool

from runyard.store import schema
from runyard.store.database import Call, Database, Dialect, T, Tx
from runyard.store.errors import DatabaseClosed
from runyard.store.memory import Memory, Remembered
from runyard.store.queue_version import BUMP
from runyard.store.signals import Signals, Topic
from runyard.store.sqlite import SqliteDatabase
from tests.simulation.loop import SimulatedLoop


class Killed(BaseException):
    """The server's process ends here and now."""


@functools.cache
def _empty() -> bytes:
    """A database file with all tables and no rows."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "empty.db"

        async def make() -> None:
            await SqliteDatabase(path).close()

        asyncio.run(make())
        connection = sqlite3.connect(path)
        try:
            connection.execute("PRAGMA journal_mode=DELETE")
            return connection.serialize()
        finally:
            connection.close()


class Disk(abc.ABC):
    """What survives a server: the database. `begin_write` and `begin_read` are the statements that do so.

    `haste`: all limits of hours and days are shorter by this factor.
    """

    haste = 1
    dialect: Dialect
    begin_write: str
    begin_read: str

    def __init__(self) -> None:
        self.doors: list[SimulatedDatabase] = []

    @abc.abstractmethod
    def connect(self) -> Connection:
        """What one life of a server reads and writes with. No statement begins a transaction by itself."""

    @abc.abstractmethod
    def disconnect(self, connection: Connection) -> None:
        """That life is over."""

    @abc.abstractmethod
    def close(self) -> None:
        """Let go of it."""


class MemoryDisk(Disk):
    """SQLite in memory. All servers share one connection, as no two transactions are ever open at once.

    A wiped disk is used again by a later world of this process, as its statements are prepared already.
    """

    dialect = "sqlite"
    begin_write = begin_read = "BEGIN"

    def __init__(self) -> None:
        super().__init__()
        self._plate = _wiped.pop() if _wiped else _Plate()

    def connect(self) -> Connection:
        """See Disk."""
        return self._plate.connection

    def disconnect(self, connection: Connection) -> None:
        """See Disk."""

    def close(self) -> None:
        """See Disk."""
        self._plate.wipe()
        _wiped.append(self._plate)


class _Plate:
    """What a disk in memory is written on: a database with all tables and, once wiped, only the rows it came with."""

    def __init__(self) -> None:
        raw = self._raw = sqlite3.connect(
            ":memory:", isolation_level=None, check_same_thread=False, cached_statements=512
        )
        raw.deserialize(_empty())
        tables = [table.name for table in reversed(schema.metadata.sorted_tables)]
        self._clean = [f'DELETE FROM "{table}"' for table in [*tables, "sqlite_sequence"]]
        self._rows = [
            (f'INSERT INTO "{table}" VALUES ({", ".join("?" * len(rows[0]))})', rows)
            for table in tables
            if (rows := raw.execute(f'SELECT * FROM "{table}"').fetchall())
        ]
        raw.execute("PRAGMA foreign_keys=ON")
        self.connection = create_engine("sqlite://", creator=lambda: raw, poolclass=StaticPool).connect()

    def wipe(self) -> None:
        """Make it as new. Rows go in an order that needs no other settings: those would undo what is prepared."""
        if self._raw.in_transaction:
            self._raw.rollback()
        self._raw.execute("BEGIN")
        for statement in self._clean:
            self._raw.execute(statement)
        for statement, rows in self._rows:
            self._raw.executemany(statement, rows)
        self._raw.execute("COMMIT")


_wiped: list[_Plate] = []


class _Watched:
    """The driver's connection, which counts statements and ends the process before the chosen one."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self.left: int | None = None

    def execute(self, *arguments: Any) -> Any:
        self.count()
        return self._raw.execute(*arguments)

    def cursor(self) -> Any:
        self.count()
        return self._raw.cursor()

    def count(self) -> None:
        """One more statement."""
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                raise Killed

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)


class SimulatedDatabase(Database):
    """One server's doors to the disk. `killed` is called when a fault hits inside a transaction."""

    def __init__(
        self, loop: SimulatedLoop, disk: Disk, random: Random, slowness: float, killed: Callable[[], None]
    ) -> None:
        self.dialect = disk.dialect
        self.memory = Memory()
        self.signals = Signals()
        self.dead = False
        self.committed: Callable[[dict[int, Remembered]], None] = lambda runs: None
        self._loop = loop
        self._disk = disk
        self._random = random
        self._slowness = slowness
        self._killed = killed
        self._connection = disk.connect()
        self._driver: Any = self._connection.connection.dbapi_connection
        self._raw = _Watched(self._driver)
        disk.doors.append(self)

    def kill_within(self, statements: int | None) -> None:
        """End the process before that statement from now on, None = never; commits count as one."""
        self._raw.left = statements

    async def write(self, function: Callable[[Tx], T]) -> T:
        """See Database."""
        return await self._pass(function, writable=True)

    async def read(self, function: Callable[[Tx], T]) -> T:
        """See Database."""
        return await self._pass(function, writable=False)

    async def close(self) -> None:
        """See Database."""
        self.end()
        self.signals.close()

    def end(self) -> None:
        """Nothing passes any more."""
        self.dead = True
        if self in self._disk.doors:
            self._disk.doors.remove(self)
            self._disk.disconnect(self._connection)

    async def _pass(self, function: Callable[[Tx], T], *, writable: bool) -> T:
        await self._pause()
        if self.dead:
            raise DatabaseClosed("The server is gone.")
        call = Call(function, self.signals)
        try:
            self._transact(call, writable)
        except Killed:
            self._killed()
            raise DatabaseClosed("The server is gone.") from None
        call.settle()
        call.future.exception()
        await self._pause()
        if call.error is not None:
            raise call.error
        value: T = call.value
        return value

    async def _pause(self) -> None:
        if self._slowness:
            await self._loop.pause(self._random.expovariate(1 / self._slowness))

    def _transact(self, call: Call, writable: bool) -> None:
        raw = self._driver
        watched = raw if self._raw.left is None else self._raw
        tx = Tx(self._connection, watched, self.dialect, self.memory, writable=writable)
        raw.execute(self._disk.begin_write if writable else self._disk.begin_read)
        try:
            value = call.function(tx)
            if tx.queue_grew:
                watched.execute(BUMP)
            watched.execute("COMMIT" if writable else "ROLLBACK")
        except Killed:
            raw.rollback()
            raise
        except BaseException as error:
            raw.rollback()
            call.fail(error)
            return
        finally:
            if self._connection.in_transaction():
                self._connection.rollback()
        tx.memory.sink()
        call.succeed(value, tx)
        if writable:
            self._tell_others(call.topics)
            self.committed(tx.memory.runs)

    def _tell_others(self, topics: Iterable[Topic]) -> None:
        """Signals reach the other servers late; now and then the line breaks and all they get is word of that."""
        told = tuple(topics)
        for other in self._disk.doors:
            if other is not self and told:
                delay = self._random.expovariate(1 / 0.02)
                if self._random.random() < 0.02:
                    self._loop.call_later(delay + 5, other.signals.resync)
                else:
                    self._loop.call_later(delay, other.signals.publish_all, told)
