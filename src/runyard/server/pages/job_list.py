"""The jobs of an attempt as a list: those that a job has called stand behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runyard.kernel.state import Attempt, Job


@dataclass(frozen=True, slots=True)
class ListedJob:
    """A job in the list. `name` is its own, without its caller's; `depth`: how many callers are above it."""

    job: Job
    name: str
    depth: int
    has_called: bool


def nested(attempt: Attempt) -> list[ListedJob]:
    """The jobs in the order of their numbers, those that a job has called behind it."""
    children: dict[int, list[Job]] = {}
    for _, job in sorted(attempt.jobs.items()):
        children.setdefault(job.caller, []).append(job)
    found: list[ListedJob] = []
    pending = [ListedJob(job, job.name, 0, job.number in children) for job in reversed(children.get(0, ()))]
    while pending:
        listed = pending.pop()
        found.append(listed)
        for job in reversed(children.get(listed.job.number, ())):
            own_name = job.name[len(listed.job.name) + 3 :]
            pending.append(ListedJob(job, own_name, listed.depth + 1, job.number in children))
    return found
