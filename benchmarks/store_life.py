"""Whole lives of one-job runs per second through the services, on durable SQLite: created, claimed, reported, done.

Baseline, in the same run: commits of one changed row, each after the one before it, through the same door.
"""

from __future__ import annotations

import asyncio
from time import perf_counter, process_time

import uvloop

from benchmarks import databases
from benchmarks.figures import Figure
from benchmarks.store_claims import claim, commits, known_runner
from runyard.protocol.generated import runner_pb2 as pb
from runyard.services.context import Services
from runyard.services.dispatch import run_dispatcher
from runyard.services.fleet import KnownRunner
from runyard.services.report import update_task
from runyard.store.repositories import Repository
from tests.support.fleet import create_repository, create_run

CALLERS = 50
LIVES = 20
TARGET = 400


def measure() -> list[Figure]:
    """The figure of SQLite."""
    with databases.url("sqlite") as address:
        return uvloop.run(_measure(address))


async def _measure(address: str) -> list[Figure]:
    async with databases.services(address) as services:
        repository = await create_repository(services)
        dispatcher = asyncio.create_task(run_dispatcher(services))
        await _lives(services, repository, 2)
        bare = await commits(services, repository.id)
        started, worked = perf_counter(), process_time()
        await _lives(services, repository, LIVES)
        rate = CALLERS * LIVES / (perf_counter() - started)
        cpu = (process_time() - worked) / CALLERS / LIVES
        dispatcher.cancel()
        await asyncio.gather(dispatcher, return_exceptions=True)
    return [
        Figure(
            f"whole lives of one-job runs, {CALLERS} callers, durable SQLite",
            f"{rate:.0f} runs/s ({cpu * 1e6:.0f} µs CPU each)",
            f"one by one {bare:.0f} commits/s",
            f"{rate / bare:.1f} ×",
            f"≥ {TARGET} runs/s",
            rate >= TARGET,
        )
    ]


async def _lives(services: Services, repository: Repository, count: int) -> None:
    await asyncio.gather(*(_caller(services, repository, n, count) for n in range(1, CALLERS + 1)))


async def _caller(services: Services, repository: Repository, number: int, count: int) -> None:
    """Make a run, take a task (its own or another's), report it twice and end it; again and again."""
    runner = known_runner(number)
    for _ in range(count):
        await create_run(services, repository)
        [task_id] = (await claim(services, runner)).task_ids
        await _report(services, runner, task_id, ended=0)
        await _report(services, runner, task_id, ended=1)
        answer = await _report(services, runner, task_id, ended=2, result=pb.RESULT_SUCCESS)
        if pb.UpdateTaskResponse.FromString(answer).state.result != pb.RESULT_SUCCESS:
            raise RuntimeError("the last report was not taken")


async def _report(
    services: Services, runner: KnownRunner, task_id: int, *, ended: int, result: pb.Result = pb.RESULT_UNSPECIFIED
) -> bytes:
    """The first `ended` of two steps have succeeded, the next one runs."""
    request = pb.UpdateTaskRequest(state=pb.TaskState(id=task_id, result=pb.Result.Name(result)))
    request.state.started_at.seconds = 1_700_000_000
    for index in range(min(ended + 1, 2)):
        step = request.state.steps.add(id=index, log_index=index * 20, log_length=20)
        step.started_at.seconds = 1_700_000_000
        if index < ended:
            step.result = pb.RESULT_SUCCESS
            step.stopped_at.seconds = 1_700_000_001
    if result:
        request.state.stopped_at.seconds = 1_700_000_001
    return await update_task(services, runner, request, request.SerializeToString())
