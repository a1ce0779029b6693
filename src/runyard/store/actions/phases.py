"""Phases of actions, their numbers, and which may follow which. Numbers up to 10 are the original interface's."""

from __future__ import annotations

import enum


class ActionPhase(enum.IntEnum):
    """What an action is doing. PAUSED waits for a decision from outside, RECOVERED repeats an earlier run's result."""

    UNSPECIFIED = 0
    QUEUED = 1
    WAITING_FOR_RESOURCES = 2
    INITIALIZING = 3
    RUNNING = 4
    SUCCEEDED = 5
    FAILED = 6
    ABORTED = 7
    TIMED_OUT = 8
    PAUSED = 9
    RECOVERED = 10
    SKIPPED = 11

    @property
    def is_terminal(self) -> bool:
        """True when the attempt has ended."""
        return self in TERMINAL


TERMINAL = frozenset(
    {
        ActionPhase.SUCCEEDED,
        ActionPhase.FAILED,
        ActionPhase.ABORTED,
        ActionPhase.TIMED_OUT,
        ActionPhase.RECOVERED,
        ActionPhase.SKIPPED,
    }
)
RETRIABLE = frozenset({ActionPhase.FAILED, ActionPhase.TIMED_OUT})
"""The ends that a later attempt may follow."""


class CacheStatus(enum.IntEnum):
    """Where an action's outputs came from, or why not from the cache."""

    DISABLED = 0
    MISS = 1
    HIT = 2
    POPULATED = 3
    LOOKUP_FAILURE = 4
    PUT_FAILURE = 5
    SKIPPED = 6
    EVICTED = 7


CatalogCacheStatus = CacheStatus


class ActionType(enum.IntEnum):
    """What kind of work. Numbers from 101 are ours: parts of a workflow run."""

    UNSPECIFIED = 0
    TASK = 1
    TRACE = 2
    CONDITION = 3
    RUN = 101
    ATTEMPT = 102
    JOB = 103
    STEP = 104


class RunSource(enum.IntEnum):
    """What started a run."""

    UNSPECIFIED = 0
    WEB = 1
    CLI = 2
    SCHEDULE_TRIGGER = 3
    TRACKED = 4
    ARTIFACT_TRIGGER = 5
    EVENT = 101


class UpdateResult(enum.StrEnum):
    """What became of an update. STALE: the action has moved on, nothing was changed."""

    APPLIED = "applied"
    STALE = "stale"
    NOT_FOUND = "not_found"


_P = ActionPhase
_FORWARD = (_P.QUEUED, _P.WAITING_FOR_RESOURCES, _P.INITIALIZING, _P.RUNNING)

TRANSITIONS: dict[ActionPhase, frozenset[ActionPhase]] = {
    _P.UNSPECIFIED: frozenset(_P) - {_P.UNSPECIFIED},
    **{phase: frozenset(_FORWARD[place + 1 :]) | {_P.PAUSED} | TERMINAL for place, phase in enumerate(_FORWARD)},
    _P.PAUSED: frozenset({_P.RUNNING}) | TERMINAL,
    **dict.fromkeys(TERMINAL, frozenset()),
}
"""Inside one attempt."""


def may_follow(old: ActionPhase, new: ActionPhase, *, later_attempt: bool = False) -> bool:
    """Whether an action in phase `old` may change to `new`, in the same or in a later attempt.

    Inside an attempt phases go forward and an end is final; a later attempt may begin with any phase, unless the
    action has ended for good: only FAILED and TIMED_OUT are tried again. Staying as it is always is allowed.
    """
    if new is _P.UNSPECIFIED:
        return False
    if later_attempt:
        return old not in TERMINAL or old in RETRIABLE
    return new is old or new in TRANSITIONS[old]
