"""The newest 30 failed runs of a repository among a thousand, ten thousand, … a million: as quick as ever.

Baseline, in the same run: the list among a thousand.
"""

from __future__ import annotations

import statistics
from functools import partial
from time import perf_counter

from benchmarks import databases, filling
from benchmarks.figures import Figure
from runyard.kernel.status import Status
from runyard.store import Database, Tx, repositories, runs, users
from runyard.store.repositories import Repository

SIZES = (10**3, 10**4, 10**5, 10**6)
READS = 100
PAGE = 30
MILLISECONDS = 3.0
RATIO = 2.0


def measure() -> list[Figure]:
    """The figures of both databases."""
    return databases.on_each(on)


async def on(name: str, address: str) -> list[Figure]:
    """The figure of one database."""
    times = []
    async with databases.opened(address) as database:

        def found(tx: Tx) -> Repository:
            return repositories.create(tx, users.create(tx, "ada").id, "hello")

        repository = await database.write(found)
        filled = 0
        for size in SIZES:
            await database.write(partial(filling.runs, repository_id=repository.id, first=filled + 1, last=size))
            await database.write(filling.analyze)
            filled = size
            times.append(await _milliseconds(database, repository.id))
    ratio = times[-1] / times[0]
    return [
        Figure(
            f"newest {PAGE} runs by status among 10³, 10⁴, 10⁵, 10⁶, {name}",
            " / ".join(f"{each:.2f}" for each in times) + " ms",
            f"among 10³ {times[0]:.2f} ms",
            f"{ratio:.2f} ×",
            f"≤ {MILLISECONDS:.0f} ms and ≤ {RATIO:.0f} ×",
            max(times) <= MILLISECONDS and ratio <= RATIO,
        )
    ]


async def _milliseconds(database: Database, repository_id: int) -> float:
    """The median of one list, from the call to its answer."""

    def page(tx: Tx) -> int:
        return len(runs.list(tx, repository_ids=[repository_id], status=Status.FAILURE, limit=PAGE))

    times = []
    for _ in range(READS):
        started = perf_counter()
        assert await database.read(page) == PAGE
        times.append(perf_counter() - started)
    return statistics.median(times) * 1000
