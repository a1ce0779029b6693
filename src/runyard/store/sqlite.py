"""SQLite behind the doors: one writer thread with group commit, a pool of readers, one server process per file.

WAL with synchronous=FULL: a returned `write` survives loss of power. All functions that wait at the same moment share
one transaction and one flush; each has its own savepoint, so that a failing one takes nobody with it.
"""

from __future__ import annotations

import asyncio
import fcntl
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from runyard.store.database import Call, Database, T, Tx, deliver
from runyard.store.errors import DatabaseClosed, DataLocked, DataUnwritable
from runyard.store.memory import Memory, Overlay
from runyard.store.migrate import migrate
from runyard.store.queue_version import BUMP
from runyard.store.signals import Signals
from runyard.store.workers import Workers

READERS = 4
BATCH_CALLS = 512
BATCH_SECONDS = 0.02
BUSY_MILLISECONDS = 10_000

FILE_ERRORS = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_READONLY,
    }
)

PRAGMAS = (
    f"PRAGMA busy_timeout={BUSY_MILLISECONDS}",
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA cache_size=-32768",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA wal_autocheckpoint=4000",
    "PRAGMA journal_size_limit=67108864",
)


class SqliteDatabase(Database):
    """A database file and its lock."""

    dialect = "sqlite"

    def __init__(self, path: Path) -> None:
        if not path.parent.is_dir():
            raise DataUnwritable(f"The folder {path.parent} of the database {path} does not exist; create it first.")
        self.memory = Memory()
        self.signals = Signals()
        self._closed = False
        self._lock = _hold(path)
        try:
            engine = _engine(path)
            _prepare(engine, path)
            readers = [_Reader(engine, self.memory) for _ in range(READERS)]
            self._writer = _Writer(engine, self.memory, str(path))
        except BaseException:
            self._lock.close()
            raise
        self._readers = Workers("store-reader", readers)

    async def write(self, function: Callable[[Tx], T]) -> T:
        """See Database."""
        call = self._call(function)
        self._writer.submit(call)
        value: T = await call.future
        return value

    async def read(self, function: Callable[[Tx], T]) -> T:
        """See Database."""
        call = self._call(function)
        self._readers.submit(call)
        value: T = await call.future
        return value

    async def close(self) -> None:
        """See Database."""
        if self._closed:
            return
        self._closed = True
        self.signals.close()
        await asyncio.to_thread(self._readers.stop)
        await asyncio.to_thread(self._writer.stop)
        self._lock.close()

    def _call(self, function: Callable[[Tx], Any]) -> Call:
        if self._closed:
            raise DatabaseClosed("The database is closed.")
        return Call(function, self.signals)


def _hold(path: Path) -> IO[str]:
    """Take the lock file of the database for this process."""
    lock_path = path.with_name(path.name + ".lock")
    try:
        handle = lock_path.open("a")
    except OSError as error:
        raise DataUnwritable(
            f"Cannot write {lock_path}: {error.strerror}. Give this user write access to {path.parent}."
        ) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        handle.close()
        raise DataLocked(
            f"The database {path} is in use by another Runyard server. Stop that one first, or use another file "
            "(several servers can share a PostgreSQL database)."
        ) from error
    return handle


def _engine(path: Path) -> Engine:
    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=512)
        try:
            for pragma in PRAGMAS:
                connection.execute(pragma)
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    return create_engine("sqlite://", creator=connect, poolclass=NullPool)


def _prepare(engine: Engine, path: Path) -> None:
    try:
        with engine.connect() as connection, connection.begin():
            _raw(connection).execute("BEGIN IMMEDIATE")
            migrate(connection, str(path))
    except (sqlite3.Error, DBAPIError, OSError) as error:
        raise _unwritable(error, str(path)) from error


def _raw(connection: Connection) -> Any:
    return connection.connection.dbapi_connection


def _unwritable(error: Exception, place: str) -> DataUnwritable:
    cause = error.orig if isinstance(error, DBAPIError) else error
    return DataUnwritable(
        f"The database {place} cannot be written: {cause}. Check the file's owner, the free space of its disk, and "
        "that no other program holds it."
    )


def _explained(error: BaseException, place: str) -> BaseException:
    """Errors of the file, not of the statement, as DataUnwritable; others as they are."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(cause, "sqlite_errorcode", None)
    if isinstance(cause, sqlite3.Error) and code is not None and code & 0xFF in FILE_ERRORS:
        return _unwritable(cause, place)
    return error


class _Writer:
    """The one thread that writes."""

    def __init__(self, engine: Engine, memory: Memory, place: str) -> None:
        self._calls: queue.SimpleQueue[Call | None] = queue.SimpleQueue()
        self._memory = memory
        self._place = place
        self._connection = engine.connect()
        self._raw = _raw(self._connection)
        self._stopping = False
        self._thread = threading.Thread(target=self._work, name="store-writer", daemon=True)
        self._thread.start()

    def submit(self, call: Call) -> None:
        self._calls.put(call)

    def stop(self) -> None:
        self._calls.put(None)
        self._thread.join()
        self._connection.close()

    def _work(self) -> None:
        while not self._stopping and (first := self._calls.get()) is not None:
            calls = [first]
            try:
                self._commit_together(calls)
            except Exception as error:
                self._connection.rollback()
                for call in calls:
                    call.fail(call.error or _explained(error, self._place))
            deliver(calls)

    def _commit_together(self, calls: list[Call]) -> None:
        """Run `calls[0]` and whatever else is waiting, which is added to `calls`, under one commit."""
        memory = Overlay(self._memory)
        deadline = time.monotonic() + BATCH_SECONDS
        with self._connection.begin():
            self._raw.execute("BEGIN IMMEDIATE")
            queue_grew = self._run(calls[0], memory)
            while len(calls) < BATCH_CALLS and time.monotonic() < deadline:
                try:
                    call = self._calls.get_nowait()
                except queue.Empty:
                    break
                if call is None:
                    self._stopping = True
                    break
                calls.append(call)
                queue_grew |= self._run(call, memory)
            if queue_grew:
                self._raw.execute(BUMP)
        memory.sink()

    def _run(self, call: Call, memory: Overlay) -> bool:
        """Run one call in its savepoint; True when its jobs wait for runners."""
        if call.future.cancelled():
            return False
        tx = Tx(self._connection, self._raw, "sqlite", memory, writable=True)
        self._raw.execute("SAVEPOINT call")
        try:
            value = call.function(tx)
        except BaseException as error:
            call.fail(_explained(error, self._place))
            self._raw.execute("ROLLBACK TO call")
            self._raw.execute("RELEASE call")
            return False
        self._raw.execute("RELEASE call")
        call.succeed(value, tx)
        tx.memory.sink()
        return tx.queue_grew


class _Reader:
    """One reading connection: every call sees one snapshot."""

    most = 1

    def __init__(self, engine: Engine, memory: Memory) -> None:
        self._connection = engine.connect()
        self._raw = _raw(self._connection)
        self._raw.execute("PRAGMA query_only=ON")
        self._memory = memory

    def run(self, calls: Sequence[Call]) -> None:
        """See Session."""
        for call in calls:
            tx = Tx(self._connection, self._raw, "sqlite", self._memory, writable=False)
            try:
                with self._connection.begin() as transaction:
                    self._raw.execute("BEGIN")
                    value = call.function(tx)
                    transaction.rollback()
                tx.memory.sink()
                call.succeed(value, tx)
            except BaseException as error:
                call.fail(error)

    def close(self) -> None:
        """See Session."""
        self._connection.close()
