"""Seeds of the simulated world; `README.md` tells what they prove. `make simulate SEEDS=…` plays more of them."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.simulation.shrink import story
from tests.simulation.world import simulate

SEEDS = 2000
PIECES = 40


@pytest.mark.parametrize("piece", range(PIECES))
def test_seeds(piece: int) -> None:
    for seed in range(piece, SEEDS, PIECES):
        try:
            simulate(seed)
        except Exception:
            pytest.fail(story(seed))


@pytest.mark.parametrize("seed", [3, 11, 42])
def test_a_seed_is_the_same_history_in_every_process(seed: int) -> None:
    code = f"from tests.simulation.world import simulate; print(simulate({seed}).digest)"
    digests = {
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONHASHSEED": str(salt)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for salt in (1, 2)
    }
    assert len(digests) == 1
