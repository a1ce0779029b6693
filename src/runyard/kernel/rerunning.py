"""Adding an attempt, as planned by `plan_rerun`.

An attempt has a full set of jobs under the numbers of the one before. A job that is not run again is carried over with
its result and outputs. A key whose matrix waits for needs that run again starts as its placeholder once more. A caller
that runs again starts without the jobs it called; one of whose jobs some run again is open until they have ended.
"""

from __future__ import annotations

from typing import Any

from runyard.kernel.beginning import begin
from runyard.kernel.commands import Rerun
from runyard.kernel.draft import Draft
from runyard.kernel.events import AttemptCreated, Event, JobCreated
from runyard.kernel.matrices import plain_name
from runyard.kernel.rerun_plan import RerunPlan, plan_rerun
from runyard.kernel.scope import Scope
from runyard.kernel.state import Job, Run
from runyard.kernel.status import Status

_DEFINITION = [
    *("key", "name", "needs", "caller", "calls", "deferred", "continue_on_error", "timeout_minutes"),
    *("matrix", "matrix_index", "matrix_total", "max_parallel", "fail_fast"),
]
_CALL = ["inputs"]
_RESULT = ["status", "runs_on", "started", "stopped", "outputs", "cause", "code"]


def rerun(run: Run, command: Rerun) -> list[Event]:
    """The next attempt."""
    planned, previous = plan_rerun(run, command), Draft(run, command.at)
    jobs = _jobs(previous, planned)
    draft = Draft(run, command.at)
    number = run.attempt.number + 1
    draft.emit(AttemptCreated(at=command.at, attempt=number, triggered_by=command.by, debug=command.debug))
    for job in jobs:
        draft.emit(job)
    begin(Scope(draft), approval=not run.is_approved)
    return draft.events


def _jobs(previous: Draft, planned: RerunPlan) -> list[JobCreated]:
    """The jobs that the next attempt begins with, in the order of their numbers."""
    execute, reopen = frozenset(planned.execute), frozenset(planned.reopen)
    root, open_again = Scope(previous), execute | reopen
    jobs: list[JobCreated] = []
    placed: set[tuple[int, str]] = set()
    for number, job in sorted(previous.attempt.jobs.items()):
        if number in reopen:
            jobs.append(_created(previous, job, _DEFINITION + _CALL, status=Status.BLOCKED))
        elif number not in execute:
            source = job.source_attempt or previous.attempt.number
            jobs.append(_created(previous, job, _DEFINITION + _CALL + _RESULT, source_attempt=source))
        elif job.caller in execute:
            continue
        elif not _is_unknown_again(root.of(job), job, open_again):
            jobs.append(_created(previous, job, _DEFINITION, status=Status.BLOCKED))
        elif (job.caller, job.key) not in placed:
            placed.add((job.caller, job.key))
            jobs.append(_placeholder(root.of(job), job))
    return jobs


def _is_unknown_again(scope: Scope, job: Job, open_again: frozenset[int]) -> bool:
    """Whether the matrix of a job is unknown once more, because it depends on jobs that are open again."""
    if job.key not in scope.plan.deferred:
        return False
    family = scope.draft.family
    needed = (number for need in scope.plan.needs[job.key] for number in family.group(job.caller, need))
    return not open_again.isdisjoint(needed)


def _placeholder(scope: Scope, job: Job) -> JobCreated:
    definition = scope.plan.jobs[job.key]
    return _created(
        scope.draft,
        job,
        ["key", "needs", "caller", "calls"],
        name=scope.shown(plain_name(definition)),
        status=Status.BLOCKED,
        deferred=True,
        continue_on_error=definition.continue_on_error is True,
    )


def _created(previous: Draft, job: Job, same: list[str], **fields: Any) -> JobCreated:
    """A job of the next attempt that has these fields in common with one of the attempt before."""
    common = {name: getattr(job, name) for name in same}
    return JobCreated(at=previous.at, attempt=previous.attempt.number + 1, job=job.number, **common, **fields)
