"""Why a job is as it is, in one sentence: what it waits for, who runs it, why it ended. Empty: nothing to say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runyard.kernel.state import Attempt, Job

_TALLY = ("failure", "cancelled", "cancelling", "running", "waiting", "blocked", "success", "skipped", "unknown")
_TALLY_WORDS = {"failure": "failed", "success": "succeeded"}


def reason(job: Job, attempt: Attempt) -> str:
    """The sentence for a job of an attempt."""
    label = job.status.label
    if job.cause:
        return job.cause[:1].upper() + job.cause[1:]
    if job.source_attempt:
        return f"Carried over from attempt {job.source_attempt}"
    if label == "waiting":
        return f"Waiting for a runner with {_labels(job.runs_on)}"
    if label == "blocked":
        return _blocked(job, attempt)
    if label == "cancelling":
        return "Told to stop; waiting for the runner's last word"
    if label == "running" and job.task is not None:
        return f"On {job.task.runner_name}"
    return ""


def _blocked(job: Job, attempt: Attempt) -> str:
    open_needs = [
        key
        for key in job.needs
        if any(other.key == key and not other.status.is_terminal for other in attempt.jobs.values())
    ]
    if open_needs:
        return f"Waiting for {listed(open_needs)}"
    if job.max_parallel:
        return f"Waiting for its turn: at most {job.max_parallel} jobs of this matrix run at once"
    return "Waiting for its turn"


def _labels(labels: Sequence[str]) -> str:
    if not labels:
        return "any label"
    return f"the label{'s' if len(labels) > 1 else ''} {listed(labels)}"


def listed(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def tally(jobs: Iterable[Job]) -> str:
    """`1 failed, 2 running, 5 succeeded`."""
    counts = Counter(job.status.label for job in jobs)
    return ", ".join(f"{counts[label]} {_TALLY_WORDS.get(label, label)}" for label in _TALLY if counts[label])


def spans(attempt: Attempt, now: int) -> dict[int, tuple[int, int] | None]:
    """When each job ran, as start and width in percent of the attempt's time; None for one that has not started."""
    started = [job.started for job in attempt.jobs.values() if job.started and not job.source_attempt]
    begin = min(started, default=0)
    end = attempt.stopped or max(now, begin)
    whole = max(1, end - begin)
    found: dict[int, tuple[int, int] | None] = {}
    for job in attempt.jobs.values():
        if not job.started or job.source_attempt:
            found[job.number] = None
            continue
        left = round(100 * (job.started - begin) / whole)
        right = round(100 * ((job.stopped or end) - begin) / whole)
        left = min(left, 98)
        found[job.number] = (left, max(2, right - left))
    return found
