"""Histories of runs for tests: fixed ones, and random ones that are legal for the kernel's fold."""

from __future__ import annotations

from functools import reduce
from random import Random
from typing import Any

from hypothesis import strategies as st

from runyard.kernel.events import (
    AbortRequested,
    AttemptCreated,
    AttemptStatusChanged,
    CallExpanded,
    Event,
    JobCreated,
    JobPrepared,
    JobStatusChanged,
    OutputSet,
    RunCreated,
    RunStatusChanged,
    StepChanged,
    TaskCreated,
    TaskStatusChanged,
)
from runyard.kernel.evolve import evolve, fold
from runyard.kernel.state import Diagnostic, Job, Run
from runyard.kernel.status import TRANSITIONS, Status

TEXTS = ("", "build", "naïve ☃", "a\x00b", "\\u0000", "x" * 300, "line\nline", "lone \ud800")
LABELS = ((), ("ubuntu-latest",), ("Linux", "X64"), ("linux",), ("x64", "LINUX"))


def run_created(repository_id: int, number: int = 1, **fields: Any) -> RunCreated:
    """The first event of a run on branch `main`."""
    values: dict[str, Any] = {
        "at": 1000, "workflow": ".github/workflows/ci.yml", "source": "on: push", "title": "Say hello", "event": "push",
        "ref": "refs/heads/main", "sha": "a" * 40, "actor": "ada", "github": {"event": {"n": 1}},
    }  # fmt: skip
    return RunCreated(**(values | {"repository_id": repository_id, "number": number} | fields))


def waiting_run(
    repository_id: int, number: int = 1, *, jobs: int = 1, labels: tuple[str, ...] = (), **fields: Any
) -> list[Event]:
    """A run whose jobs all wait for a runner."""
    events: list[Event] = [run_created(repository_id, number, **fields)]
    events.append(AttemptCreated(at=1000, attempt=1, triggered_by="ada"))
    for job in range(1, jobs + 1):
        events.append(
            JobCreated(at=1000, attempt=1, job=job, key="build", name=f"build ({job})", status=Status.BLOCKED)
        )
        events.append(JobPrepared(at=1001, attempt=1, job=job, name=f"build ({job})", runs_on=labels))
        events.append(JobStatusChanged(at=1001, attempt=1, job=job, status=Status.WAITING))
    events.append(AttemptStatusChanged(at=1001, attempt=1, status=Status.WAITING))
    events.append(RunStatusChanged(at=1001, status=Status.WAITING))
    return events


def claimed(job: int = 1, *, task: int = 1, runner_id: int = 1, steps: tuple[str, ...] = ("one", "two")) -> list[Event]:
    """A runner takes the job."""
    return [
        TaskCreated(at=2000, attempt=1, job=job, task=task, runner_id=runner_id, runner_name="metal", steps=steps),
        JobStatusChanged(at=2000, attempt=1, job=job, status=Status.RUNNING),
        AttemptStatusChanged(at=2000, attempt=1, status=Status.RUNNING),
        RunStatusChanged(at=2000, status=Status.RUNNING),
    ]


def step_done(step: int, *, job: int = 1, task: int = 1) -> list[Event]:
    """A step succeeded."""
    return [
        StepChanged(
            at=2500, attempt=1, job=job, task=task, step=step, status=Status.SUCCESS, started=2100, stopped=2500,
            log_index=step * 10, log_length=10,
        )
    ]  # fmt: skip


def ended(job: int = 1, *, task: int = 1, status: Status = Status.SUCCESS, last: bool = True) -> list[Event]:
    """The task and its job ended; `last` ends the run, too."""
    events: list[Event] = [
        TaskStatusChanged(at=3000, attempt=1, job=job, task=task, status=status),
        JobStatusChanged(at=3000, attempt=1, job=job, status=status),
    ]
    if last:
        events += [
            AttemptStatusChanged(at=3000, attempt=1, status=status),
            RunStatusChanged(at=3000, status=status),
        ]
    return events


@st.composite
def histories(draw: st.DrawFn) -> list[list[Event]]:
    """A random run in portions, as transactions would store them; repository and number are 0."""
    random = draw(st.randoms(use_true_random=False))
    portions = [_creation(random)]
    run = fold(portions[0])
    for at in range(2000, 2000 + draw(st.integers(0, 12))):
        portions.append(_portion(random, run, at))
        run = reduce(evolve, portions[-1], run)
    return portions


def _creation(random: Random) -> list[Event]:
    diagnostics = (Diagnostic("ci.yml", 1, 2, "syntax", _text(random)),) if random.random() < 0.2 else ()
    created = run_created(
        0, 0, title=_text(random), source=_text(random), inputs={"n": 1.5, "deep": [_text(random)]},
        vars={"A": _text(random)}, diagnostics=diagnostics,
    )  # fmt: skip
    return [created, *_attempt(random, evolve(None, created), 1000)]


def _portion(random: Random, run: Run, at: int) -> list[Event]:
    events: list[Event] = []
    for _ in range(random.randint(1, 6)):
        batch = _some(random, run, at)
        for event in batch:
            run = evolve(run, event)
        events += batch
    return events


def _some(random: Random, run: Run, at: int) -> list[Event]:
    attempt = run.attempt
    choice = random.randrange(8)
    if choice == 0:
        return _attempt(random, run, at) if len(run.attempts) < 4 else []
    if choice == 1:
        return [AbortRequested(at=at, attempt=attempt.number, by=_text(random), reason=_text(random), force=True)]
    if choice == 2:
        events: list[Event] = []
        status = random.choice(tuple(Status))
        if not attempt.status.is_terminal:
            events.append(AttemptStatusChanged(at=at, attempt=attempt.number, status=status))
        if not run.status.is_terminal:
            events.append(RunStatusChanged(at=at, status=status))
        return events
    if not attempt.jobs:
        return []
    return _of_job(random, attempt.number, random.choice(tuple(attempt.jobs.values())), at)


def _attempt(random: Random, run: Run, at: int) -> list[Event]:
    number = len(run.attempts) + 1
    events: list[Event] = [
        AttemptCreated(at=at, attempt=number, triggered_by=_text(random), debug=random.random() < 0.5)
    ]
    for job in range(1, random.randint(0, 5) + 1):
        status = random.choice(tuple(Status))
        events.append(
            JobCreated(
                at=at, attempt=number, job=job, key=f"job{job}", name=_text(random), status=status,
                needs=("a", _text(random)), runs_on=random.choice(LABELS), matrix=_matrix(random), matrix_index=job,
                matrix_total=5, max_parallel=job, fail_fast=random.random() < 0.5, deferred=random.random() < 0.5,
                continue_on_error=random.random() < 0.5, timeout_minutes=random.choice((1, 0.5, 360)),
                caller=job - 1, calls=random.choice(("", _text(random))), inputs={"n": [_text(random), 1.5]},
                source_attempt=number - 1, started=5, stopped=6, outputs=_outputs(random), cause=_text(random),
            )
        )  # fmt: skip
    return events


def _of_job(random: Random, attempt: int, job: Job, at: int) -> list[Event]:
    place: dict[str, Any] = {"at": at, "attempt": attempt, "job": job.number}
    choice = random.randrange(7)
    if choice == 0:
        changed: dict[str, Any] = {"name": _text(random), "runs_on": random.choice(LABELS), "matrix": _matrix(random)}
        return [JobPrepared(**place, **changed, continue_on_error=random.random() < 0.5)]
    if choice == 1:
        return [OutputSet(**place, name=random.choice(("a", "b", "é")), value=_text(random))]
    if choice == 2 or job.task is None:
        steps = tuple(_text(random) for _ in range(random.randint(0, 3)))
        named: dict[str, Any] = {"runner_id": random.randint(1, 3), "runner_name": _text(random), "steps": steps}
        return [TaskCreated(**place, task=len(job.tasks) + 1, **named)]
    if choice == 3:
        task = random.choice(job.tasks)
        status = _next(random, task.status)
        return [TaskStatusChanged(**place, task=task.number, status=status, cause=_text(random))]
    if choice == 4 and job.task.steps:
        step = random.choice(job.task.steps)
        times: dict[str, Any] = {"started": at, "stopped": at + 1, "log_index": 3, "log_length": random.randint(0, 9)}
        return [StepChanged(**place, task=job.task.number, step=step.index, status=_next(random, step.status), **times)]
    if choice == 6:
        return [CallExpanded(**place, inputs={"a": _text(random), "b": {"c": True}})]
    return [JobStatusChanged(**place, status=_next(random, job.status), cause=_text(random))]


def _next(random: Random, status: Status) -> Status:
    return random.choice((status, *sorted(TRANSITIONS[status])))


def _text(random: Random) -> str:
    return random.choice(TEXTS)


def _matrix(random: Random) -> dict[str, Any] | None:
    return random.choice((None, {}, {"os": "linux", "n": 1, "deep": {"x": [1.5, True, None, _text(random)]}}))


def _outputs(random: Random) -> dict[str, str]:
    return {name: _text(random) for name in ("a", "c") if random.random() < 0.5}
