"""Why a job is not done yet: a typed answer for every job that has not ended."""

from __future__ import annotations

import enum
from collections.abc import Sequence

import msgspec

from runyard.kernel.state import ApprovalState, Attempt, Job, Run
from runyard.kernel.status import Status


class Waits(enum.StrEnum):
    """What a job waits for. The `runner_` and `repository_limit` kinds are known to the server only, which knows the
    runners.
    """

    APPROVAL = "approval"
    CONCURRENCY = "concurrency"
    RETRY = "retry"
    NEEDS = "needs"
    MAX_PARALLEL = "max_parallel"
    CALLER = "caller"
    CALLED_JOBS = "called_jobs"
    RUNNER = "runner"
    RUNNER_NONE = "runner_none"
    RUNNER_OFFLINE = "runner_offline"
    RUNNER_LABELS = "runner_labels"
    RUNNER_BUSY = "runner_busy"
    REPOSITORY_LIMIT = "repository_limit"
    RUNNING = "running"
    CANCELLING = "cancelling"


class Reason(msgspec.Struct, frozen=True):
    """`code` is for programs, `message` a sentence for people without a full stop.

    `jobs`: the numbers of the jobs that are waited for. `until`: when it goes on by itself (ms), 0 = not known.
    """

    code: Waits
    message: str
    jobs: tuple[int, ...] = ()
    until: int = 0


def waiting_reason(run: Run, attempt: Attempt, job: Job) -> Reason | None:
    """The reason of a job of an attempt; None for one that has ended."""
    if job.status.is_terminal:
        return None
    if job.status is Status.CANCELLING:
        return Reason(Waits.CANCELLING, _cancelling(job))
    children = tuple(each.number for each in attempt.jobs.values() if each.caller == job.number and not _ended(each))
    if job.calls and children and job.status is not Status.BLOCKED:
        return Reason(Waits.CALLED_JOBS, "The jobs of the called workflow run", children)
    if job.status is Status.RUNNING:
        return Reason(Waits.RUNNING, f"On {job.task.runner_name}" if job.task else "Running")
    if job.status is Status.WAITING:
        return Reason(Waits.RUNNER, f"Waiting for a runner with {labels(job.runs_on)}")
    return _blocked(run, attempt, job, children)


def _blocked(run: Run, attempt: Attempt, job: Job, children: tuple[int, ...]) -> Reason:
    if run.approval is not None and run.approval.state is ApprovalState.NEEDED:
        return Reason(Waits.APPROVAL, "Waiting for approval: the run comes from a fork")
    for wanting in (attempt, job):
        if wanting.concurrency is not None and not wanting.concurrency.granted:
            return Reason(Waits.CONCURRENCY, f"Waiting for the concurrency group '{wanting.concurrency.group}'")
    if job.retry_at:
        return Reason(Waits.RETRY, "Lost its runner; given out again after a pause", until=job.retry_at)
    if children:
        return Reason(Waits.CALLED_JOBS, "The jobs of the called workflow wait", children)
    siblings = [each for each in attempt.jobs.values() if each.caller == job.caller]
    needed = [each for each in siblings if each.key in job.needs and not _ended(each)]
    if needed:
        keys = list(dict.fromkeys(each.key for each in needed))
        return Reason(Waits.NEEDS, f"Waiting for {listed(keys)}", tuple(each.number for each in needed))
    caller = attempt.jobs.get(job.caller)
    if caller is not None and caller.concurrency is not None and not caller.concurrency.granted:
        group = caller.concurrency.group
        return Reason(Waits.CALLER, f"Waiting for the concurrency group '{group}' of '{caller.name}'", (caller.number,))
    before = tuple(each.number for each in siblings if each.key == job.key and each is not job and not _ended(each))
    most = f"at most {job.max_parallel} jobs of this matrix run at once"
    return Reason(Waits.MAX_PARALLEL, f"Waiting for its turn: {most}", before)


def _cancelling(job: Job) -> str:
    tries = job.abort.tries if job.abort else 0
    if tries:
        return f"Told {tries} time{'' if tries == 1 else 's'} to stop; waiting for the runner's last word"
    return "To be stopped; waiting for the runner to hear of it"


def _ended(job: Job) -> bool:
    return job.status.is_terminal


def labels(names: Sequence[str]) -> str:
    """`the labels a and b`."""
    return f"the label{'s' if len(names) > 1 else ''} {listed(names)}" if names else "any label"


def listed(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
