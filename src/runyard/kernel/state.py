"""The run as the kernel sees it: the fold of its events. Immutable. Times: milliseconds since the epoch, 0 = not yet.

Nothing here has a database id except the references a run holds to things outside it. Inside a run things are named by
their numbers: attempt number (dense from 1), job number (dense from 1, stable across attempts), task number (which
dispatch of the job, dense from 1), step index (0-based, as runners report it).
"""

from __future__ import annotations

from typing import Any

import msgspec

from runyard.kernel.status import Status


class Diagnostic(msgspec.Struct, frozen=True):
    """A user's mistake in a workflow file; line and column are 1-based, 0 = the whole file."""

    path: str
    line: int
    column: int
    code: str
    message: str
    severity: str = "error"


class Step(msgspec.Struct, frozen=True):
    """One step of a task. `log_index` is the absolute row of its first line, `log_length` is known at its end."""

    index: int
    name: str
    status: Status = Status.WAITING
    started: int = 0
    stopped: int = 0
    log_index: int = 0
    log_length: int = 0


class Task(msgspec.Struct, frozen=True):
    """One dispatch of a job to a runner."""

    number: int
    runner_id: int
    runner_name: str
    status: Status
    steps: tuple[Step, ...] = ()
    started: int = 0
    stopped: int = 0
    cause: str = ""


class Job(msgspec.Struct, frozen=True):
    """One job of an attempt. `key` is its id in the workflow file; matrix jobs share a key and differ in `matrix`.

    `deferred`: a placeholder whose matrix waits for `needs`; when they are done it becomes one of the combinations.
    `source_attempt`: 0, or the attempt whose result, outputs and task this carried-over job repeats.
    `cause`: why it ended as it did, when that needs saying ("lost contact with runner 'x'", "the condition …").
    """

    number: int
    key: str
    name: str
    status: Status
    needs: tuple[str, ...] = ()
    runs_on: tuple[str, ...] = ()
    matrix: dict[str, Any] | None = None
    matrix_index: int = 0
    matrix_total: int = 1
    max_parallel: int = 0
    fail_fast: bool = True
    deferred: bool = False
    continue_on_error: bool = False
    timeout_minutes: float = 360
    created: int = 0
    started: int = 0
    stopped: int = 0
    outputs: dict[str, str] = {}
    tasks: tuple[Task, ...] = ()
    source_attempt: int = 0
    cause: str = ""

    @property
    def task(self) -> Task | None:
        """The newest dispatch, if any."""
        return self.tasks[-1] if self.tasks else None


class Abort(msgspec.Struct, frozen=True):
    """A request to stop an attempt: who, why, when. Durable from the moment it is accepted."""

    by: str
    reason: str
    requested: int
    force: bool = False


class Attempt(msgspec.Struct, frozen=True):
    """One execution of the run. Once it is terminal nothing in it changes."""

    number: int
    status: Status
    triggered_by: str
    created: int
    debug: bool = False
    started: int = 0
    stopped: int = 0
    jobs: dict[int, Job] = {}
    abort: Abort | None = None


class Run(msgspec.Struct, frozen=True):
    """A run. `workflow` is the file's path in the repository, `source` its text at that commit.

    `github` holds the run's part of the `github` context (strings; `event` is the webhook payload), `inputs` the typed
    inputs of a manual dispatch, `vars` the configuration variables at creation. `diagnostics` is not empty exactly when
    the file could not be used; such a run has no jobs and is a failure. `sequence` is the number of its latest event.
    """

    repository_id: int
    number: int
    workflow: str
    source: str
    title: str
    event: str
    ref: str
    sha: str
    actor: str
    status: Status
    created: int
    github: dict[str, Any]
    inputs: dict[str, Any] = {}
    vars: dict[str, str] = {}
    diagnostics: tuple[Diagnostic, ...] = ()
    started: int = 0
    stopped: int = 0
    attempts: tuple[Attempt, ...] = ()
    sequence: int = 0

    @property
    def attempt(self) -> Attempt:
        """The latest attempt. A run always has one."""
        return self.attempts[-1]
