"""Play many seeds on all cores: `python -m tests.simulation [--seeds N] [--first N] [--seed N] [--postgresql URL]`.

Prints the pace, and for the first failing seed the story of the smallest world that fails the same way.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import itertools
import os
import sys
import time
from collections.abc import Callable
from multiprocessing import get_context

from tests.simulation.database import Disk, MemoryDisk
from tests.simulation.many import chunks, play
from tests.simulation.postgresql import disks
from tests.simulation.shrink import story
from tests.simulation.world import simulate


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.simulation", description="Simulate servers, runners and faults."
    )
    parser.add_argument("--seeds", type=int, default=2000, help="how many seeds to play (default: %(default)s)")
    parser.add_argument("--first", type=int, default=0, help="the first of them (default: %(default)s)")
    parser.add_argument("--seed", type=int, help="play only this one and tell everything that happens")
    parser.add_argument("--postgresql", metavar="URL", help="a server to make databases on, instead of SQLite")
    options = parser.parse_args()
    with disks(options.postgresql) if options.postgresql else contextlib.nullcontext(MemoryDisk) as new_disk:
        if options.seed is not None:
            return tell(options.seed, new_disk)
        return play_all(options.first, options.seeds, new_disk)


def play_all(first: int, seeds: int, new_disk: Callable[[], Disk]) -> int:
    """Play the seeds on all cores; the first that fails is told."""
    began, played, events = time.monotonic(), 0, 0
    failed: list[tuple[int, str]] = []
    with get_context("spawn").Pool(os.cpu_count()) as pool:
        for count, more, broken in pool.imap_unordered(
            functools.partial(play, new_disk=new_disk), chunks(first, seeds)
        ):
            played, events = played + count, events + more
            failed += broken
            pace = played / (time.monotonic() - began)
            print(f"\r{played} seeds, {events} events, {pace:.0f} seeds/s, {len(failed)} failed", end="", flush=True)
    print()
    for seed, how in itertools.islice(sorted(failed), 20):
        print(f"seed {seed}: {how}")
    if failed:
        print(story(min(failed)[0], new_disk))
    return 1 if failed else 0


def tell(seed: int, new_disk: Callable[[], Disk]) -> int:
    """Play one seed aloud."""
    try:
        print(simulate(seed, tell=print, new_disk=new_disk))
    except AssertionError:
        print(story(seed, new_disk))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
