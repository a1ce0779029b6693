"""A real HTTP server over SQLite for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from runyard.store.repositories import Repository
from tests.support.fleet import Yard, create_repository, services_on, serving


@pytest.fixture
async def yard(tmp_path: Path) -> AsyncIterator[Yard]:
    """A running server with nothing in it."""
    async with services_on(tmp_path) as services, serving(services) as running:
        yield running


@pytest.fixture
async def repository(yard: Yard) -> Repository:
    """`ada/hello`."""
    return await create_repository(yard.services)
