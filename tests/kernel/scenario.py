"""A run played move by move, every invariant checked after each one. Jobs are named by their names."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from runyard.kernel import (
    Attempt,
    CancelRun,
    Cause,
    ClaimJob,
    Command,
    CreateRun,
    Event,
    ExpireTask,
    GrantConcurrency,
    Job,
    ReportTask,
    Rerun,
    RerunKind,
    Run,
    Status,
    StepReport,
    Tick,
    decide,
    evolve,
    fold,
    may_become,
)
from runyard.kernel.deadlines import next_deadline
from runyard.kernel.limits import Limits
from runyard.kernel.reasons import waiting_reason

PUSH = {"event_name": "push", "repository": "octo/demo", "event": {"before": "b" * 40}}


def create_command(source: str, **changes: Any) -> CreateRun:
    """A push of this workflow to `main`."""
    fields: dict[str, Any] = {
        "at": 1000,
        "repository_id": 1,
        "number": 7,
        "workflow": ".github/workflows/ci.yml",
        "source": textwrap.dedent(source),
        "title": "Add a thing",
        "event": "push",
        "ref": "refs/heads/main",
        "sha": "a" * 40,
        "actor": "ada",
        "github": PUSH,
    }
    return CreateRun(**(fields | changes))


class Scenario:
    """Commands go in by verbs; `statuses` says what has come of it."""

    def __init__(self, source: str, **changes: Any) -> None:
        command = create_command(source, **changes)
        self.now = command.at
        self.events: list[Event] = []
        self.run = self._follow(None, decide(None, command))
        check_state(self.run)

    def send(self, command: Command) -> list[Event]:
        """Any command; the events it led to."""
        before = self.run
        events = decide(before, command)
        self.run = self._follow(before, events)
        check_state(self.run)
        check_change(before, self.run)
        return events

    def _follow(self, run: Run | None, events: Sequence[Event]) -> Run:
        for event in events:
            run = evolve(run, event)
        assert run is not None
        self.events.extend(events)
        assert run.sequence == len(self.events)
        return run

    def later(self, milliseconds: int = 1000) -> int:
        """Let time pass; the new time."""
        self.now += milliseconds
        return self.now

    def job(self, name: str | int, attempt: int | None = None) -> Job:
        """A job of the latest (or of that) attempt by its name or number."""
        jobs = self.attempt(attempt).jobs
        if isinstance(name, int):
            return jobs[name]
        (job,) = [job for job in jobs.values() if job.name == name]
        return job

    def attempt(self, number: int | None = None) -> Attempt:
        """An attempt by number; the latest by default."""
        return self.run.attempt if number is None else self.run.attempts[number - 1]

    def status(self) -> Status:
        """The run's status."""
        return self.run.status

    def statuses(self, attempt: int | None = None) -> dict[str, str]:
        """Each job's name and status."""
        return {job.name: job.status.label for job in self.attempt(attempt).jobs.values()}

    def claim(self, *names: str | int) -> None:
        """Runners take these jobs."""
        for name in names:
            self.send(ClaimJob(at=self.later(), job=self.job(name).number, runner_id=3, runner_name="box"))

    def report(
        self,
        name: str | int,
        result: Status = Status.UNKNOWN,
        *,
        steps: Sequence[StepReport] = (),
        outputs: Mapping[str, str] | None = None,
        cause: str = "",
    ) -> list[Event]:
        """The runner of a job says this of its newest task."""
        job = self.job(name)
        return self.send(
            ReportTask(
                at=self.later(),
                attempt=self.run.attempt.number,
                job=job.number,
                task=len(job.tasks),
                result=result,
                steps=tuple(steps),
                outputs=dict(outputs or {}),
                cause=cause,
            )
        )

    def finish(self, name: str | int, result: Status = Status.SUCCESS, **outputs: str) -> None:
        """A runner takes the job, if none has it yet, and ends it."""
        if self.job(name).status is Status.WAITING:
            self.claim(name)
        self.report(name, result, outputs=outputs)

    def fail(self, name: str | int, **outputs: str) -> None:
        """The same, as a failure."""
        self.finish(name, Status.FAILURE, **outputs)

    def cancel(self, name: str | int = 0, *, force: bool = False) -> list[Event]:
        """Somebody cancels the run, or one job."""
        job = self.job(name).number if name else 0
        return self.send(CancelRun(at=self.later(), by="bob", reason="wrong branch", force=force, job=job))

    def expire(self, name: str | int, *, undelivered: bool = False, **fields: Any) -> list[Event]:
        """The lease of a job's task runs out."""
        job = self.job(name)
        return self.send(
            ExpireTask(
                at=self.later(),
                attempt=self.run.attempt.number,
                job=job.number,
                task=len(job.tasks),
                cause="lost contact with runner 'box'",
                undelivered=undelivered,
                **fields,
            )
        )

    def tick(self, milliseconds: int = 0, limits: Limits = Limits()) -> list[Event]:  # noqa: B008
        """Time passes, and the clock is heard."""
        return self.send(Tick(at=self.later(milliseconds), limits=limits))

    def grant(self, name: str | int = 0) -> list[Event]:
        """The run's group (or that of a job) is free."""
        return self.send(GrantConcurrency(at=self.later(), job=self.job(name).number if name else 0))

    def rerun(self, kind: RerunKind = RerunKind.ALL, job: int = 0, **fields: Any) -> None:
        """Add an attempt."""
        self.send(Rerun(at=self.later(), by="eve", kind=kind, job=job, **fields))


def check_state(run: Run) -> None:
    """What is true of every run after every decision."""
    attempt = run.attempt
    jobs = list(attempt.jobs.values())
    assert [each.number for each in run.attempts] == list(range(1, len(run.attempts) + 1))
    assert run.status is attempt.status
    assert attempt.status.is_terminal is all(job.status.is_terminal for job in jobs)
    assert attempt.status is not Status.UNKNOWN
    assert bool(attempt.stopped) is attempt.status.is_terminal
    active = {Status.WAITING, Status.RUNNING, Status.CANCELLING}
    moving = any(job.status in active and not job.calls for job in jobs)
    assert attempt.status.is_terminal or moving or waits_for_others(run), "stuck"
    check_waits(run)
    children: dict[int, list[Job]] = {}
    alike: dict[tuple[int, str], list[Job]] = {}
    for job in jobs:
        children.setdefault(job.caller, []).append(job)
        alike.setdefault((job.caller, job.key), []).append(job)
    for number, job in attempt.jobs.items():
        assert job.number == number
        assert bool(job.stopped) is job.status.is_terminal
        assert all(task.status.is_terminal for task in job.tasks[:-1])
        if job.task is not None:
            check_task(job)
        if job.status in active:
            assert job.runs_on or job.calls
        check_family(attempt, job, children.get(number, ()))
    for same in alike.values():
        cap = same[0].max_parallel
        assert not cap or sum(job.status in active for job in same) <= cap


def waits_for_others(run: Run) -> bool:
    """Whether the run goes on when somebody approves, a group is free, or a pause is over."""
    jobs = run.attempt.jobs.values()
    groups = [job.concurrency for job in jobs if job.concurrency is not None and not job.status.is_terminal]
    return not run.has_begun or any(job.retry_at for job in jobs) or not all(group.granted for group in groups)


def check_waits(run: Run) -> None:
    """Whatever has not ended has a deadline and a reason; what has ended has none."""
    assert (next_deadline(run, Limits()) is None) is run.status.is_terminal
    for job in run.attempt.jobs.values():
        assert (waiting_reason(run, run.attempt, job) is None) is job.status.is_terminal
        assert (job.status is Status.WAITING) <= (job.queued > 0 or bool(job.calls))
        assert not job.retry_at or job.status is Status.BLOCKED


def check_family(attempt: Attempt, job: Job, children: Sequence[Job]) -> None:
    """A caller has the jobs of what it calls, no runner, and ends exactly when they have ended."""
    assert not job.caller or attempt.jobs[job.caller].calls
    assert not job.calls or (not job.tasks and not job.runs_on)
    assert job.calls or not children
    if children:
        assert job.status.is_terminal is all(child.status.is_terminal for child in children)
        assert all(child.name.startswith(f"{job.name} / ") for child in children)


def check_task(job: Job) -> None:
    """A job and its newest task go together, and an ended task has no open step."""
    task = job.task
    assert task is not None
    if job.status is Status.WAITING or (job.status is Status.BLOCKED and job.retry_at):
        assert task.status.is_terminal
    elif job.source_attempt == 0 and task.status is not job.status:
        assert task.status is Status.CANCELLED or task.code == Cause.LOST_RUNNER
        assert job.status in (Status.CANCELLED, Status.FAILURE, Status.SKIPPED)
    if task.status.is_terminal:
        assert all(step.status.is_terminal for step in task.steps)


def check_change(before: Run, after: Run) -> None:
    """What no command may do: leave the table of transitions, or touch what has ended."""
    assert after.attempts[: len(before.attempts) - 1] == before.attempts[:-1]
    then, now = before.attempt, after.attempts[len(before.attempts) - 1]
    if then.status.is_terminal:
        assert now == then
    for number, job in then.jobs.items():
        check_job_change(job, now.jobs[number])


def check_job_change(then: Job, now: Job) -> None:
    """A job, its tasks and their steps moved along the table, or not at all when they had ended."""
    assert may_become(then.status, now.status)
    if then.status.is_terminal:
        assert now == then
    assert then.outputs.items() <= now.outputs.items() or now.retry_at
    for old, new in zip(then.tasks, now.tasks, strict=False):
        assert may_become(old.status, new.status)
        for step, changed in zip(old.steps, new.steps, strict=True):
            assert may_become(step.status, changed.status)
            assert not step.status.is_terminal or step == changed


def check_journal(scenario: Scenario) -> None:
    """Folding the stored events gives the state that was reached step by step."""
    stored = msgspec.json.encode(scenario.events)
    events = msgspec.json.decode(stored, type=list[Event])
    assert events == scenario.events
    assert fold(events) == scenario.run
    assert msgspec.json.decode(msgspec.json.encode(scenario.run), type=Run) == scenario.run
