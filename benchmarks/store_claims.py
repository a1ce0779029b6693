"""Jobs given to waiting runners per second: `services.dispatch`, durable, among few and among many finished runs.

Baseline, in the same run: commits of one changed row, each after the one before it, through the same door.
"""

from __future__ import annotations

import asyncio
from time import perf_counter, process_time

from benchmarks import databases, filling
from benchmarks.figures import Figure
from runyard.services.context import Services
from runyard.services.dispatch import fetch, run_dispatcher
from runyard.services.fleet import KnownRunner
from runyard.services.waiting import Fetched
from runyard.store import Tx, runs
from runyard.store.repositories import Repository
from tests.support.fleet import create_repository, create_run

CLAIMERS = 50
WAITING, DEEP = 1000, 3000
ROUNDS = 3
WARMING = 300
COMMITS = 300
FEW, MANY = 100, 100_000
TARGETS = {"SQLite": 3000, "PostgreSQL": 2000}


def measure() -> list[Figure]:
    """Claims per second on both databases, and how they hold among many finished runs."""
    return databases.on_each(on)


async def on(name: str, address: str) -> list[Figure]:
    """The figures of one database."""
    async with databases.services(address) as services:
        repository = await create_repository(services)
        history = await create_repository(services, "eve", "history")
        await services.database.write(lambda tx: filling.runs(tx, history.id, 1, FEW))
        await claims(services, repository, WARMING)
        bare = await commits(services, history.id)
        few, cpu = await claims(services, repository, WAITING, ROUNDS)

        def fill(tx: Tx) -> None:
            filling.runs(tx, history.id, FEW + 1, MANY)
            filling.jobs(tx, history.id)

        await services.database.write(fill)
        await services.database.write(filling.analyze)
        many, _ = await claims(services, repository, WAITING, ROUNDS)
        deep, _ = await claims(services, repository, DEEP)
    target = TARGETS[name]
    return [
        Figure(
            f"claims through the dispatcher, {CLAIMERS} runners and {WAITING:,} jobs waiting, durable {name}, "
            f"{FEW} finished runs",
            f"{few:.0f} claims/s ({cpu * 1e6:.0f} µs CPU each in this process)",
            f"one by one {bare:.0f} commits/s",
            f"{few / bare:.1f} ×",
            f"≥ {target} claims/s",
            few >= target,
        ),
        Figure(
            f"the same with {MANY:,} finished runs",
            f"{many:.0f} claims/s",
            f"{few:.0f} claims/s with {FEW}",
            f"{many / few:.0%}",
            f"≥ {target} claims/s and ≥ 90 %",
            many >= target and many >= 0.9 * few,
        ),
        Figure(
            f"the same with {DEEP:,} jobs waiting, more runs than the store remembers",
            f"{deep:.0f} claims/s",
            f"{few:.0f} claims/s with {WAITING:,}",
            f"{deep / few:.0%}",
            f"≥ {target} claims/s",
            deep >= target,
        ),
    ]


async def claims(services: Services, repository: Repository, count: int, rounds: int = 1) -> tuple[float, float]:
    """Have `count` waiting jobs claimed, several times: claims per second, and this process's CPU seconds for each."""
    took = cpu = 0.0
    for _ in range(rounds):
        await asyncio.gather(*(create_run(services, repository) for _ in range(count)))
        started, worked = perf_counter(), process_time()
        dispatcher = asyncio.create_task(run_dispatcher(services))
        await asyncio.gather(*(_claims_of(services, number, count // CLAIMERS) for number in range(1, CLAIMERS + 1)))
        took, cpu = took + perf_counter() - started, cpu + process_time() - worked
        dispatcher.cancel()
        await asyncio.gather(dispatcher, return_exceptions=True)
    return rounds * count / took, cpu / count / rounds


async def _claims_of(services: Services, number: int, count: int) -> None:
    """One runner that asks for one task after the other."""
    runner = known_runner(number)
    for _ in range(count):
        await claim(services, runner)


def known_runner(number: int) -> KnownRunner:
    """A runner for the jobs of `ONE_JOB`."""
    labels, nothing = frozenset(("linux",)), frozenset[str]()
    return KnownRunner(number, f"r{number}", f"r{number}", "", None, None, labels, nothing, "v1", ephemeral=False)


async def claim(services: Services, runner: KnownRunner) -> Fetched:
    """One task for this runner."""
    fetched = await fetch(services, runner, tasks_version=0, gone=asyncio.get_running_loop().create_future())
    if len(fetched.tasks) != 1:
        raise RuntimeError("a fetch came back empty although a job was waiting")
    return fetched


async def commits(services: Services, repository_id: int) -> float:
    """Small commits per second, one after the other."""
    started = perf_counter()
    for _ in range(COMMITS):
        await services.database.write(lambda tx: runs.next_number(tx, repository_id))
    return COMMITS / (perf_counter() - started)
