"""Giving a waiting job to a runner."""

from __future__ import annotations

from runyard.kernel.aggregation import follow_jobs
from runyard.kernel.calling import follow_callers
from runyard.kernel.commands import ClaimJob
from runyard.kernel.draft import Draft
from runyard.kernel.errors import Refused
from runyard.kernel.events import Event, JobStatusChanged, TaskCreated
from runyard.kernel.scope import Scope
from runyard.kernel.state import Run
from runyard.kernel.status import Status


def claim(run: Run, command: ClaimJob) -> list[Event]:
    """A new task for a job of the latest attempt. Refused unless the job waits: of two claims one wins."""
    attempt = run.attempt
    job = attempt.jobs.get(command.job)
    if job is None:
        raise Refused("job_not_found", f"attempt {attempt.number} of run {run.number} has no job {command.job}")
    if job.status is not Status.WAITING or job.calls:
        raise Refused("job_not_waiting", f"job '{job.name}' of run {run.number} is {job.status.label}")
    draft = Draft(run, command.at)
    scope = Scope(draft)
    draft.emit(
        TaskCreated(
            at=command.at,
            attempt=attempt.number,
            job=job.number,
            task=len(job.tasks) + 1,
            runner_id=command.runner_id,
            runner_name=command.runner_name,
            steps=scope.of(job).plan.steps.get(job.key, ()),
        )
    )
    draft.emit(JobStatusChanged(at=command.at, attempt=attempt.number, job=job.number, status=Status.RUNNING))
    follow_callers(scope, job)
    follow_jobs(draft)
    return draft.events
