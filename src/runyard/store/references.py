"""Where a job or a task stands: the numbers by which the kernel knows it, for an id by which the outside knows it."""

from __future__ import annotations

import msgspec


class JobRef(msgspec.Struct, frozen=True):
    """A job by its id: run, attempt number, job number."""

    id: int
    run_id: int
    repository_id: int
    attempt: int
    job: int


class TaskRef(msgspec.Struct, frozen=True):
    """A task by its id. `lease_expires` is 0 and `request_key` None once the task has ended."""

    id: int
    run_id: int
    repository_id: int
    attempt: int
    job: int
    task: int
    runner_id: int
    lease_expires: int
    request_key: str | None
