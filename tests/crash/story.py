"""A fixed story of people and a runner, told to a server in steps. Whoever gets no answer to a step repeats it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from runyard.kernel import Run
from runyard.protocol.generated import runner_pb2 as pb
from runyard.server.app import Background
from runyard.services import approve, dispatch, register, report
from runyard.services.cancel import cancel
from runyard.services.context import Services
from runyard.services.lifecycle import close_services, open_services
from runyard.services.reconcile import reconcile_once
from runyard.services.rerun import rerun
from runyard.services.settings import Settings
from runyard.services.start_run import RunRequest, start_run
from runyard.store import Tx, repositories, runs, users
from tests.simulation.runners import Work

SHIP = "./.github/workflows/ship.yml"
CALLED = {
    SHIP: """
on: workflow_call
jobs:
  load:
    runs-on: linux
    concurrency: dock
    steps: [{run: load}]
"""
}
BUILD = f"""
on: push
concurrency: {{group: main}}
jobs:
  plan:
    runs-on: linux
    outputs: {{sizes: '${{{{ steps.a.outputs.sizes }}}}'}}
    steps: [{{id: a, run: a}}]
  test:
    needs: plan
    runs-on: linux
    strategy:
      matrix: {{size: '${{{{ fromJSON(needs.plan.outputs.sizes) }}}}'}}
    steps: [{{run: b}}, {{run: c}}]
  ship:
    needs: test
    uses: {SHIP}
  tell:
    needs: [test, ship]
    if: always()
    runs-on: linux
    steps: [{{run: d}}]
"""
MAIN = "on: push\nconcurrency: main\njobs: {one: {runs-on: linux, steps: [{run: a}]}}\n"
DOCK = "on: push\njobs: {hold: {runs-on: linux, concurrency: dock, steps: [{run: a}]}}\n"
FORK = "on: pull_request\njobs: {one: {runs-on: linux, steps: [{run: a}]}}\n"


@dataclass
class Known:
    """What the people and the runner know: it survives the server. `step`: the first that was not answered."""

    runner: tuple[str, str] = ("", "")
    step: int = 0
    now: int = 1_700_000_000_000
    works: list[Work] = field(default_factory=list)
    runs: dict[str, int] = field(default_factory=dict)


@asynccontextmanager
async def server(folder: Path, known: Known) -> AsyncIterator[Services]:
    """A server on the data in this folder."""
    settings = Settings(data=folder, retry_times=1)
    services = open_services(settings, clock=lambda: known.now)
    try:
        yield services
    finally:
        await close_services(services)


async def found(folder: Path) -> Known:
    """The data of a new server with a repository and a runner."""
    known = Known()
    async with server(folder, known) as services:

        def write(tx: Tx) -> None:
            user = users.create(tx, "ada", email="ada@example.org")
            repositories.create(tx, user.id, "demo")

        await services.database.write(write)
        row, secret = await register.create_runner(services, name="metal", labels=("linux",))
        known.runner = (row.uuid, secret)
        runner = await register.known_runner(services, *known.runner, active=False)
        request = pb.DeclareRequest(version="1", labels=["linux"], capabilities=["cancelling"])
        await register.declare(services, runner, request)
    return known


async def tell(services: Services, known: Known, answered: Callable[[dict[int, Run]], None]) -> None:
    """Go through the steps that were not answered. `answered` is told the states of all runs after each."""
    background = Background(services)
    await background.start()
    try:
        for number in range(known.step, len(STEPS)):
            async with asyncio.timeout(20):
                await STEPS[number](services, known)
            known.step = number + 1
            answered(await services.database.read(_states))
    finally:
        await background.stop()


def _states(tx: Tx) -> dict[int, Run]:
    return {run_id: runs.load(tx, run_id) for (run_id,) in tx.raw.execute("SELECT id FROM run").fetchall()}


async def _push(services: Services, known: Known, *, title: str, source: str, fork: bool = False) -> None:
    """Start a run, unless it is there already."""

    def write(tx: Tx) -> int:
        repository = repositories.get(tx, "ada", "demo")
        for old in runs.list(tx, repository_ids=[repository.id]):
            if old.title == title:
                return old.id
        request = RunRequest(
            workflow=".github/workflows/ci.yml",
            source=source,
            title=title,
            event="pull_request" if fork else "push",
            ref="refs/heads/main",
            sha="a" * 40,
            actor=users.get(tx, "ada"),
            payload={},
            called=CALLED,
            fork=fork,
            pull_request=int(fork),
            author="mallory" if fork else "",
        )
        return start_run(services, tx, repository, request).id

    known.runs[title] = await services.database.write(write)


async def _take(services: Services, known: Known, *, count: int) -> None:
    """The runner asks for tasks; asked again with the same key it gets the same ones."""
    runner = await register.known_runner(services, *known.runner, active=False)
    gone = asyncio.get_running_loop().create_future()
    fetched = await dispatch.fetch(
        services, runner, tasks_version=0, capacity=count, request_key=f"key {known.step}", patience=30, gone=gone
    )
    assert len(fetched.tasks) == count, fetched
    known.works += [Work(pb.Task.FromString(task)) for task in fetched.tasks]


async def _log(services: Services, known: Known, *, work: int) -> None:
    """Two more lines."""
    runner = await register.known_runner(services, *known.runner, active=True)
    mine = known.works[work]
    mine.rows = [*mine.rows[: mine.acknowledged], f"line {mine.acknowledged}", f"line {mine.acknowledged + 1}"]
    rows = [pb.LogRow(content=row) for row in mine.rows[mine.acknowledged :]]
    request = pb.UpdateLogRequest(task_id=mine.id, index=mine.acknowledged, rows=rows)
    mine.acknowledged = await report.update_log(services, runner, request)


async def _report(
    services: Services,
    known: Known,
    *,
    work: int,
    result: pb.Result = pb.RESULT_SUCCESS,
    outputs: dict[str, str] | None = None,
) -> None:
    """How all steps of a task and the task itself stand."""
    runner = await register.known_runner(services, *known.runner, active=True)
    mine = known.works[work]
    steps = [pb.StepState(id=index, result=result) for index in range(mine.steps)]
    for step in steps:
        step.started_at.FromMilliseconds(known.now)
    request = pb.UpdateTaskRequest(state=pb.TaskState(id=mine.id, result=result, steps=steps), outputs=outputs)
    await report.update_task(services, runner, request, request.SerializeToString())


async def _pass(services: Services, known: Known, *, seconds: int) -> None:
    """Time passes, and the server notices."""
    known.now += seconds * 1000
    await reconcile_once(services, "story")


async def _cancel(services: Services, known: Known, *, title: str, force: bool = False) -> None:
    await cancel(services, known.runs[title], by="ada", force=force)


async def _approve(services: Services, known: Known, *, title: str) -> None:
    await approve.approve(services, known.runs[title], by="ada")


async def _deny(services: Services, known: Known, *, title: str) -> None:
    await approve.deny(services, known.runs[title], by="ada")


async def _rerun(services: Services, known: Known, *, title: str, attempt: int) -> None:
    """Run again, unless the attempt is there already."""
    run = await services.database.read(lambda tx: runs.load(tx, known.runs[title]))
    if run.attempt.number < attempt:
        await rerun(services, known.runs[title], by="ada")


STEPS: list[Callable[[Services, Known], Awaitable[None]]] = [
    partial(_push, title="build", source=BUILD),
    partial(_push, title="replaced", source=MAIN),
    partial(_push, title="next", source=MAIN),
    partial(_push, title="fork", source=FORK, fork=True),
    partial(_take, count=1),  # 0: plan
    partial(_log, work=0),
    partial(_report, work=0, result=pb.RESULT_UNSPECIFIED),
    partial(_log, work=0),
    partial(_report, work=0, outputs={"sizes": "[1, 2]"}),
    partial(_take, count=2),  # 1, 2: test
    partial(_log, work=1),
    partial(_log, work=2),
    partial(_report, work=1),
    partial(_pass, seconds=120),  # 2 is lost
    partial(_pass, seconds=20),
    partial(_take, count=1),  # 3: test again
    partial(_push, title="dock", source=DOCK),
    partial(_report, work=3),
    partial(_take, count=1),  # 4: the dock's holder
    partial(_report, work=4),
    partial(_take, count=1),  # 5: ship / load
    partial(_log, work=5),
    partial(_report, work=5),
    partial(_take, count=1),  # 6: tell
    partial(_report, work=6),
    partial(_approve, title="fork"),
    partial(_take, count=2),  # 7, 8: next, fork
    partial(_cancel, title="next"),
    partial(_report, work=7, result=pb.RESULT_CANCELLED),
    partial(_report, work=8),
    partial(_push, title="denied", source=FORK, fork=True),
    partial(_deny, title="denied"),
    partial(_rerun, title="build", attempt=2),
    partial(_take, count=1),  # 9: plan
    partial(_cancel, title="build", force=True),
    partial(_rerun, title="build", attempt=3),
    partial(_take, count=1),  # 10: plan
    partial(_report, work=10, result=pb.RESULT_FAILURE),
    partial(_take, count=1),  # 11: tell
    partial(_report, work=11),
]
