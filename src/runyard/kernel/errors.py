"""What the kernel says no to."""

from __future__ import annotations


class Refused(Exception):  # noqa: N818
    """A command that makes no sense now. `code` is for programs, `message` for people; nothing has changed.

    Codes: `approval_outdated`, `job_not_found`, `job_not_waiting`, `never_awaited_approval`, `not_awaiting_approval`,
    `nothing_to_rerun`, `run_exists`, `run_not_finished`, `run_not_found`, `task_not_found`, `too_many_attempts`.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class BrokenJournal(Exception):  # noqa: N818
    """An event that cannot follow the ones before it: an illegal transition, or something that does not exist."""
