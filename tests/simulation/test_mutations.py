"""The simulation finds every rule of the kernel that is broken on purpose."""

from __future__ import annotations

import pytest

from tests.simulation.mutations import MUTATIONS, Mutation
from tests.simulation.world import simulate

SEEDS = 500


@pytest.mark.no_cover
@pytest.mark.parametrize("mutation", MUTATIONS, ids=[each.rule for each in MUTATIONS])
def test_found(mutation: Mutation) -> None:
    with mutation.broken():
        for seed in range(SEEDS):
            try:
                simulate(seed)
            except Exception:
                return
    pytest.fail(f"not found in {SEEDS} seeds: {mutation.rule}")
