"""A data folder with runs in any state, made by the real kernel and store, to look at in a browser.

`python -m tests.support.pages FOLDER [PORT]` fills an empty folder, serves it and prints the administrator's token.
"""

from __future__ import annotations

import asyncio
import sys
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from runyard.kernel import CancelRun, ClaimJob, Command, Diagnostic, ReportTask, Run, Status, StepReport, decide
from runyard.server.serve import listen, serve_on
from runyard.services.context import now
from runyard.services.hub import Hub
from runyard.services.identity import token_hash
from runyard.services.lifecycle import close_services, open_services
from runyard.services.record import record
from runyard.services.settings import Settings
from runyard.services.start_run import RunRequest, start_run
from runyard.store import access_tokens, logs, repositories, runners, runs, summaries, users

if TYPE_CHECKING:
    from runyard.services.context import Services
    from runyard.store import Tx
    from runyard.store.repositories import Repository
    from runyard.store.runners import Runner

SHA = "4f1c2d9e8b7a6c5d4e3f2a1b0c9d8e7f6a5b4c3d"
MINUTE = 60_000
HOUR = 60 * MINUTE


class Clock:
    """The server's time: the real one, moved. Milliseconds."""

    def __init__(self) -> None:
        self.moved = 0

    def __call__(self) -> int:
        return now() + self.moved

    def advance(self, milliseconds: int) -> None:
        """Let time pass at once."""
        self.moved += milliseconds


class World:
    """A server's data and the means to move its runs along."""

    def __init__(self, services: Services, clock: Clock, token: str, runner: Runner) -> None:
        self.services = services
        self.clock = clock
        self.token = token
        self.runner = runner

    @classmethod
    async def create(cls, settings: Settings) -> World:
        """An empty server with an administrator and one runner."""
        clock = Clock()
        services = open_services(settings, clock=clock)
        token = services.new_token()

        def add(tx: Tx) -> Runner:
            user = users.create(tx, "ada", is_admin=True)
            access_tokens.create(tx, user.id, "first", token_hash(token), (), services.clock())
            made = runners.create(
                tx,
                uuid=str(uuid.uuid4()),
                name="yard-1",
                token_hash=token_hash("none"),
                version="0.1.0",
                labels=("ubuntu-latest", "self-hosted"),
                created=services.clock(),
            )
            runners.touch(tx, made.id, services.clock())
            return made

        return cls(services, clock, token, await services.database.write(add))

    @property
    def hub(self) -> Hub:
        """Who is woken."""
        return self.services.hub

    async def close(self) -> None:
        """Let go of the folder."""
        await close_services(self.services)

    async def repository(self, name: str, *, private: bool = False, description: str = "") -> Repository:
        """A repository of the administrator."""

        def add(tx: Tx) -> Repository:
            owner = users.get(tx, "ada")
            return repositories.create(tx, owner.id, name, private=private, description=description)

        made = await self.services.database.write(add)
        await self.services.hosting.create(made.id, "main")
        return made

    async def start(
        self,
        repository: Repository,
        source: str,
        title: str = "Change something",
        *,
        workflow: str = "ci.yml",
        ref: str = "refs/heads/main",
        event: str = "push",
        diagnostics: Sequence[Diagnostic] = (),
    ) -> int:
        """Start a run; returns its id."""

        def write(tx: Tx) -> int:
            request = RunRequest(
                workflow=f".github/workflows/{workflow}",
                source=source,
                title=title,
                event=event,
                ref=ref,
                sha=SHA,
                actor=users.get(tx, "ada"),
                payload={},
                diagnostics=tuple(diagnostics),
            )
            return start_run(self.services, tx, repository, request).id

        return await self.services.database.write(write)

    async def load(self, run_id: int) -> Run:
        """The run as it is."""
        return await self.services.database.read(lambda tx: runs.load(tx, run_id))

    async def send(self, run_id: int, command: Command) -> Run:
        """Hand a command to the kernel and store what it decides."""

        def write(tx: Tx) -> Run:
            before = runs.load(tx, run_id, lock=True)
            return record(self.services, tx, run_id, before, decide(before, command)).run

        return await self.services.database.write(write)

    async def claim(self, run_id: int, job: int) -> Run:
        """Give a waiting job to the runner."""
        at = self.services.clock()
        return await self.send(run_id, ClaimJob(at=at, job=job, runner_id=self.runner.id, runner_name=self.runner.name))

    async def report(
        self,
        run_id: int,
        job: int,
        steps: Sequence[tuple[Status, int, int]] = (),
        result: Status = Status.UNKNOWN,
        *,
        cause: str = "",
    ) -> Run:
        """A runner's report: per step its result (UNKNOWN = runs), first log line and number of lines."""
        run = await self.load(run_id)
        at, task = self.services.clock(), run.attempt.jobs[job].task
        assert task is not None
        reports = []
        for index, (status, first, length) in enumerate(steps):
            old = task.steps[index]
            stopped = 0 if status is Status.UNKNOWN else old.stopped or at
            reports.append(StepReport(index, status, old.started or at, stopped, first, length))
        return await self.send(
            run_id,
            ReportTask(
                at=at,
                attempt=run.attempt.number,
                job=job,
                task=task.number,
                result=result,
                steps=tuple(reports),
                cause=cause,
            ),
        )

    async def task_id(self, run_id: int, job: int) -> int:
        """The id of a job's newest task."""
        run = await self.load(run_id)
        number = run.attempt.jobs[job].tasks[-1].number
        ids = await self.services.database.read(lambda tx: runs.task_ids(tx, run_id, run.attempt.number))
        return ids[job, number]

    async def write(self, run_id: int, job: int, lines: Sequence[str], *, no_more: bool = False) -> None:
        """Add lines to a job's log."""
        task_id = await self.task_id(run_id, job)
        now = self.services.clock() * 1_000_000

        def add(tx: Tx) -> None:
            length = logs.length(tx, task_id).lines
            logs.append(tx, task_id, length, [(now, text) for text in lines], no_more)
            tx.after_commit(lambda: self.hub.publish(("log", task_id)))

        await self.services.database.write(add)

    async def summarise(self, run_id: int, job: int, markdown: str) -> None:
        """Let a job's first step write a summary."""
        task_id = await self.task_id(run_id, job)

        def put(tx: Tx) -> None:
            summaries.put(tx, task_id, 0, markdown)
            tx.after_commit(lambda: self.hub.publish(("run", run_id)))

        await self.services.database.write(put)

    async def finish(self, run_id: int, job: int, result: Status = Status.SUCCESS, lines: Sequence[str] = ()) -> Run:
        """Claim a job and let all its steps end with `result`, the lines in the first one; it takes some seconds."""
        await self.claim(run_id, job)
        self.clock.advance(4_000 + 9_000 * (job % 4))
        if lines:
            await self.write(run_id, job, lines, no_more=True)
        run = await self.load(run_id)
        task = run.attempt.jobs[job].task
        assert task is not None
        count = len(lines)
        steps = [(result, 0 if index == 0 else count, count if index == 0 else 0) for index in range(len(task.steps))]
        return await self.report(run_id, job, steps, result)


MATRIX = """\
name: CI
on: [push, workflow_dispatch]
jobs:
  lint:
    name: Lint
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - name: Check the style
        run: ruff check
  test:
    needs: lint
    runs-on: ubuntu-latest
    strategy:
      fail-fast: false
      matrix:
        python: ["3.11", "3.12", "3.13"]
    steps:
      - uses: actions/checkout@v4
      - name: Install
        run: pip install -e .
      - name: Test
        run: pytest
      - name: Upload coverage
        run: ./upload
  build:
    name: Build the wheel
    needs: lint
    runs-on: ubuntu-latest
    steps:
      - run: python -m build
  docs:
    name: Documentation
    runs-on: ubuntu-latest
    steps:
      - run: mkdocs build
  publish:
    name: Publish
    needs: [test, build, docs]
    runs-on: [self-hosted, production]
    steps:
      - run: twine upload dist/*
"""
LINT_LOG = (
    "##[group]Run ruff check",
    "ruff check",
    "shell: bash -e {0}",
    "##[endgroup]",
    "\x1b[1;32mAll checks passed!\x1b[0m",
)
TEST_LOG = (
    "##[group]Run pytest",
    "pytest",
    "shell: bash -e {0}",
    "##[endgroup]",
    "\x1b[1m============================= test session starts ==============================\x1b[0m",
    "platform linux -- Python 3.12.4, pytest-9.2.0",
    "collected 214 items",
    "",
    "tests/test_cart.py \x1b[32m.\x1b[0m\x1b[32m.\x1b[0m\x1b[31mF\x1b[0m\x1b[32m.......................................\x1b[0m [ 20%]",
    "tests/test_money.py \x1b[32m......................................................\x1b[0m [ 45%]",
    "\x1b[31m\x1b[1m___________________________ test_rounding ___________________________\x1b[0m",
    "    def test_rounding():",
    ">       assert total(\x1b[33m'0.1'\x1b[0m, \x1b[33m'0.2'\x1b[0m) == Decimal(\x1b[33m'0.3'\x1b[0m)",
    "\x1b[31mE       AssertionError: assert Decimal('0.30000001') == Decimal('0.3')\x1b[0m",
    "See https://docs.python.org/3/library/decimal.html for more.",
    "##[warning]2 tests are slower than a second",
    "\x1b[31m=================== \x1b[1m1 failed\x1b[0m\x1b[31m, 213 passed in 14.82s ===================\x1b[0m",
    "##[error]Process completed with exit code 1.",
)
SUMMARY = """\
## Test report

| suite | passed | failed | time |
|---|---:|---:|---:|
| unit | 198 | 0 | 9.1 s |
| integration | 15 | **1** | 5.7 s |

`test_rounding` failed, see [the guide](https://docs.python.org/3/library/decimal.html).
"""
BROKEN = """\
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    needs: tests
    steps:
      - run: make
"""


async def fill(world: World) -> None:
    """Repositories and runs in every state."""
    world.clock.moved = -5 * HOUR
    shop = await world.repository("shop", description="The web shop: cart, checkout, mail")
    await world.repository("website", private=True, description="What visitors see")
    await world.repository("empty")
    hello = "on: push\njobs:\n  hello:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo Hello\n"
    for title in ("Say hello", "Greet in two languages"):
        run_id = await world.start(shop, hello, title, workflow="hello.yml")
        await world.finish(run_id, 1, lines=("##[group]Run echo Hello", "echo Hello", "##[endgroup]", "Hello"))
        world.clock.advance(40 * MINUTE)
    await _failed(world, shop)
    world.clock.moved = -30 * MINUTE
    cancelled = await world.start(
        shop, MATRIX, "Try a faster resolver", ref="refs/heads/faster-resolver-for-large-graphs"
    )
    await world.send(cancelled, CancelRun(at=world.services.clock(), by="ada", reason="superseded"))
    mistake = Diagnostic(
        ".github/workflows/release.yml",
        5,
        12,
        "unknown-need",
        "Job 'build' needs 'tests', which does not exist; did you mean 'test'?",
    )
    await world.start(shop, BROKEN, "Add the release workflow", workflow="release.yml", diagnostics=(mistake,))
    world.clock.moved = -2 * MINUTE
    await _running(world, shop)
    world.clock.moved = 0
    await world.start(shop, MATRIX, "Bump dependencies", ref="refs/tags/v2.4.0")


async def _failed(world: World, shop: Repository) -> None:
    run_id = await world.start(shop, MATRIX, "Round totals to the cent")
    jobs = {job.name: job.number for job in (await world.load(run_id)).attempt.jobs.values()}
    await world.finish(run_id, jobs["Lint"], lines=LINT_LOG)
    await world.finish(run_id, jobs["Documentation"])
    run = await world.load(run_id)
    waiting = [job.number for job in run.attempt.jobs.values() if job.status is Status.WAITING]
    for number in waiting:
        job = run.attempt.jobs[number]
        if "3.12" not in job.name:
            await world.finish(run_id, number)
            continue
        await world.claim(run_id, number)
        await world.write(
            run_id, number, ["Requested labels: ubuntu-latest", "Runner yard-1", *LINT_LOG, *TEST_LOG], no_more=True
        )
        world.clock.advance(88_000)
        ok, bad, skipped = Status.SUCCESS, Status.FAILURE, Status.SKIPPED
        await world.report(run_id, number, [(ok, 2, 2), (ok, 4, 3), (bad, 7, 18), (skipped, 25, 0)], bad)
        await world.summarise(run_id, number, SUMMARY)


async def _running(world: World, shop: Repository) -> None:
    run_id = await world.start(
        shop, MATRIX, "Let the cart survive a reload, and tell the customer about it when it could not be restored"
    )
    jobs = {job.name: job.number for job in (await world.load(run_id)).attempt.jobs.values()}
    await world.finish(run_id, jobs["Lint"], lines=LINT_LOG)
    run = await world.load(run_id)
    tests = sorted(number for number, job in run.attempt.jobs.items() if job.key == "test")
    await world.finish(run_id, tests[0])
    await world.claim(run_id, tests[1])
    await world.write(run_id, tests[1], ["Requested labels: ubuntu-latest", "Runner yard-1", *LINT_LOG, *TEST_LOG[:9]])
    await world.report(run_id, tests[1], [(Status.SUCCESS, 2, 2), (Status.SUCCESS, 4, 3), (Status.UNKNOWN, 7, 0)])


async def main(folder: Path, port: int) -> None:
    """Fill, then serve until Ctrl-C."""
    settings = Settings(data=folder, port=port)
    world = await World.create(settings)
    await fill(world)
    print(f"{settings.base_url}  token {world.token}", flush=True)
    try:
        await serve_on(listen(settings), world.services)
    finally:
        await world.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 3000))
