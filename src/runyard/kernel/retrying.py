"""Whether a job whose dispatch was lost is given out again."""

from __future__ import annotations

from runyard.kernel.limits import RetryPolicy, backoff
from runyard.kernel.state import Job
from runyard.kernel.status import Status


def retry_at(job: Job, policy: RetryPolicy, code: str, now: int) -> int | None:
    """When a job whose open task is lost for this cause is given out again; None = not at all.

    Counted are the dispatches of this attempt that were lost for a cause of the policy, this one included.
    """
    if code not in policy.causes or job.status is not Status.RUNNING:
        return None
    lost = 1 + sum(task.code in policy.causes for task in job.tasks[:-1])
    return now + backoff(lost, policy.delay, policy.longest) if lost <= policy.times else None
