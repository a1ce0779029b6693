"""Why a job is as it is, in one sentence: what it waits for, who runs it, why it ended. Empty: nothing to say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runyard.kernel.reasons import Reason
    from runyard.kernel.state import Attempt, Job

_TALLY = ("failure", "cancelled", "cancelling", "running", "waiting", "blocked", "success", "skipped", "unknown")
_TALLY_WORDS = {"failure": "failed", "success": "succeeded"}


def reason(job: Job, waiting: Reason | None) -> str:
    """The sentence for a job; `waiting` is why it is not done yet, None for one that is."""
    if waiting is not None and not (job.cause and waiting.code == "cancelling"):
        return waiting.message
    if job.cause:
        return job.cause[:1].upper() + job.cause[1:]
    return f"Carried over from attempt {job.source_attempt}" if job.source_attempt else ""


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
