"""PostgreSQL behind the doors: psycopg 3, a pool of writing and a pool of reading threads, each with its connection.

Writers run READ COMMITTED and lock the run row first, so a run's events are numbered in the order of commits. Readers
see one snapshot (REPEATABLE READ, read only). Several server processes may share a database.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import psycopg
from psycopg import errors as pg
from sqlalchemy import URL, Connection, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from runyard.store.database import Call, Database, T, Tx
from runyard.store.errors import DatabaseClosed, DataUnwritable
from runyard.store.memory import Memory
from runyard.store.migrate import migrate
from runyard.store.queue_version import BUMP
from runyard.store.workers import Workers

WRITERS = 6
READERS = 6
MIGRATION_LOCK = 0x72756E79617264
RETRIED = (pg.DeadlockDetected, pg.SerializationFailure)
TRIES = 5


class PostgresqlDatabase(Database):
    """A PostgreSQL database."""

    dialect = "postgresql"

    def __init__(self, url: URL) -> None:
        self.memory = Memory()
        self._closed = False
        engine = create_engine(url.set(drivername="postgresql+psycopg"), poolclass=NullPool)
        place = url.render_as_string(hide_password=True)
        _prepare(engine, place)
        reading = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._writers = Workers(
            "store-writer", [_Session(engine, self.memory, place, writable=True) for _ in range(WRITERS)]
        )
        self._readers = Workers(
            "store-reader", [_Session(reading, self.memory, place, writable=False) for _ in range(READERS)]
        )

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
        await asyncio.to_thread(self._readers.stop)
        await asyncio.to_thread(self._writers.stop)

    async def _pass(self, workers: Workers, function: Callable[[Tx], T]) -> T:
        if self._closed:
            raise DatabaseClosed("The database is closed.")
        call = Call(function)
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
    return DataUnwritable(
        f"The database {place} cannot be used: {str(cause).strip()}. Check that the server runs, that the database "
        "exists, and that this user may write to it."
    )


class _Session:
    """One connection of a worker thread, opened at its first call and again after it broke."""

    def __init__(self, engine: Engine, memory: Memory, place: str, *, writable: bool) -> None:
        self._engine = engine
        self._memory = memory
        self._place = place
        self._writable = writable
        self._connection: Connection | None = None

    def run(self, call: Call) -> None:
        """See Session."""
        for left in reversed(range(TRIES)):
            try:
                self._transact(call)
                return
            except BaseException as error:
                cause = error.orig if isinstance(error, DBAPIError) else error
                if isinstance(cause, RETRIED) and left:
                    continue
                call.error = error if not self._drop_if_broken() else _unwritable(_as_exception(error), self._place)
                return

    def close(self) -> None:
        """See Session."""
        if self._connection is not None:
            self._connection.close()

    def _transact(self, call: Call) -> None:
        if self._connection is None:
            self._connection = self._engine.connect()
        raw: Any = self._connection.connection.dbapi_connection
        tx = Tx(self._connection, raw, "postgresql", self._memory, writable=self._writable)
        with self._connection.begin():
            value = call.function(tx)
            if tx.queue_grew:
                raw.execute(BUMP)
        tx.memory.sink()
        call.value = value
        call.callbacks = tx.callbacks

    def _drop_if_broken(self) -> bool:
        """Forget a lost connection; the next call opens a new one."""
        if self._connection is None:
            return True
        if self._connection.invalidated:
            broken = True
        else:
            driver: psycopg.Connection[Any] | None = self._connection.connection.dbapi_connection  # type: ignore[assignment]
            broken = driver is None or driver.closed
        if broken:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None
        return broken


def _as_exception(error: BaseException) -> Exception:
    return error if isinstance(error, Exception) else RuntimeError(str(error))
