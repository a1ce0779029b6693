"""Every test that asks for `database` runs on SQLite and on PostgreSQL."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import anyio
import pytest

from runyard import store
from runyard.store import Database, Tx, repositories, users
from runyard.store.repositories import Repository
from tests.support.postgres import Postgres, running_postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server for all tests of the session."""
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def template(postgres: Postgres) -> str:
    """The name of an empty, migrated PostgreSQL database to copy."""
    name = postgres.create()
    anyio.run(_migrate, postgres.url(name))
    return name


@pytest.fixture(scope="session")
def template_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty, migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("template") / "runyard.db"
    anyio.run(_migrate, f"sqlite:///{path}")
    return path


async def _migrate(url: str) -> None:
    await store.open(url).close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{shutil.copy(request.getfixturevalue('template_file'), tmp_path / 'runyard.db')}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = server.create(request.getfixturevalue("template"))
    yield server.url(name)
    server.drop(name)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open, empty database."""
    opened = store.open(database_url)
    yield opened
    await opened.close()


@pytest.fixture
async def repository(database: Database) -> Repository:
    """A repository `ada/hello` in the database."""

    def create(tx: Tx) -> Repository:
        return repositories.create(tx, users.create(tx, "ada").id, "hello")

    return await database.write(create)
