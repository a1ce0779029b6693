"""How many lives of one-job runs per second the store keeps, durably, for callers that each wait for every answer.

A life is seven writes: create the run; claim its job and open the lease; 20 log rows, a step report with renewal, 20
log rows, a step report with renewal; the last report, which ends the run.

    python -m benchmarks.store [--url sqlite:////tmp/bench.db] [--callers 50] [--seconds 5] [--profile]
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import pstats
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from runyard import store
from runyard.kernel.commands import ClaimJob, CreateRun, ReportTask, StepReport
from runyard.kernel.decide import decide
from runyard.kernel.status import Status
from runyard.store import Database, Tx, logs, queue, repositories, runs, tasks, users

SOURCE = """\
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - name: one
        run: make
      - name: two
        run: make test
"""
LINES = [(1_700_000_000_000_000_000 + n, f"[{n}] compiling module number {n} of the project") for n in range(20)]
STAGES = ("create", "claim", "log", "report", "finish")


@dataclass
class Figures:
    """Milliseconds that each kind of write took."""

    lives: int = 0
    waits: dict[str, list[float]] = field(default_factory=lambda: {stage: [] for stage in STAGES})


def create(tx: Tx, repository_id: int) -> int:
    """A push made a run."""
    command = CreateRun(
        at=1000, repository_id=repository_id, number=runs.next_number(tx, repository_id),
        workflow=".github/workflows/ci.yml", source=SOURCE, title="Say hello", event="push", ref="refs/heads/main",
        sha="a" * 40, actor="ada", github={"event": {"commits": [{"id": "b" * 40, "message": "x" * 200}] * 5}},
    )  # fmt: skip
    return runs.create(tx, decide(None, command))[0]


def claim(tx: Tx, run_id: int) -> int:
    """A runner takes the job."""
    run = runs.load(tx, run_id, lock=True)
    saved = runs.append(tx, run_id, run, decide(run, ClaimJob(at=2000, job=1, runner_id=1, runner_name="metal")))
    task_id = saved.task_ids[1, 1, 1]
    tasks.open(tx, task_id, token_hash=f"{task_id:064x}", lease_expires=60_000)
    return task_id


def report(tx: Tx, run_id: int, task_id: int, ended: int, result: Status = Status.UNKNOWN) -> None:
    """The runner says how far it is."""
    run = runs.load(tx, run_id, lock=True)
    steps = tuple(
        StepReport(n, Status.SUCCESS if n < ended else Status.UNKNOWN, 2100, 2200 if n < ended else 0, n * 20, 20)
        for n in range(min(ended + 1, 2))
    )
    runs.append(tx, run_id, run, decide(run, ReportTask(at=3000, attempt=1, job=1, task=1, result=result, steps=steps)))
    tasks.renew(tx, task_id, 60_000 + ended)


async def live(database: Database, repository_id: int, figures: Figures) -> None:
    """One run from its creation to its end."""

    async def step(stage: str, function: Callable[[Tx], Any]) -> Any:
        began = time.perf_counter()
        value = await database.write(function)
        figures.waits[stage].append((time.perf_counter() - began) * 1000)
        return value

    run_id: int = await step("create", lambda tx: create(tx, repository_id))
    task_id = await step("claim", lambda tx: claim(tx, run_id))
    for part in range(2):
        await step("log", partial(logs.append, task_id=task_id, index=part * 20, rows=LINES, no_more=part == 1))
        await step("report", partial(report, run_id=run_id, task_id=task_id, ended=part))
    await step("finish", lambda tx: report(tx, run_id, task_id, 2, Status.SUCCESS))
    figures.lives += 1


async def measure(url: str, callers: int, seconds: float, *, profile: bool) -> None:
    """Run the callers for a while and print what came out."""
    profiler = cProfile.Profile()

    def start_profiler(*_: object) -> None:
        sys.setprofile(None)
        profiler.enable()

    if profile:
        threading.setprofile(start_profiler)
    database = store.open(url)
    threading.setprofile(None)
    repository = await database.write(
        lambda tx: repositories.create(tx, users.create(tx, f"ada{time.time_ns()}").id, "hello")
    )
    figures = Figures()
    deadline = time.perf_counter() + seconds

    async def caller() -> None:
        while time.perf_counter() < deadline:
            await live(database, repository.id, figures)

    began, began_cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(caller() for _ in range(callers)))
    took, cpu = time.perf_counter() - began, time.process_time() - began_cpu
    left = await database.read(lambda tx: queue.waiting(tx, ("ubuntu-latest",)))
    assert left == [], "every job was claimed"
    await database.close()
    print(f"{figures.lives} lives in {took:.1f} s by {callers} callers: {figures.lives / took:.0f}/s")
    print(f"{cpu / figures.lives * 1e6:.0f} us of CPU time per life, SQLite and fold included")
    print(f"{'write':<8} {'count':>8} {'p50 ms':>8} {'p99 ms':>8}")
    for stage, waits in figures.waits.items():
        waits.sort()
        print(f"{stage:<8} {len(waits):>8} {waits[len(waits) // 2]:>8.2f} {waits[len(waits) * 99 // 100]:>8.2f}")
    if profile:
        pstats.Stats(profiler).sort_stats("tottime").print_stats(40)


def main() -> None:
    """Parse the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", help="database address; a new SQLite file when missing")
    parser.add_argument("--callers", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--profile", action="store_true", help="profile the store's threads (slows everything down)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = options.url or f"sqlite:///{folder}/bench.db"
        asyncio.run(measure(url, options.callers, options.seconds, profile=options.profile))


if __name__ == "__main__":
    main()
