"""What a re-run would do with each job of the latest attempt. Changes nothing and can be shown."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from runyard.kernel.commands import Rerun, RerunKind
from runyard.kernel.draft import Draft
from runyard.kernel.errors import Refused
from runyard.kernel.scope import Scope
from runyard.kernel.state import Run
from runyard.kernel.status import Status

_FAILED = frozenset({Status.FAILURE, Status.CANCELLED})


class RerunPlan(msgspec.Struct, frozen=True):
    """The jobs of the latest attempt by number, each once, each tuple in ascending order.

    `execute`: they run again; a caller among them calls anew, so all its jobs are among them. `reopen`: callers of jobs
    that run again, which follow them once more and keep what they have called with. `carry`: they keep their results.
    """

    execute: tuple[int, ...]
    carry: tuple[int, ...]
    reopen: tuple[int, ...] = ()


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
    draft = Draft(run, command.at)
    again, reopened = _spread(draft, _asked(draft, command))
    anew = {below for number in again for below in descendants(draft, number)}
    execute, reopen = again | anew, reopened - again - anew
    carry = attempt.jobs.keys() - execute - reopen
    return RerunPlan(tuple(sorted(execute)), tuple(sorted(carry)), tuple(sorted(reopen)))


def descendants(draft: Draft, number: int) -> Iterator[int]:
    """The jobs that a job has called, the ones that those have called, and so on."""
    for child in draft.family.children(number):
        yield child
        yield from descendants(draft, child)


def _asked(draft: Draft, command: Rerun) -> set[int]:
    """The jobs that the command names, without what follows from them."""
    jobs = draft.attempt.jobs
    if command.kind is RerunKind.ALL:
        return set(draft.family.children(0))
    if command.kind is RerunKind.JOB:
        if command.job not in jobs:
            raise Refused("job_not_found", f"run {draft.run.number} has no job {command.job}")
        return {command.job}
    failed = {number for number, job in jobs.items() if job.status in _FAILED}
    if not failed:
        raise Refused("nothing_to_rerun", f"no job of run {draft.run.number} has failed: re-run all jobs instead")
    return {number for number in failed if failed.isdisjoint(draft.family.children(number))}


def _spread(draft: Draft, asked: set[int]) -> tuple[set[int], set[int]]:
    """What runs again with the jobs that were asked for, and the callers that are opened again for them.

    In each file the dependents of such jobs and callers run again; from the deepest files up.
    """
    root, jobs = Scope(draft), draft.attempt.jobs
    again: set[int] = set()
    reopened: set[int] = set()
    touched: dict[int, set[int]] = {}
    for number in asked:
        touched.setdefault(jobs[number].caller, set()).add(number)
    while touched:
        caller = max(touched, key=lambda number: _depth(draft, number))
        here = touched.pop(caller)
        plan = (root.of(jobs[caller]).inner(jobs[caller]) if caller else root).plan
        keys = plan.dependents(frozenset(jobs[number].key for number in here))
        again |= (here & asked) | {number for number in draft.family.children(caller) if jobs[number].key in keys}
        if caller:
            reopened.add(caller)
            touched.setdefault(jobs[caller].caller, set()).add(caller)
    return again, reopened


def _depth(draft: Draft, number: int) -> int:
    depth = 0
    while number:
        depth, number = depth + 1, draft.job(number).caller
    return depth
