"""What can be asked of a run. A service fills in time and outside facts; `decide` answers with events."""

from __future__ import annotations

import enum
from typing import Any

import msgspec

from runyard.kernel.causes import Cause
from runyard.kernel.limits import Limits, RetryPolicy
from runyard.kernel.state import Diagnostic
from runyard.kernel.status import Status


class CreateRun(msgspec.Struct, frozen=True, kw_only=True):
    """Start a run of one workflow file. `diagnostics` with an error: the file is unusable and the run fails at once.

    `called`: the texts of the reusable workflows by reference, of all that are called.
    `jobs`: only the jobs with these keys and the ones they need; empty = all.

    `fork`, `pull_request` and `author` as in `Run`; `approval`: somebody must approve before anything begins.
    """

    at: int
    repository_id: int
    number: int
    workflow: str
    source: str
    title: str
    event: str
    ref: str
    sha: str
    actor: str
    github: dict[str, Any]
    inputs: dict[str, Any] = {}
    vars: dict[str, str] = {}
    called: dict[str, str] = {}
    diagnostics: tuple[Diagnostic, ...] = ()
    jobs: tuple[str, ...] = ()
    fork: bool = False
    pull_request: int = 0
    author: str = ""
    approval: bool = False


class ClaimJob(msgspec.Struct, frozen=True, kw_only=True):
    """Give a waiting job of the latest attempt to a runner."""

    at: int
    job: int
    runner_id: int
    runner_name: str


class StepReport(msgspec.Struct, frozen=True):
    """One entry of a runner's step list. `result` UNKNOWN = not ended; times in milliseconds, 0 = not yet."""

    index: int
    result: Status
    started: int
    stopped: int
    log_index: int
    log_length: int


class ReportTask(msgspec.Struct, frozen=True, kw_only=True):
    """What a runner says of its task. `result` UNKNOWN = still running. Reports of ended tasks change nothing."""

    at: int
    attempt: int
    job: int
    task: int
    result: Status = Status.UNKNOWN
    steps: tuple[StepReport, ...] = ()
    outputs: dict[str, str] = {}
    cause: str = ""


class CancelRun(msgspec.Struct, frozen=True, kw_only=True):
    """Stop the latest attempt, or one `job` of it with everything it calls. What has ended stays as it is.

    Jobs whose `if` holds on cancellation (`always()`, `cancelled()`) still run, as on GitHub, unless the attempt has
    not begun or they are named. `force` spares nobody and waits for no runner: whatever has not ended is cancelled now.
    Asking twice changes nothing, except to force. `code`: the kind of reason (see `Cause`).
    """

    at: int
    by: str
    reason: str
    force: bool = False
    job: int = 0
    code: str = Cause.USER


class DeliverAbort(msgspec.Struct, frozen=True, kw_only=True):
    """The runner of a task is being told to stop it. Recorded the first time, then at growing intervals."""

    at: int
    attempt: int
    job: int
    task: int


class GrantConcurrency(msgspec.Struct, frozen=True, kw_only=True):
    """The latest attempt (`job` 0) or a job of it holds its concurrency group from now on."""

    at: int
    job: int = 0


class Approve(msgspec.Struct, frozen=True, kw_only=True):
    """Let a run from a fork begin. `sha` and `digest`: what was looked at; refused if that is not what would run."""

    at: int
    by: str
    sha: str
    digest: str


class Deny(msgspec.Struct, frozen=True, kw_only=True):
    """Refuse a run from a fork: it is cancelled."""

    at: int
    by: str
    reason: str = ""


class Revoke(msgspec.Struct, frozen=True, kw_only=True):
    """Take an approval back: the run is cancelled, and each further attempt has to be approved."""

    at: int
    by: str
    reason: str = ""


class Tick(msgspec.Struct, frozen=True, kw_only=True):
    """Time has passed: whatever of the latest attempt is overdue ends or moves on."""

    at: int
    limits: Limits = Limits()


class RerunKind(enum.StrEnum):
    """Which jobs a re-run executes; the others are carried over."""

    ALL = "all"
    FAILED = "failed"
    JOB = "job"


class Rerun(msgspec.Struct, frozen=True, kw_only=True):
    """Add an attempt. `job`: the number of the one job to run, with its dependents (kind JOB)."""

    at: int
    by: str
    kind: RerunKind = RerunKind.ALL
    job: int = 0
    debug: bool = False
    max_attempts: int = 50


class ExpireTask(msgspec.Struct, frozen=True, kw_only=True):
    """The runner of a task has been silent for too long (or the task ran too long): end it with a cause.

    `undelivered`: the task never reached its runner, nothing of the job has run. The task is cancelled and the job
    waits for a runner again (or is cancelled, if it is being cancelled).

    Otherwise the job fails, unless `retry` has it given out again. `code`: the kind of cause (see `Cause`).
    """

    at: int
    attempt: int
    job: int
    task: int
    cause: str
    undelivered: bool = False
    code: str = Cause.LOST_RUNNER
    retry: RetryPolicy = RetryPolicy()


Command = (
    CreateRun
    | ClaimJob
    | ReportTask
    | CancelRun
    | DeliverAbort
    | GrantConcurrency
    | Approve
    | Deny
    | Revoke
    | Rerun
    | ExpireTask
    | Tick
)
