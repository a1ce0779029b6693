"""The words by which clients ask for runs and jobs, as statuses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from runyard.services.errors import Invalid
from runyard.services.states import Status

if TYPE_CHECKING:
    from runyard.services.show import RunView

_NAMES = {
    "pending": (Status.BLOCKED,),
    "waiting": (Status.BLOCKED,),
    "requested": (Status.BLOCKED,),
    "action_required": (Status.BLOCKED,),
    "blocked": (Status.BLOCKED,),
    "queued": (Status.WAITING,),
    "in_progress": (Status.RUNNING, Status.CANCELLING),
    "running": (Status.RUNNING, Status.CANCELLING),
    "completed": (Status.SUCCESS, Status.FAILURE, Status.CANCELLED, Status.SKIPPED),
    "success": (Status.SUCCESS,),
    "failure": (Status.FAILURE,),
    "skipped": (Status.SKIPPED,),
    "neutral": (Status.SKIPPED,),
    "cancelled": (Status.CANCELLED,),
    "timed_out": (Status.CANCELLED,),
}


def statuses_named(words: Iterable[str]) -> tuple[Status, ...]:
    """All statuses that the words mean, without repeats. Raises Invalid (400) for an unknown word."""
    found: dict[Status, None] = {}
    for word in words:
        if word not in _NAMES:
            raise Invalid(f"unknown status '{word}'; use one of {', '.join(_NAMES)}", status=400)
        found |= dict.fromkeys(_NAMES[word])
    return tuple(found)


def jobs_with(view: RunView, words: Iterable[str]) -> list[int]:
    """The numbers of the attempt's jobs that have one of the statuses; all without words."""
    wanted = statuses_named(words)
    return [number for number, job in sorted(view.attempt.jobs.items()) if not wanted or job.status in wanted]
