"""A few seeds of the simulated world on PostgreSQL: what the databases do differently does not show."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.simulation.database import Disk
from tests.simulation.postgresql import disks
from tests.simulation.shrink import story
from tests.simulation.world import simulate
from tests.support.postgres import running_postgres

SEEDS = 25
PIECES = 5


@pytest.fixture(scope="module")
def new_disk() -> Iterator[Callable[[], Disk]]:
    with running_postgres() as server, disks(server.url("postgres")) as made:
        yield made


@pytest.mark.parametrize("piece", range(PIECES))
def test_seeds(piece: int, new_disk: Callable[[], Disk]) -> None:
    for seed in range(piece, SEEDS, PIECES):
        try:
            simulate(seed, new_disk=new_disk)
        except Exception:
            pytest.fail(story(seed, new_disk))
