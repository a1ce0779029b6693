"""What can be asked of a run. A service fills in time and outside facts; `decide` answers with events."""

from __future__ import annotations

import enum
from typing import Any

import msgspec

from runyard.kernel.state import Diagnostic
from runyard.kernel.status import Status


class CreateRun(msgspec.Struct, frozen=True, kw_only=True):
    """Start a run of one workflow file. `diagnostics` with an error: the file is unusable and the run fails at once.

    `jobs`: only the jobs with these keys and the ones they need; empty = all.
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
    diagnostics: tuple[Diagnostic, ...] = ()
    jobs: tuple[str, ...] = ()


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
    """Stop the latest attempt. Aborting a finished run changes nothing, nor does asking twice.

    Jobs whose `if` holds on cancellation (`always()`, `cancelled()`) still run, as on GitHub. `force` spares nobody and
    waits for no runner: whatever has not ended is cancelled now.
    """

    at: int
    by: str
    reason: str
    force: bool = False


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
    """

    at: int
    attempt: int
    job: int
    task: int
    cause: str
    undelivered: bool = False


Command = CreateRun | ClaimJob | ReportTask | CancelRun | Rerun | ExpireTask
