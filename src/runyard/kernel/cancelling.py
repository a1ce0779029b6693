"""Stopping the latest attempt, or one job of it, and making sure that its runner hears of it.

As on GitHub: what has not begun is cancelled at once, what runs is told to stop and ends with its runner's last report,
and jobs whose `if` holds on cancellation go on, or begin when their needs have ended.
"""

from __future__ import annotations

from collections.abc import Iterable

from runyard.kernel.commands import CancelRun, DeliverAbort
from runyard.kernel.conditions import survives_cancellation
from runyard.kernel.draft import Draft
from runyard.kernel.emission import abort_cause, settle
from runyard.kernel.ending import kill_job, stop_job
from runyard.kernel.errors import Refused
from runyard.kernel.events import AbortDelivered, AbortRequested, Event
from runyard.kernel.limits import MINUTE, SECOND, backoff
from runyard.kernel.reporting import find_task
from runyard.kernel.scope import Scope
from runyard.kernel.state import Abort, Job, Run
from runyard.kernel.status import Status

FIRST_PAUSE = SECOND
LONGEST_PAUSE = MINUTE


def cancel(run: Run, command: CancelRun) -> list[Event]:
    """Record who asked and stop what is to be stopped. Nothing for what has ended, or for a repeated request."""
    draft = Draft(run, command.at)
    if command.job:
        _cancel_job(draft, command)
    else:
        _cancel_attempt(draft, command)
    if draft.events:
        settle(Scope(draft))
    return draft.events


def kill_attempt(draft: Draft, *, reason: str, code: str, by: str = "") -> None:
    """Cancel all that has not ended, now."""
    _request(draft, CancelRun(at=draft.at, by=by, reason=reason, force=True, code=code))
    for job in _open_jobs(draft):
        kill_job(draft, job.number, abort_cause(by, reason), code)


def stop_attempt(draft: Draft, *, by: str, reason: str, code: str, spares: bool = True) -> None:
    """Cancel all that has not ended; runners have their last word. `spares`: jobs whose `if` holds on cancellation."""
    _request(draft, CancelRun(at=draft.at, by=by, reason=reason, code=code))
    scope = Scope(draft)
    cause = abort_cause(by, reason)
    for job in [job for job in _open_jobs(draft) if not (spares and _is_spared(scope, job))]:
        stop_job(draft, job.number, cause, code, by=by)


def deliver(run: Run, command: DeliverAbort) -> list[Event]:
    """The runner is being told once more: an event, if the pause since the last one is over. Each is twice as long."""
    job, task = find_task(run, command.attempt, command.job, command.task)
    abort = job.abort
    if abort is None or task.status is not Status.CANCELLING:
        return []
    if abort.tries and command.at < abort.delivered + backoff(abort.tries, FIRST_PAUSE, LONGEST_PAUSE):
        return []
    told = AbortDelivered(at=command.at, attempt=command.attempt, job=command.job, tries=abort.tries + 1)
    return [told]


def _cancel_attempt(draft: Draft, command: CancelRun) -> None:
    attempt = draft.attempt
    if attempt.status.is_terminal or _asked_before(attempt.abort, command):
        return
    if command.force or not draft.run.has_begun:
        kill_attempt(draft, by=command.by, reason=command.reason, code=command.code)
        return
    stop_attempt(draft, by=command.by, reason=command.reason, code=command.code)


def _cancel_job(draft: Draft, command: CancelRun) -> None:
    job = draft.attempt.jobs.get(command.job)
    if job is None:
        raise Refused("job_not_found", f"run {draft.run.number} has no job {command.job}")
    if job.status.is_terminal or _asked_before(job.abort, command):
        return
    cause = abort_cause(command.by, command.reason)
    runs_itself = job.status is Status.RUNNING and not job.calls
    if command.force or not runs_itself:
        _request(draft, command)
    if command.force:
        kill_job(draft, job.number, cause, command.code)
    else:
        stop_job(draft, job.number, cause, command.code, by=command.by)


def _asked_before(abort: Abort | None, command: CancelRun) -> bool:
    return abort is not None and (abort.force or not command.force)


def _request(draft: Draft, command: CancelRun) -> None:
    draft.emit(
        AbortRequested(
            at=draft.at,
            attempt=draft.attempt.number,
            by=command.by,
            reason=command.reason,
            force=command.force,
            job=command.job,
            code=command.code,
        )
    )


def _open_jobs(draft: Draft) -> Iterable[Job]:
    """The jobs that have not ended, without those whose call has begun: these follow the jobs that they call."""
    is_expanded = draft.family.is_expanded
    return [job for job in draft.attempt.jobs.values() if not job.status.is_terminal and not is_expanded(job)]


def _is_spared(scope: Scope, job: Job) -> bool:
    return survives_cancellation(scope.of(job), job.key)
