"""Letting blocked jobs go: everything that follows, server-side, from what has ended so far.

A job is decided when all its needs have ended: its `if`, its matrix, its evaluated keys. Keys are visited after the
ones they need, so one pass reaches the fixpoint. A mistake in an expression fails the job with the cause.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from runyard.kernel.aggregation import follow_jobs
from runyard.kernel.conditions import holds
from runyard.kernel.contexts import job_contexts
from runyard.kernel.ending import end_job
from runyard.kernel.events import JobCreated, JobPrepared, JobStatusChanged
from runyard.kernel.fields import Fields, Unusable, evaluate_fields
from runyard.kernel.matrices import Combination, combinations
from runyard.kernel.scope import Scope
from runyard.kernel.state import Job, Run
from runyard.kernel.status import Status

_HOLDS_A_SLOT = frozenset({Status.WAITING, Status.RUNNING, Status.CANCELLING})


def settle(scope: Scope) -> None:
    """Decide every blocked job that can be decided, then let attempt and run follow."""
    plan = scope.plan
    jobs = scope.draft.attempt.jobs.values()
    blocked = {job.key for job in jobs if job.status is Status.BLOCKED}
    if blocked:
        unfinished = {job.key for job in jobs if not job.status.is_terminal}
        for key in plan.order:
            if key in blocked and unfinished.isdisjoint(plan.needs[key]):
                _decide(scope, key)
                if scope.results.need(key) is not None:
                    unfinished.discard(key)
        for key in blocked.difference(plan.jobs):
            _end_all(scope, key, Status.FAILURE, f"job '{key}' cannot be found in '{scope.draft.run.workflow}'")
    follow_jobs(scope.draft)


def _decide(scope: Scope, key: str) -> None:
    if _free_slots(scope, key) == 0:
        return
    try:
        if holds(scope, key):
            _expand(scope, key)
            _prepare(scope, key)
        else:
            _pass_over(scope, key)
    except Unusable as mistake:
        _end_all(scope, key, Status.FAILURE, str(mistake))


def _free_slots(scope: Scope, key: str) -> int:
    """How many more jobs of a key `max-parallel` lets go now."""
    jobs = scope.results.jobs(key)
    cap = jobs[0].max_parallel or len(jobs)
    return max(0, cap - sum(job.status in _HOLDS_A_SLOT for job in jobs))


def _prepare(scope: Scope, key: str) -> None:
    """Evaluate the keys of as many blocked jobs as there are slots, and let them wait for a runner."""
    contexts = scope.contexts(key)
    free = _free_slots(scope, key)
    for number in [job.number for job in scope.blocked(key)]:
        job = scope.draft.job(number)
        if free == 0:
            return
        if job.status is not Status.BLOCKED:
            continue
        try:
            fields = evaluate_fields(scope.plan, key, job_contexts(contexts, job), job.name)
        except Unusable as mistake:
            end_job(scope.draft, number, Status.FAILURE, str(mistake))
            continue
        _prepared(scope, job, fields)
        _waiting(scope, number)
        free -= 1


def _prepared(scope: Scope, job: Job, fields: Fields) -> None:
    scope.draft.emit(
        JobPrepared(
            at=scope.draft.at,
            attempt=scope.draft.attempt.number,
            job=job.number,
            name=fields.name,
            runs_on=fields.runs_on,
            matrix=job.matrix,
            matrix_index=job.matrix_index,
            matrix_total=job.matrix_total,
            max_parallel=job.max_parallel,
            fail_fast=job.fail_fast,
            continue_on_error=fields.continue_on_error,
            timeout_minutes=fields.timeout_minutes,
        )
    )


def _waiting(scope: Scope, number: int) -> None:
    draft = scope.draft
    draft.emit(JobStatusChanged(at=draft.at, attempt=draft.attempt.number, job=number, status=Status.WAITING))


def _expand(scope: Scope, key: str) -> None:
    """Turn the placeholder of a key, if it is one, into the combinations of its matrix, which is known by now."""
    first = scope.blocked(key)[0]
    if not first.deferred:
        return
    found = combinations(scope.plan, key, scope.contexts(key))
    earlier = _earlier_numbers(scope.draft.run, key)
    head = min(found, key=lambda combination: _claim_on(first.number, earlier.get(_identity(combination.matrix))))
    _become(scope, first, head)
    taken = max(max(attempt.jobs, default=0) for attempt in scope.draft.run.attempts)
    for combination in found:
        if combination is head:
            continue
        number = earlier.get(_identity(combination.matrix))
        if number is None or number in scope.draft.attempt.jobs:
            taken += 1
            number = taken
        _add(scope, first, number, combination)


def _earlier_numbers(run: Run, key: str) -> dict[bytes, int]:
    """Under which number earlier attempts had a combination."""
    return {
        _identity(job.matrix): job.number
        for attempt in run.attempts[:-1]
        for job in attempt.jobs.values()
        if job.key == key and job.matrix is not None
    }


def _identity(matrix: dict[str, Any] | None) -> bytes:
    return msgspec.json.encode(matrix, order="sorted")


def _claim_on(number: int, earlier: int | None) -> int:
    """How much a combination wants the number of the placeholder, 0 the most: its own, a new one, somebody else's."""
    return 1 if earlier is None else 0 if earlier == number else 2


def _become(scope: Scope, job: Job, combination: Combination) -> None:
    scope.draft.emit(
        JobPrepared(
            at=scope.draft.at,
            attempt=scope.draft.attempt.number,
            job=job.number,
            runs_on=(),
            continue_on_error=job.continue_on_error,
            timeout_minutes=job.timeout_minutes,
            **combination._asdict(),
        )
    )


def _add(scope: Scope, first: Job, number: int, combination: Combination) -> None:
    scope.draft.emit(
        JobCreated(
            at=scope.draft.at,
            attempt=scope.draft.attempt.number,
            job=number,
            key=first.key,
            status=Status.BLOCKED,
            needs=first.needs,
            continue_on_error=first.continue_on_error,
            timeout_minutes=first.timeout_minutes,
            **combination._asdict(),
        )
    )
    scope.results.jobs_added()


def _pass_over(scope: Scope, key: str) -> None:
    """The condition does not hold: skipped, or cancelled when the attempt is being stopped."""
    abort = scope.draft.attempt.abort
    if abort is not None:
        _end_all(scope, key, Status.CANCELLED, abort_cause(abort.by, abort.reason))
        return
    failed = [need for need in scope.plan.needs[key] if not scope.results.all_succeeded((need,))]
    condition = scope.plan.jobs[key].condition.source
    if condition.replace(" ", "") == "success()" and failed:
        cause = f"skipped because of {_and(failed)}"
    else:
        cause = f"the condition '{condition}' does not hold"
    _end_all(scope, key, Status.SKIPPED, cause)


def _end_all(scope: Scope, key: str, status: Status, cause: str) -> None:
    for job in scope.blocked(key):
        if scope.draft.job(job.number).status is Status.BLOCKED:
            end_job(scope.draft, job.number, status, cause)


def abort_cause(by: str, reason: str) -> str:
    """The cause of jobs that end because somebody cancelled their run."""
    return f"cancelled by {by}: {reason}" if reason else f"cancelled by {by}"


def _and(keys: Sequence[str]) -> str:
    return " and ".join(f"'{key}'" for key in keys)
