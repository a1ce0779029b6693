"""The run as the kernel sees it: the fold of its events. Immutable. Times: milliseconds since the epoch, 0 = not yet.

Nothing here has a database id except the references a run holds to things outside it. Inside a run things are named by
their numbers: attempt number (dense from 1), job number (dense from 1, stable across attempts), task number (which
dispatch of the job, dense from 1), step index (0-based, as runners report it).
"""

from __future__ import annotations

import enum
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


class Abort(msgspec.Struct, frozen=True):
    """A request to stop an attempt, or one job of it: who, why, when. Durable from the moment it is accepted.

    `code` says what asked (see `Cause`). Of a job: `tries` counts how often its runner was told, the last time at
    `delivered`; `gave_up` is when the server stopped waiting for the runner's last word. An attempt's is told through
    those of its jobs.
    """

    by: str
    reason: str
    requested: int
    force: bool = False
    code: str = ""
    tries: int = 0
    delivered: int = 0
    gave_up: int = 0


class Concurrency(msgspec.Struct, frozen=True):
    """The concurrency group that an attempt or job belongs to: it may begin when it is `granted`.

    Groups compare without case in their repository, and attempts and jobs share them. `queue` is `single` (a newcomer
    cancels the one that waits) or `max` (all wait, in order of arrival).
    """

    group: str
    cancel_in_progress: bool = False
    queue: str = "single"
    granted: bool = False
    requested: int = 0


class ApprovalState(enum.StrEnum):
    """What has become of the need to have a run from a fork approved."""

    NEEDED = "needed"
    APPROVED = "approved"
    DENIED = "denied"
    REVOKED = "revoked"
    EXPIRED = "expired"


class Approval(msgspec.Struct, frozen=True):
    """Whether a run from a fork may begin: the latest word, whose and when.

    It holds for this head commit (`sha`) and these workflow files (`digest`, hex SHA-256) only.
    """

    state: ApprovalState
    sha: str
    digest: str
    at: int
    by: str = ""


class Task(msgspec.Struct, frozen=True):
    """One dispatch of a job to a runner. `code`: the kind of its `cause` (see `Cause`)."""

    number: int
    runner_id: int
    runner_name: str
    status: Status
    steps: tuple[Step, ...] = ()
    started: int = 0
    stopped: int = 0
    cause: str = ""
    code: str = ""


class Job(msgspec.Struct, frozen=True):
    """One job of an attempt. `key` is its id in the workflow file; matrix jobs share a key and differ in `matrix`.

    `caller`: the job that calls the workflow which this one is defined in, 0 = it is in the run's own file; so (caller,
    key) names a group. `calls`: the reference of the reusable workflow that this job calls; it is never given to a
    runner, has the jobs of that workflow once its turn has come (then with these `inputs`) and follows them.

    `deferred`: a placeholder whose matrix waits for `needs`; when they are done it becomes one of the combinations.
    `source_attempt`: 0, or the attempt whose result, outputs and task this carried-over job repeats.
    `cause`: why it ended as it did, when that needs saying ("lost contact with runner 'x'", "the condition …"), and
    `code` the kind of cause for programs (see `Cause`). `queued`: since when it waits for a runner.
    `retry_at`: not 0 while it is blocked after a lost dispatch, until when. `abort`: set once it was asked to stop.
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
    caller: int = 0
    calls: str = ""
    inputs: dict[str, Any] = {}
    source_attempt: int = 0
    cause: str = ""
    code: str = ""
    queued: int = 0
    retry_at: int = 0
    abort: Abort | None = None
    concurrency: Concurrency | None = None

    @property
    def task(self) -> Task | None:
        """The newest dispatch, if any."""
        return self.tasks[-1] if self.tasks else None


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
    concurrency: Concurrency | None = None


class Run(msgspec.Struct, frozen=True):
    """A run. `workflow` is the file's path in the repository, `source` its text at that commit.

    `github` holds the run's part of the `github` context (strings; `event` is the webhook payload), `inputs` the typed
    inputs of a manual dispatch, `vars` the configuration variables at creation, `called` the texts of all reusable
    workflows that are called, by reference. `diagnostics` is not empty exactly when the files could not be used; such
    a run has no jobs and is a failure. `sequence` is the number of its latest event.

    `fork`: its head is in another repository; then `approval` says whether it may run, None = nobody has to be asked.
    `pull_request` is the number of its pull request (0 = none), `author` who opened that.
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
    called: dict[str, str] = {}
    diagnostics: tuple[Diagnostic, ...] = ()
    started: int = 0
    stopped: int = 0
    fork: bool = False
    pull_request: int = 0
    author: str = ""
    approval: Approval | None = None
    attempts: tuple[Attempt, ...] = ()
    sequence: int = 0

    @property
    def attempt(self) -> Attempt:
        """The latest attempt. A run always has one."""
        return self.attempts[-1]

    @property
    def has_begun(self) -> bool:
        """Whether the latest attempt may let jobs go: it is approved, where that is needed, and holds its group."""
        return self.is_approved and (self.attempt.concurrency is None or self.attempt.concurrency.granted)

    @property
    def is_approved(self) -> bool:
        """Whether nobody has to be asked (any more)."""
        return self.approval is None or self.approval.state is ApprovalState.APPROVED
