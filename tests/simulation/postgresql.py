"""Worlds on a real PostgreSQL server, slower: each has a database of its own, and each server a connection to it."""

from __future__ import annotations

import asyncio
import functools
import itertools
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql
from sqlalchemy import URL, Connection, create_engine, make_url
from sqlalchemy.pool import NullPool

from runyard import store
from runyard.store.postgresql import tune
from tests.simulation.database import Disk

_numbers = itertools.count(1)


class PostgresqlDisk(Disk):
    """A fresh database, removed at the end, on the server that `server` leads to; a copy of the one named.

    Servers that share a database look every few seconds who leads, so worlds where nothing happens for days take long.
    """

    haste = 20
    dialect = "postgresql"
    begin_write = "BEGIN"
    begin_read = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

    def __init__(self, server: URL, template: str) -> None:
        super().__init__()
        self._server = server
        self._name = f"{template}_{os.getpid()}_{next(_numbers)}"
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        _run(server, statement.format(sql.Identifier(self._name), sql.Identifier(template)))
        url = server.set(drivername="postgresql+psycopg", database=self._name)
        self._engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")

    def connect(self) -> Connection:
        """See Disk."""
        connection = self._engine.connect()
        tune(connection.connection.dbapi_connection)
        return connection

    def disconnect(self, connection: Connection) -> None:
        """See Disk."""
        connection.close()

    def close(self) -> None:
        """See Disk."""
        self._engine.dispose()
        _drop(self._server, self._name)


@contextmanager
def disks(url: str) -> Iterator[Callable[[], Disk]]:
    """What makes disks on the server at this address, where its user may create databases; for any process."""
    server = make_url(url)
    template = f"simulation_{os.getpid()}"
    _run(server, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(template)))
    try:

        async def migrate() -> None:
            await store.open(server.set(database=template).render_as_string(hide_password=False)).close()

        asyncio.run(migrate())
        yield functools.partial(PostgresqlDisk, server, template)
    finally:
        _drop(server, template)


def _drop(server: URL, name: str) -> None:
    _run(server, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _run(server: URL, statement: sql.Composed) -> None:
    address = server.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(statement)
