"""Adding an attempt: first a plan that changes nothing and can be shown, then the events.

An attempt has a full set of jobs under the numbers of the one before. A job that is not run again is carried over with
its result and outputs. A key whose matrix waits for needs that run again starts as its placeholder once more.
"""

from __future__ import annotations

import msgspec

from runyard.kernel.commands import Rerun, RerunKind
from runyard.kernel.draft import Draft
from runyard.kernel.emission import settle
from runyard.kernel.errors import Refused
from runyard.kernel.events import AttemptCreated, Event, JobCreated
from runyard.kernel.matrices import plain_name
from runyard.kernel.scope import Scope
from runyard.kernel.state import Attempt, Job, Run
from runyard.kernel.status import Status
from runyard.kernel.workflow import Plan, plan_of

_FAILED = frozenset({Status.FAILURE, Status.CANCELLED})


class RerunPlan(msgspec.Struct, frozen=True):
    """What a re-run would do with the jobs of the latest attempt, by number, each in ascending order."""

    execute: tuple[int, ...]
    carry: tuple[int, ...]


def plan_rerun(run: Run, command: Rerun) -> RerunPlan:
    """Which jobs would run again and which would be carried over. Raises `Refused` with the reason why none can."""
    attempt = run.attempt
    if not run.status.is_terminal:
        raise Refused(
            "run_not_finished", f"run {run.number} is {run.status.label}: wait for its end, or cancel it first"
        )
    if attempt.number >= command.max_attempts:
        raise Refused(
            "too_many_attempts",
            f"run {run.number} has {attempt.number} attempts, {command.max_attempts} are allowed: start a new run",
        )
    if not attempt.jobs:
        raise Refused(
            "nothing_to_rerun",
            f"run {run.number} has no jobs because '{run.workflow}' cannot be used: correct it and start a new run",
        )
    asked = _asked(run, command)
    keys = plan_of(run).dependents(frozenset(attempt.jobs[number].key for number in asked))
    execute = {number for number, job in attempt.jobs.items() if number in asked or job.key in keys}
    return RerunPlan(tuple(sorted(execute)), tuple(sorted(attempt.jobs.keys() - execute)))


def rerun(run: Run, command: Rerun) -> list[Event]:
    """The next attempt, as planned."""
    planned = plan_rerun(run, command)
    previous, draft = run.attempt, Draft(run, command.at)
    number = previous.number + 1
    draft.emit(AttemptCreated(at=command.at, attempt=number, triggered_by=command.by, debug=command.debug))
    plan, execute = plan_of(run), frozenset(planned.execute)
    unknown = _unknown_again(plan, previous, execute)
    placed: set[str] = set()
    for job in sorted(previous.jobs.values(), key=lambda job: job.number):
        if job.number not in execute:
            draft.emit(_carried_over(previous, number, job, draft.at))
        elif job.key not in unknown:
            draft.emit(_again(number, job, draft.at))
        elif job.key not in placed:
            placed.add(job.key)
            draft.emit(_placeholder(plan, number, job, draft.at))
    settle(Scope(draft))
    return draft.events


def _asked(run: Run, command: Rerun) -> frozenset[int]:
    """The jobs that the command names, without their dependents."""
    jobs = run.attempt.jobs
    if command.kind is RerunKind.ALL:
        return frozenset(jobs)
    if command.kind is RerunKind.JOB:
        if command.job not in jobs:
            raise Refused("job_not_found", f"run {run.number} has no job {command.job}")
        return frozenset({command.job})
    failed = frozenset(number for number, job in jobs.items() if job.status in _FAILED)
    if not failed:
        raise Refused("nothing_to_rerun", f"no job of run {run.number} has failed: re-run all jobs instead")
    return failed


def _unknown_again(plan: Plan, previous: Attempt, execute: frozenset[int]) -> frozenset[str]:
    """Keys whose matrix is unknown once more, because it depends on jobs that run again."""
    again = {previous.jobs[number].key for number in execute}
    return frozenset(key for key in plan.deferred if not again.isdisjoint(plan.needs[key]))


def _carried_over(previous: Attempt, attempt: int, job: Job, at: int) -> JobCreated:
    return JobCreated(
        at=at,
        attempt=attempt,
        job=job.number,
        key=job.key,
        name=job.name,
        status=job.status,
        needs=job.needs,
        runs_on=job.runs_on,
        matrix=job.matrix,
        matrix_index=job.matrix_index,
        matrix_total=job.matrix_total,
        max_parallel=job.max_parallel,
        fail_fast=job.fail_fast,
        deferred=job.deferred,
        continue_on_error=job.continue_on_error,
        timeout_minutes=job.timeout_minutes,
        source_attempt=job.source_attempt or previous.number,
        started=job.started,
        stopped=job.stopped,
        outputs=job.outputs,
        cause=job.cause,
    )


def _again(attempt: int, job: Job, at: int) -> JobCreated:
    return JobCreated(
        at=at,
        attempt=attempt,
        job=job.number,
        key=job.key,
        name=job.name,
        status=Status.BLOCKED,
        needs=job.needs,
        matrix=job.matrix,
        matrix_index=job.matrix_index,
        matrix_total=job.matrix_total,
        max_parallel=job.max_parallel,
        fail_fast=job.fail_fast,
        deferred=job.deferred,
        continue_on_error=job.continue_on_error,
        timeout_minutes=job.timeout_minutes,
    )


def _placeholder(plan: Plan, attempt: int, job: Job, at: int) -> JobCreated:
    return JobCreated(
        at=at,
        attempt=attempt,
        job=job.number,
        key=job.key,
        name=plain_name(plan.jobs[job.key]),
        status=Status.BLOCKED,
        needs=job.needs,
        deferred=True,
        continue_on_error=plan.jobs[job.key].continue_on_error is True,
    )
