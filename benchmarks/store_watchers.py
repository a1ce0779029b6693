"""How soon the last of many watchers of a run hears of an event, and what a watcher costs: 10,000 of 1,000 runs.

Baseline, in the same run: the time until the event is committed. As in a server, the process hears other servers'
signals (PostgreSQL) before anybody watches: when it begins to, everybody looks once.
"""

from __future__ import annotations

import asyncio
import gc
import statistics
import tracemalloc
from time import perf_counter

from benchmarks import databases
from benchmarks.figures import Figure
from runyard.kernel import ClaimJob, decide
from runyard.services import watch
from runyard.services.context import Services
from runyard.services.record import record
from runyard.store import Tx, runs
from tests.support.fleet import create_repository, create_run

RUNS = 1000
WATCHERS = 10
EVENTS = 30
MILLISECONDS = 250
KIBIBYTES = 10


def measure() -> list[Figure]:
    """The figures of both databases."""
    return databases.on_each(on)


async def on(name: str, address: str) -> list[Figure]:
    """The figures of one database."""
    async with databases.services(address) as services:
        with services.database.signals.subscribe(("queue",)) as wake:
            if services.database.dialect == "postgresql":
                await wake.wait()
        repository = await create_repository(services)
        ids = await asyncio.gather(*(create_run(services, repository) for _ in range(RUNS)))
        heard: asyncio.Queue[int] = asyncio.Queue()
        gc.collect()
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        tasks = [asyncio.create_task(_watch(services, run_id, heard)) for run_id in ids for _ in range(WATCHERS)]
        for _ in tasks:
            await heard.get()
        gc.collect()
        each = (tracemalloc.get_traced_memory()[0] - before) / 1024 / len(tasks)
        tracemalloc.stop()
        committed, last = [], []
        for run_id in ids[:: RUNS // EVENTS]:
            started = perf_counter()
            await services.database.write(lambda tx, run_id=run_id: _claim(services, tx, run_id))  # type: ignore[misc]
            committed.append((perf_counter() - started) * 1000)
            for _ in range(WATCHERS):
                await heard.get()
            last.append((perf_counter() - started) * 1000)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    middle, commit = statistics.median(last), statistics.median(committed)
    return [
        Figure(
            f"event → last of its {WATCHERS} watchers, {RUNS * WATCHERS:,} watchers of {RUNS:,} runs, {name}",
            f"{middle:.1f} ms ({min(last):.1f}–{max(last):.1f})",
            f"committed after {commit:.1f} ms",
            f"{middle / commit:.1f} ×",
            f"≤ {MILLISECONDS} ms",
            max(last) <= MILLISECONDS,
        ),
        Figure(
            f"memory of one of them, {name}",
            f"{each:.1f} KiB",
            f"budget {KIBIBYTES} KiB",
            f"{each / KIBIBYTES:.0%}",
            f"≤ {KIBIBYTES} KiB",
            each <= KIBIBYTES,
        ),
    ]


async def _watch(services: Services, run_id: int, heard: asyncio.Queue[int]) -> None:
    """Watch a run from a snapshot, and say so at every batch."""
    async for _ in watch.run(services, run_id, None):
        heard.put_nowait(run_id)


def _claim(services: Services, tx: Tx, run_id: int) -> None:
    """The event: a runner takes the job."""
    run = runs.load(tx, run_id, lock=True)
    record(services, tx, run_id, run, decide(run, ClaimJob(at=services.clock(), job=1, runner_id=1, runner_name="r1")))
