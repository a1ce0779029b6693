"""A repository of actions on an empty database, whose clock stands still until it is moved."""

from __future__ import annotations

import pytest

from runyard.store import Database
from runyard.store.actions import ActionRepo
from tests.store.actions.helpers import Clock


@pytest.fixture
def clock() -> Clock:
    """The time of the repository."""
    return Clock()


@pytest.fixture
def repo(database: Database, clock: Clock) -> ActionRepo:
    """An `ActionRepo` on both databases."""
    return ActionRepo(database, clock=clock)
