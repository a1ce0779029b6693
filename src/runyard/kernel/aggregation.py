"""Run and attempt follow the jobs of the latest attempt."""

from __future__ import annotations

from runyard.kernel.causes import Cause
from runyard.kernel.draft import Draft
from runyard.kernel.events import AttemptStatusChanged, RunStatusChanged
from runyard.kernel.state import Job
from runyard.kernel.status import Status, aggregate


def follow_jobs(draft: Draft) -> None:
    """Give the latest attempt and the run the status that their jobs add up to. Callers stand for what they call."""
    own = [draft.job(number) for number in draft.family.children(0)]
    set_status(draft, aggregate({_counted(job) for job in own}))


def set_status(draft: Draft, status: Status) -> None:
    """Give the latest attempt and the run a status, if it is a new one."""
    if draft.attempt.status is not status:
        draft.emit(AttemptStatusChanged(at=draft.at, attempt=draft.attempt.number, status=status))
    if draft.run.status is not status:
        draft.emit(RunStatusChanged(at=draft.at, status=status))


def _counted(job: Job) -> tuple[Status, bool]:
    """A job as its run counts it. One that fail-fast cancelled has failed, as on GitHub: nobody cancelled the run."""
    stopped_itself = job.status is Status.CANCELLED and job.code == Cause.FAIL_FAST
    return Status.FAILURE if stopped_itself else job.status, job.continue_on_error
