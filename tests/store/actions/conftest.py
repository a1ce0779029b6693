"""A repository of actions on an empty database, whose clock stands still until it is moved."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest

from runyard import store
from runyard.store import Database
from runyard.store.actions import ActionRepo
from tests.store.actions.helpers import Clock
from tests.support.postgres import Postgres


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy: quicker than to migrate one for each test."""
    path = tmp_path_factory.mktemp("template") / "runyard.db"

    async def migrate() -> None:
        await store.open(f"sqlite:///{path}").close()

    anyio.run(migrate)
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path, empty_file: Path) -> Iterator[str]:
    """The address of an empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{shutil.copy(empty_file, tmp_path / 'runyard.db')}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = server.create(request.getfixturevalue("template"))
    yield server.url(name)
    server.drop(name)


@pytest.fixture
def clock() -> Clock:
    """The time of the repository."""
    return Clock()


@pytest.fixture
def repo(database: Database, clock: Clock) -> ActionRepo:
    """An `ActionRepo` on both databases."""
    return ActionRepo(database, clock=clock)
