"""Why something ended or was stopped, for programs. The sentence beside it is for people."""

from __future__ import annotations

import enum


class Cause(enum.StrEnum):
    """The kind of a cause. `code` of jobs, tasks and aborts holds its text; empty where nothing needs saying."""

    USER = "user"
    FAIL_FAST = "fail_fast"
    CONCURRENCY = "concurrency"
    DEADLOCK = "concurrency_deadlock"
    MISTAKE = "mistake"
    LOST_RUNNER = "lost_runner"
    UNDELIVERED = "undelivered"
    NOT_PREPARED = "not_prepared"
    ABANDONED = "abandoned"
    TIMEOUT = "timeout"
    RUN_LIMIT = "run_limit"
    GAVE_UP = "gave_up"
    NOT_APPROVED = "not_approved"
    CLOSED = "pull_request_closed"
