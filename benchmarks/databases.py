"""The databases that the store is measured on: a SQLite file, and PostgreSQL of the benchmark's own, both durable."""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import uvloop

from benchmarks.figures import Figure
from runyard import store
from runyard.services.context import Services
from runyard.services.lifecycle import close_services, open_services
from runyard.services.settings import Settings
from runyard.store import Database
from tests.support.postgres import running_postgres

NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
DURABLE = {
    "autovacuum": "on",
    "fsync": "on",
    "full_page_writes": "on",
    "shared_buffers": "256MB",
    "synchronous_commit": "on",
}


@contextlib.contextmanager
def url(dialect: str) -> Iterator[str]:
    """The address of an empty database. Raises RuntimeError, OSError or KeyError when PostgreSQL cannot be started."""
    if dialect == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            yield f"sqlite:///{folder}/bench.db"
        return
    with running_postgres(**DURABLE) as server:
        yield server.url(server.create())


@contextlib.asynccontextmanager
async def opened(address: str) -> AsyncIterator[Database]:
    """The database at an address."""
    database = store.open(address)
    try:
        yield database
    finally:
        await database.close()


@contextlib.asynccontextmanager
async def services(address: str) -> AsyncIterator[Services]:
    """Services on the database at an address."""
    with tempfile.TemporaryDirectory() as folder:
        running = open_services(Settings(data=Path(folder), database=address, port=0))
        try:
            yield running
        finally:
            await close_services(running)


def on_each(function: Callable[[str, str], Awaitable[list[Figure]]]) -> list[Figure]:
    """The figures of `function(name, address)` on each database; PostgreSQL is left out visibly where it is missing."""
    figures: list[Figure] = []
    for dialect, name in NAMES.items():
        with contextlib.ExitStack() as stack:
            try:
                address = stack.enter_context(url(dialect))
            except (RuntimeError, OSError, KeyError) as error:
                print(f"left out on {name}: {error}", file=sys.stderr, flush=True)
                figures.append(Figure(f"{function.__module__} on {name}", "left out", "–", "–", "–", met=False))
                continue
            figures += uvloop.run(function(name, address))  # type: ignore[arg-type]
    return figures
