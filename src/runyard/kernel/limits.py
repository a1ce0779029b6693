"""How long things may take, and how often a lost job is given out again. Milliseconds; the caller chooses them."""

from __future__ import annotations

import msgspec

from runyard.kernel.causes import Cause

SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Every state that is not terminal ends within one of these.

    `abandoned`: how long a job may wait for a runner (Gitea: 24 h). `overtime`: how much longer than its
    `timeout-minutes` a job may run before the server stops it. `cancelling`: how long a runner may take to end a job
    that it was told to stop. `approval`: how long a run from a fork may wait to be approved (GitHub: 30 days).
    `run`: how long an attempt may take in all (GitHub: 35 days).
    """

    abandoned: int = DAY
    overtime: int = 5 * MINUTE
    cancelling: int = 11 * MINUTE
    approval: int = 30 * DAY
    run: int = 35 * DAY


class RetryPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a job whose dispatch was lost is given out again: at most `times` for these causes.

    The first time after `delay`, then after twice as long as the time before, but never after more than `longest`.
    """

    times: int = 0
    causes: tuple[str, ...] = (Cause.LOST_RUNNER,)
    delay: int = 10 * SECOND
    longest: int = 10 * MINUTE


def backoff(times: int, first: int, longest: int) -> int:
    """The pause after the `times`-th try (from 1): doubled every time, at most `longest`."""
    return min(longest, first << min(times - 1, 40))
