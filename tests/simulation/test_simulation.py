"""Seeds of the simulated world; `README.md` tells what they prove. `make simulate SEEDS=…` plays more of them.

Which lines they run is measured for one piece only: that takes ten times as long.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.simulation.many import play
from tests.simulation.shrink import story

SEEDS = 2000
PIECES = 40
SAME = 60


@pytest.mark.parametrize("piece", [0, *(pytest.param(piece, marks=pytest.mark.no_cover) for piece in range(1, PIECES))])
def test_seeds(piece: int) -> None:
    _, _, failed = play(range(piece, SEEDS, PIECES))
    if failed:
        pytest.fail(story(failed[0][0]))


def test_a_seed_is_the_same_history_in_every_process() -> None:
    def digests(salt: int, *seeds: int) -> list[str]:
        code = f"from tests.simulation.world import simulate; print(*(simulate(s).digest for s in {seeds}))"
        played = subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONHASHSEED": str(salt)},
            capture_output=True,
            text=True,
            check=True,
        )
        return played.stdout.split()

    assert digests(1, *range(SAME)) == digests(2, *reversed(range(SAME)))[::-1]
