"""Random histories that the kernel decides: what happens to real workflows under arbitrary commands."""

from __future__ import annotations

from functools import reduce
from random import Random

from hypothesis import strategies as st

from runyard.kernel.commands import (
    CancelRun,
    ClaimJob,
    Command,
    CreateRun,
    ExpireTask,
    ReportTask,
    Rerun,
    RerunKind,
    StepReport,
)
from runyard.kernel.decide import decide
from runyard.kernel.errors import Refused
from runyard.kernel.events import Event
from runyard.kernel.evolve import evolve, fold
from runyard.kernel.state import Attempt, Job, Run
from runyard.kernel.status import Status

SOURCE = """\
on: push
jobs:
  plan:
    runs-on: Ubuntu-Latest
    outputs: {greeting: hi}
    steps: [{run: echo one}, {run: echo two}]
  build:
    needs: plan
    runs-on: [linux, x64]
    strategy: {max-parallel: 2, matrix: {os: [a, b], n: [1, 2]}}
    steps: [{run: make}]
  dynamic:
    needs: plan
    runs-on: linux
    strategy: {matrix: {v: "${{ fromJSON('[1, 2]') }}"}}
    continue-on-error: true
    steps: [{run: make test}]
  library:
    needs: plan
    uses: ./.github/workflows/library.yml
    strategy: {matrix: {os: [a, b]}}
    with: {os: "${{ matrix.os }}", count: 2}
  last:
    needs: [build, dynamic, library]
    if: always()
    runs-on: linux
    steps: [{run: echo bye}]
"""
CALLED = """\
on:
  workflow_call:
    inputs: {os: {type: string}, count: {type: number}}
    outputs: {file: {value: "${{ jobs.make.outputs.greeting }}"}}
jobs:
  make: {runs-on: "${{ inputs.os }}", steps: [{run: make}]}
  check: {needs: make, runs-on: linux, steps: [{run: check}]}
"""


@st.composite
def commanded_histories(draw: st.DrawFn) -> list[list[Event]]:
    """Portions of events, as transactions would store them; repository and number are 0."""
    random = draw(st.randoms(use_true_random=False))
    created = CreateRun(
        at=1000, repository_id=0, number=0, workflow="ci.yml", source=SOURCE, title="t", event="push",
        ref="refs/heads/main", sha="a" * 40, actor="ada", github={},
        called={"./.github/workflows/library.yml": CALLED},
    )  # fmt: skip
    portions = [decide(None, created)]
    run = fold(portions[0])
    for at in range(2000, 2000 + draw(st.integers(0, 30))):
        try:
            events = decide(run, _command(random, run, at))
        except Refused:
            continue
        portions.append(events)
        run = reduce(evolve, events, run)
    return portions


def _command(random: Random, run: Run, at: int) -> Command:
    waiting = [job for job in run.attempt.jobs.values() if job.status is Status.WAITING]
    running = [
        (attempt, job)
        for attempt in run.attempts
        for job in attempt.jobs.values()
        if job.task is not None and not job.task.status.is_terminal
    ]
    choice = random.random()
    if choice < 0.05:
        return CancelRun(at=at, by="ada", reason="enough", force=random.random() < 0.5)
    if choice < 0.1 or not (waiting or running):
        kind = random.choice(tuple(RerunKind))
        return Rerun(at=at, by="bob", kind=kind, job=random.randint(1, 4), debug=random.random() < 0.5)
    if waiting and (choice < 0.5 or not running):
        return ClaimJob(at=at, job=random.choice(waiting).number, runner_id=random.randint(1, 3), runner_name="metal")
    return _about_task(random, *random.choice(running), at)


def _about_task(random: Random, attempt: Attempt, job: Job, at: int) -> Command:
    task = len(job.tasks)
    if random.random() < 0.1:
        lost = random.random() < 0.5
        return ExpireTask(at=at, attempt=attempt.number, job=job.number, task=task, cause="silent", undelivered=lost)
    results = (Status.UNKNOWN, Status.SUCCESS, Status.SUCCESS, Status.FAILURE, Status.CANCELLED)
    steps = (StepReport(0, random.choice((Status.UNKNOWN, Status.SUCCESS)), at, at + 1, 0, random.randint(0, 5)),)
    outputs = {"greeting": "hi"} if random.random() < 0.5 else {}
    return ReportTask(
        at=at, attempt=attempt.number, job=job.number, task=task, result=random.choice(results), steps=steps,
        outputs=outputs,
    )  # fmt: skip
