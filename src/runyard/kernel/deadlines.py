"""Until when every state that has not ended must move on, and what happens then. Nothing stays as it is for ever."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import NamedTuple

from runyard.kernel.limits import MINUTE, Limits
from runyard.kernel.state import ApprovalState, Attempt, Job, Run
from runyard.kernel.status import Status


class Overdue(enum.StrEnum):
    """What happens to something whose time is over."""

    ABANDON = "abandon"
    STOP = "stop"
    GIVE_UP = "give_up"
    RELEASE = "release"
    EXPIRE_APPROVAL = "expire_approval"
    END_RUN = "end_run"


class Deadline(NamedTuple):
    """At `at` this happens to the job with the number `subject`, 0 = to the whole attempt."""

    at: int
    subject: int
    action: Overdue


def next_deadline(run: Run, limits: Limits) -> Deadline | None:
    """The first deadline of a run; None exactly when it has ended."""
    return min(deadlines(run, limits), default=None)


def deadlines(run: Run, limits: Limits) -> Iterator[Deadline]:
    """All deadlines of the latest attempt, in no order. The lease of a running task is the store's matter."""
    if not run.attempts or run.status.is_terminal:
        return
    attempt = run.attempt
    yield Deadline(attempt.created + limits.run, 0, Overdue.END_RUN)
    if run.approval is not None and run.approval.state is ApprovalState.NEEDED:
        yield Deadline(run.approval.at + limits.approval, 0, Overdue.EXPIRE_APPROVAL)
    for job in attempt.jobs.values():
        if not job.calls and not job.status.is_terminal:
            found = _of_job(attempt, job, limits)
            if found is not None:
                yield found


def _of_job(attempt: Attempt, job: Job, limits: Limits) -> Deadline | None:
    """None for a blocked job: it waits for others, which have theirs."""
    if job.status is Status.WAITING:
        return Deadline(job.queued + limits.abandoned, job.number, Overdue.ABANDON)
    if job.status is Status.RUNNING:
        allowed = int(job.timeout_minutes * MINUTE) + limits.overtime
        return Deadline(job.started + allowed, job.number, Overdue.STOP)
    if job.status is Status.CANCELLING:
        abort = job.abort or attempt.abort
        return Deadline((abort.requested if abort else 0) + limits.cancelling, job.number, Overdue.GIVE_UP)
    if job.retry_at:
        return Deadline(job.retry_at, job.number, Overdue.RELEASE)
    return None
