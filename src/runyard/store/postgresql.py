"""PostgreSQL behind the doors: psycopg 3, a pool of writing and a pool of reading threads, each with its connection.

Writers run READ COMMITTED and lock the run row first, so a run's events are numbered in the order of commits. What
waits at the same moment shares a commit. Readers see one snapshot (REPEATABLE READ, read only). Several server
processes may share a database.
"""

from __future__ import annotations

import abc
import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import psycopg
from psycopg import errors as pg
from psycopg.types.numeric import Int8BinaryDumper, Int8Dumper
from sqlalchemy import URL, Connection, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from runyard.store.database import Call, Database, T, Tx
from runyard.store.errors import DatabaseClosed, DataUnwritable
from runyard.store.listener import NOTIFY, Listener
from runyard.store.memory import Memory, Overlay
from runyard.store.migrate import migrate
from runyard.store.queue_version import BUMP
from runyard.store.signals import Signals
from runyard.store.workers import Workers

WRITERS = 3
READERS = 6
BATCH_CALLS = 32
MIGRATION_LOCK = 0x72756E79617264
RETRIED = (pg.DeadlockDetected, pg.LockNotAvailable, pg.SerializationFailure)
TRIES = 5
PREPARED_AFTER = 1
PREPARED_MOST = 500

SAVEPOINTS = (
    "SAVEPOINT call",
    "RELEASE SAVEPOINT call; SET LOCAL lock_timeout = '100ms'; SAVEPOINT call",
    "RELEASE SAVEPOINT call; SAVEPOINT call",
)
"""Before the first call, the second, and each that follows."""


class PostgresqlDatabase(Database):
    """A PostgreSQL database."""

    dialect = "postgresql"

    def __init__(self, url: URL) -> None:
        self.memory = Memory()
        self._closed = False
        engine = create_engine(url.set(drivername="postgresql+psycopg"), poolclass=NullPool)
        place = url.render_as_string(hide_password=True)
        _prepare(engine, place)
        self.signals = Signals(first=lambda: self._listener.start())
        self._listener = Listener(engine, self.signals)
        reading = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._writers = Workers(
            "store-writer", [_Writer(engine, self.memory, place, self._listener) for _ in range(WRITERS)]
        )
        self._readers = Workers("store-reader", [_Reader(reading, self.memory, place) for _ in range(READERS)])

    async def write(self, function: Callable[[Tx], T]) -> T:
        """See Database."""
        return await self._pass(self._writers, function)

    async def read(self, function: Callable[[Tx], T]) -> T:
        """See Database."""
        return await self._pass(self._readers, function)

    async def close(self) -> None:
        """See Database."""
        if self._closed:
            return
        self._closed = True
        self.signals.close()
        await asyncio.to_thread(self._listener.stop)
        await asyncio.to_thread(self._readers.stop)
        await asyncio.to_thread(self._writers.stop)

    async def _pass(self, workers: Workers, function: Callable[[Tx], T]) -> T:
        if self._closed:
            raise DatabaseClosed("The database is closed.")
        call = Call(function, self.signals)
        workers.submit(call)
        value: T = await call.future
        return value


def _prepare(engine: Engine, place: str) -> None:
    try:
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
            migrate(connection, place)
    except DBAPIError as error:
        raise _unwritable(error, place) from error


def _unwritable(error: Exception, place: str) -> DataUnwritable:
    cause = error.orig if isinstance(error, DBAPIError) else error
    said = " ".join(str(cause).split()).rstrip(".")
    return DataUnwritable(
        f"The database {place} cannot be used: {said}. Check that the server runs, that the database "
        "exists, and that this user may write to it."
    )


def tune(raw: Any) -> None:
    """Have a driver's connection prepare statements at once, and send every number as 64 bits, so that they match."""
    raw.prepare_threshold = PREPARED_AFTER
    raw.prepared_max = PREPARED_MOST
    for dumper in (Int8Dumper, Int8BinaryDumper):
        raw.adapters.register_dumper(int, dumper)


class _Session(abc.ABC):
    """One connection of a worker thread, opened at its first call and again after it broke.

    A call that the database wants to be run again is run again, and so is one whose connection turned out to be lost
    before the commit began.
    """

    def __init__(self, engine: Engine, memory: Memory, place: str) -> None:
        self._engine = engine
        self._memory = memory
        self._place = place
        self._connection: Connection | None = None
        self._committing = False

    def run(self, calls: Sequence[Call]) -> None:
        """See Session."""
        for call in self._try(calls, last=False):
            for left in reversed(range(TRIES)):
                if not self._try((call,), last=left == 0):
                    break

    def close(self) -> None:
        """See Session."""
        if self._connection is not None:
            self._connection.close()

    @abc.abstractmethod
    def _transact(self, calls: Sequence[Call], *, last: bool) -> list[Call]:
        """Run the calls; those to run again. Whatever it raises has undone them all."""

    def _try(self, calls: Sequence[Call], *, last: bool) -> list[Call]:
        """Run the calls; those to run again, unless this is the last time."""
        self._committing = False
        try:
            return self._transact(calls, last=last)
        except BaseException as error:
            if self._asks_again(error) and not last:
                return list(calls)
            explained = self._explained(error)
            for call in calls:
                call.fail(explained)
            return []

    def _open(self) -> tuple[Connection, Any]:
        """The connection and its driver's."""
        if self._connection is None:
            self._connection = self._engine.connect()
            tune(self._connection.connection.dbapi_connection)
        return self._connection, self._connection.connection.dbapi_connection

    def _asks_again(self, error: BaseException) -> bool:
        """Whether the database wants what failed to be run again, or the connection was lost before the commit."""
        lost = self._lost()
        return isinstance(error.orig if isinstance(error, DBAPIError) else error, RETRIED) or (
            lost and not self._committing
        )

    def _lost(self) -> bool:
        """Whether there was a connection and it broke. The next call opens a new one then."""
        if self._connection is None:
            return False
        if not self._connection.invalidated:
            driver: psycopg.Connection[Any] | None = self._connection.connection.dbapi_connection  # type: ignore[assignment]
            if driver is not None and not driver.closed:
                return False
        self._connection.invalidate()
        self._connection.close()
        self._connection = None
        return True

    def _explained(self, error: BaseException) -> BaseException:
        """The error, or what it means that there is no connection."""
        if self._connection is not None:
            return error
        return _unwritable(error if isinstance(error, Exception) else RuntimeError(str(error)), self._place)


class _Reader(_Session):
    """One snapshot for each call."""

    most = 1

    def _transact(self, calls: Sequence[Call], *, last: bool) -> list[Call]:
        (call,) = calls
        connection, raw = self._open()
        tx = Tx(connection, raw, "postgresql", self._memory, writable=False)
        with connection.begin():
            value = call.function(tx)
        tx.memory.sink()
        call.succeed(value, tx)
        return []


class _Writer(_Session):
    """Runs waiting calls under one commit, each in a savepoint, so that a failing one takes nobody with it.

    The first call may wait for locks as long as it takes. Those after it hold what the first ones have locked, and wait
    only briefly: then they are undone and run once more, alone. So two writers never wait for each other for long.
    """

    most = BATCH_CALLS

    def __init__(self, engine: Engine, memory: Memory, place: str, listener: Listener) -> None:
        super().__init__(engine, memory, place)
        self._listener = listener

    def _transact(self, calls: Sequence[Call], *, last: bool) -> list[Call]:
        connection, raw = self._open()
        memory = Overlay(self._memory)
        done: list[tuple[Call, Any, Tx]] = []
        again: list[Call] = []
        with connection.begin() as transaction:
            for number, call in enumerate(calls):
                tx = Tx(connection, raw, "postgresql", memory, writable=True)
                if len(calls) > 1:
                    raw.execute(SAVEPOINTS[min(number, 2)])
                try:
                    value = call.function(tx)
                except BaseException as error:
                    if len(calls) > 1:
                        raw.execute("ROLLBACK TO SAVEPOINT call")
                    else:
                        transaction.rollback()
                    if self._asks_again(error) and not last:
                        again.append(call)
                    else:
                        call.fail(self._explained(error))
                else:
                    tx.memory.sink()
                    done.append((call, value, tx))
            if len(calls) > 1:
                raw.execute("SET LOCAL lock_timeout = 0")
            self._announce(raw, [tx for _, _, tx in done])
            self._committing = True
        memory.sink()
        for call, value, tx in done:
            call.succeed(value, tx)
        return again

    def _announce(self, raw: Any, transactions: Sequence[Tx]) -> None:
        """The last statements before the commit: their locks are held for the shortest time."""
        topics = {topic: None for tx in transactions for topic in tx.topics}
        if any(tx.queue_grew for tx in transactions):
            raw.execute(BUMP)
        for payload in self._listener.payloads(topics):
            raw.execute(NOTIFY, (payload,))
