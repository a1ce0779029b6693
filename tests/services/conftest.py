"""A server's services on an empty SQLite database, whose clock stands still until it is moved."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from runyard.services.context import Services
from runyard.store.repositories import Repository
from tests.support.fleet import Clock, create_repository, services_on


@pytest.fixture
def clock() -> Clock:
    """The services' time."""
    return Clock()


@pytest.fixture
async def services(tmp_path: Path, clock: Clock) -> AsyncIterator[Services]:
    """Services without their background work."""
    async with services_on(tmp_path, clock) as opened:
        yield opened


@pytest.fixture
async def repository(services: Services) -> Repository:
    """A repository to run workflows of."""
    return await create_repository(services)
