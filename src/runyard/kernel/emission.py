"""Letting blocked jobs go: everything that follows, server-side, from what has ended so far.

A job is decided when all its needs have ended: its `if`, its matrix, its evaluated keys. Keys are visited after the
ones they need, and a call is settled, with the calls in it, in its turn: so one pass reaches the fixpoint. A mistake in
an expression fails the job with the cause.
"""

from __future__ import annotations

from collections.abc import Sequence

from runyard.kernel.aggregation import follow_jobs
from runyard.kernel.calling import call_contexts, expand, follow_children
from runyard.kernel.causes import Cause
from runyard.kernel.conditions import holds
from runyard.kernel.ending import end_job
from runyard.kernel.events import JobCreated, JobPrepared, JobStatusChanged
from runyard.kernel.fields import Fields, Unusable, evaluate_fields
from runyard.kernel.first_jobs import room_for
from runyard.kernel.grouping import call_holds_group, holds_group
from runyard.kernel.matrices import Combination, combinations
from runyard.kernel.scope import Scope
from runyard.kernel.state import Job
from runyard.kernel.status import Status

_HOLDS_A_SLOT = frozenset({Status.WAITING, Status.RUNNING, Status.CANCELLING})


def settle(scope: Scope) -> None:
    """Decide every blocked job that can be decided, then let attempt and run follow. `scope`: the run's own file."""
    if scope.draft.run.has_begun:
        _settle(scope)
    else:
        _end_callers(scope)
    follow_jobs(scope.draft)


def _end_callers(scope: Scope) -> None:
    """Before a run begins its jobs can only be cancelled; callers that a re-run has taken over end with theirs."""
    draft = scope.draft
    for job in reversed(draft.attempt.jobs.values()):
        children = [draft.job(number) for number in draft.family.children(job.number)]
        if children and not job.status.is_terminal and all(child.status.is_terminal for child in children):
            follow_children(scope.of(job), job.number)


def _settle(scope: Scope) -> None:
    """Everything that follows in one file and below it."""
    plan = scope.plan
    jobs = [scope.draft.job(number) for number in scope.draft.family.children(scope.caller)]
    if not any(job.status is Status.BLOCKED or job.calls for job in jobs):
        return
    unfinished = {job.key for job in jobs if not job.status.is_terminal}
    for key in plan.order:
        if key in unfinished:
            _settle_calls(scope, key)
            if unfinished.isdisjoint(plan.needs[key]) and scope.blocked(key):
                _decide(scope, key)
            if scope.results.need(key) is not None:
                unfinished.discard(key)
    for key in unfinished.difference(plan.jobs):
        path = plan.workflow.path if plan.workflow else scope.draft.run.workflow
        _end_all(scope, key, Status.FAILURE, f"job '{key}' cannot be found in '{path}'", Cause.MISTAKE)
        _settle_calls(scope, key)


def _settle_calls(scope: Scope, key: str) -> None:
    """Settle the calls of a key that have begun. One that fails may stop the others: then they are seen to again."""
    while True:
        failed = _failures(scope, key)
        for job in scope.results.jobs(key):
            if not job.status.is_terminal and scope.draft.family.is_expanded(job):
                _settle_call(scope, job.number)
        if _failures(scope, key) == failed:
            return


def _failures(scope: Scope, key: str) -> int:
    return sum(job.status is Status.FAILURE for job in scope.results.jobs(key) if job.calls)


def _settle_call(scope: Scope, number: int) -> None:
    caller = scope.draft.job(number)
    if call_holds_group(scope, caller):
        _settle(scope.inner(caller))
    follow_children(scope, number)


def _decide(scope: Scope, key: str) -> None:
    if _free_slots(scope, key) == 0:
        return
    try:
        if holds(scope, key):
            _unfold(scope, key)
            _let_go(scope, key)
        else:
            _pass_over(scope, key)
    except Unusable as mistake:
        _end_all(scope, key, Status.FAILURE, str(mistake), Cause.MISTAKE)


def _free_slots(scope: Scope, key: str) -> int:
    """How many more jobs of a key `max-parallel` lets go now."""
    jobs = scope.results.jobs(key)
    cap = jobs[0].max_parallel or len(jobs)
    return max(0, cap - sum(_holds_a_slot(scope, job) for job in jobs))


def _holds_a_slot(scope: Scope, job: Job) -> bool:
    """A job that was let go before keeps its slot while it waits for its group or to be given out again."""
    if job.status is Status.BLOCKED:
        return bool(job.concurrency or job.tasks) or scope.draft.family.is_expanded(job)
    return job.status in _HOLDS_A_SLOT


def _let_go(scope: Scope, key: str) -> None:
    """Let as many blocked jobs of a key go as there are slots."""
    free = _free_slots(scope, key)
    for number in [job.number for job in scope.blocked(key)]:
        if free == 0:
            return
        job = scope.draft.job(number)
        if job.status is Status.BLOCKED and not _holds_a_slot(scope, job):
            let_go(scope, number)
            free -= _holds_a_slot(scope, scope.draft.job(number))


def let_go(scope: Scope, number: int) -> None:
    """The one place where a job stops being blocked: it waits for a runner, or its call begins.

    Its needs have ended, its condition holds and its matrix has a slot for it. What cannot be evaluated ends it here.
    A job with a concurrency group stays until it holds that.
    """
    try:
        job = _prepare(scope, scope.draft.job(number))
        if not holds_group(scope, job):
            return
        if job.calls:
            expand(scope, job)
    except Unusable as mistake:
        end_job(scope.draft, number, Status.FAILURE, str(mistake), Cause.MISTAKE)
        return
    if job.calls:
        _settle_call(scope, number)
    else:
        _waiting(scope, number)


def _prepare(scope: Scope, job: Job) -> Job:
    """The job with its keys evaluated, which is done once. Raises `Unusable`."""
    if job.runs_on:
        return job
    fields = evaluate_fields(scope.plan, job.key, call_contexts(scope, job))
    name = scope.shown(fields.name) if fields.name else job.name
    if fields.runs_on or name != job.name:
        _prepared(scope, job, fields._replace(name=name))
    return scope.draft.job(job.number)


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


def _unfold(scope: Scope, key: str) -> None:
    """Turn the placeholder of a key, if it is one, into the combinations of its matrix, which is known by now."""
    first = scope.blocked(key)[0]
    if not first.deferred:
        return
    found = combinations(scope.plan, key, scope.contexts(key))
    if not found:
        _end_all(scope, key, Status.SKIPPED, "its matrix is empty")
        return
    too_many = room_for(scope, len(found) - 1)
    if too_many:
        raise Unusable(too_many)
    earlier = {id(each): scope.numbers.earlier(scope.caller, key, each.matrix) for each in found}
    head = min(found, key=lambda each: _claim_on(first.number, earlier[id(each)]))
    _become(scope, first, head)
    for combination in found:
        if combination is not head:
            _add(scope, first, combination)


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
            **combination._replace(name=scope.shown(combination.name))._asdict(),
        )
    )


def _add(scope: Scope, first: Job, combination: Combination) -> None:
    scope.draft.emit(
        JobCreated(
            at=scope.draft.at,
            attempt=scope.draft.attempt.number,
            job=scope.numbers.take(scope.caller, first.key, combination.matrix),
            key=first.key,
            status=Status.BLOCKED,
            needs=first.needs,
            continue_on_error=first.continue_on_error,
            timeout_minutes=first.timeout_minutes,
            caller=first.caller,
            calls=first.calls,
            **combination._replace(name=scope.shown(combination.name))._asdict(),
        )
    )


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


def _end_all(scope: Scope, key: str, status: Status, cause: str, code: str = "") -> None:
    for job in scope.blocked(key):
        if scope.draft.job(job.number).status is Status.BLOCKED:
            end_job(scope.draft, job.number, status, cause, code)


def abort_cause(by: str, reason: str) -> str:
    """The cause of jobs that end because somebody (nobody: the server) cancelled them or their run."""
    told = f"cancelled by {by}" if by else "cancelled"
    return f"{told}: {reason}" if reason else told


def _and(keys: Sequence[str]) -> str:
    return " and ".join(f"'{key}'" for key in keys)
