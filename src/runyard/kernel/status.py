"""Statuses of run, attempt, job, task and step, with Gitea's numbers, and the one table of legal transitions.

The table rules jobs, tasks and steps. Attempts and runs follow their jobs (`aggregate`).
"""

from __future__ import annotations

import enum
from collections.abc import Iterable


class Status(enum.IntEnum):
    """What a run, attempt, job, task or step is doing. The numbers are Gitea's and are stored as such."""

    UNKNOWN = 0
    SUCCESS = 1
    FAILURE = 2
    CANCELLED = 3
    SKIPPED = 4
    WAITING = 5
    RUNNING = 6
    BLOCKED = 7
    CANCELLING = 8

    @property
    def is_terminal(self) -> bool:
        """True when nothing may change any more (1–4)."""
        return self in TERMINAL

    @property
    def label(self) -> str:
        """The name that users see: lower case."""
        return self.name.lower()


TERMINAL = frozenset({Status.SUCCESS, Status.FAILURE, Status.CANCELLED, Status.SKIPPED})

_STOPS = TERMINAL | {Status.CANCELLING}

TRANSITIONS: dict[Status, frozenset[Status]] = {
    Status.UNKNOWN: frozenset(Status) - {Status.UNKNOWN},
    Status.BLOCKED: _STOPS | {Status.WAITING, Status.RUNNING},
    Status.WAITING: _STOPS | {Status.BLOCKED, Status.RUNNING},
    Status.RUNNING: _STOPS | {Status.BLOCKED, Status.WAITING},
    Status.CANCELLING: frozenset({Status.CANCELLED, Status.FAILURE}),
    Status.SUCCESS: frozenset(),
    Status.FAILURE: frozenset(),
    Status.CANCELLED: frozenset(),
    Status.SKIPPED: frozenset(),
}

_PRECEDENCE = (
    Status.CANCELLING,
    Status.RUNNING,
    Status.WAITING,
    Status.BLOCKED,
    Status.CANCELLED,
    Status.FAILURE,
)


def may_become(old: Status, new: Status) -> bool:
    """Whether a change from `old` to `new` is legal; staying as it is always is."""
    return old is new or new in TRANSITIONS[old]


def aggregate(jobs: Iterable[tuple[Status, bool]]) -> Status:
    """The status of a run from its jobs: pairs of status and continue-on-error. First matching rule wins (Gitea 1.27):

    all skipped → skipped · all succeeded, skipped or failed with continue-on-error → success · any cancelling · any
    running · any waiting · any blocked · any cancelled · any failure. No jobs: unknown.

    The result is terminal exactly when every job is. It follows the jobs and has no transitions of its own: a run goes
    from cancelling back to running when fail-fast has stopped one matrix while another job goes on.
    """
    seen: set[Status] = set()
    for status, continue_on_error in jobs:
        seen.add(Status.SUCCESS if continue_on_error and status is Status.FAILURE else status)
    if not seen:
        return Status.UNKNOWN
    if seen == {Status.SKIPPED}:
        return Status.SKIPPED
    if seen <= {Status.SUCCESS, Status.SKIPPED}:
        return Status.SUCCESS
    return next((status for status in _PRECEDENCE if status in seen), Status.UNKNOWN)
