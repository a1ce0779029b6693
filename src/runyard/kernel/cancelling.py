"""Stopping the latest attempt.

As on GitHub: what has not begun is cancelled at once, what runs is told to stop and ends with its runner's last report,
and jobs whose `if` holds on cancellation go on, or begin when their needs have ended.
"""

from __future__ import annotations

from runyard.kernel.commands import CancelRun
from runyard.kernel.conditions import survives_cancellation
from runyard.kernel.draft import Draft
from runyard.kernel.emission import abort_cause, settle
from runyard.kernel.ending import kill_job, stop_job
from runyard.kernel.events import AbortRequested, Event
from runyard.kernel.scope import Scope
from runyard.kernel.state import Run


def cancel(run: Run, command: CancelRun) -> list[Event]:
    """Record who asked and stop what is to be stopped. Nothing for an ended run or a repeated request."""
    attempt = run.attempt
    repeated = attempt.abort is not None and (attempt.abort.force or not command.force)
    if attempt.status.is_terminal or repeated:
        return []
    draft = Draft(run, command.at)
    draft.emit(
        AbortRequested(at=command.at, attempt=attempt.number, by=command.by, reason=command.reason, force=command.force)
    )
    scope = Scope(draft)
    cause = abort_cause(command.by, command.reason)
    open_jobs = [job for job in attempt.jobs.values() if not job.status.is_terminal]
    spared = (
        set() if command.force else {key for key in {job.key for job in open_jobs} if survives_cancellation(scope, key)}
    )
    for job in open_jobs:
        if command.force:
            kill_job(draft, job.number, cause)
        elif job.key not in spared:
            stop_job(draft, job.number, cause)
    settle(scope)
    return draft.events
