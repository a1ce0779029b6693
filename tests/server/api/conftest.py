"""People who use the API of a running server."""

from __future__ import annotations

import pytest

from runyard.store.repositories import Repository
from tests.support.fleet import Yard
from tests.support.people import Person, person


@pytest.fixture
async def ada(yard: Yard, repository: Repository) -> Person:
    """The owner of `ada/hello`."""
    return await person(yard, "ada")


@pytest.fixture
async def bob(yard: Yard) -> Person:
    """Somebody else."""
    return await person(yard, "bob")


@pytest.fixture
async def root(yard: Yard) -> Person:
    """An administrator."""
    return await person(yard, "root", is_admin=True)


@pytest.fixture
def nobody(yard: Yard) -> Person:
    """Without a token."""
    return Person(yard)
