"""Many seeds, in pieces that processes can share."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Callable, Iterator

from tests.simulation.database import Disk, MemoryDisk
from tests.simulation.shrink import failure
from tests.simulation.world import Cuts, simulate

CHUNK = 25


def play(seeds: range, new_disk: Callable[[], Disk] = MemoryDisk) -> tuple[int, int, list[tuple[int, str]]]:
    """How many seeds were played, how many events they had, and which of them failed."""
    events, failed = 0, []
    with _collected_once():
        for seed in seeds:
            try:
                events += simulate(seed, new_disk=new_disk).events
            except Exception:
                failed.append((seed, failure(seed, Cuts(), new_disk)))
    return len(seeds), events, failed


@contextlib.contextmanager
def _collected_once() -> Iterator[None]:
    """Cyclic garbage is looked for at the end only, and not among what was there before."""
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.collect()
        gc.unfreeze()


def chunks(first: int, count: int) -> Iterator[range]:
    """The seeds in pieces."""
    return (range(start, min(start + CHUNK, first + count)) for start in range(first, first + count, CHUNK))
