"""Ending a task that its runner will not end, or never got."""

from __future__ import annotations

from runyard.kernel.commands import ExpireTask
from runyard.kernel.draft import Draft
from runyard.kernel.emission import settle
from runyard.kernel.ending import end_task, retry_job, return_job
from runyard.kernel.events import Event
from runyard.kernel.reporting import find_task
from runyard.kernel.retrying import retry_at
from runyard.kernel.scope import Scope
from runyard.kernel.state import Run
from runyard.kernel.status import Status


def expire(run: Run, command: ExpireTask) -> list[Event]:
    """A failure with the given cause, or cancelled if that is what it was about to be. Nothing if it has ended.

    A job whose task was never delivered waits for a runner again, with a clean start; one whose task was lost does so
    after a pause, if the policy says so.
    """
    job, task = find_task(run, command.attempt, command.job, command.task)
    if task.status.is_terminal:
        return []
    draft = Draft(run, command.at)
    again = retry_at(job, command.retry, command.code, command.at)
    if command.undelivered:
        return_job(draft, job.number, command.cause)
    elif again is not None:
        retry_job(draft, job.number, again, command.cause, command.code)
    else:
        end_task(draft, job.number, Status.FAILURE, command.cause, command.code)
    settle(Scope(draft))
    return draft.events
