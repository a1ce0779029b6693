"""The events of a run: the only way anything about it changes. `at` is milliseconds since the epoch.

They are the payload of the journal (tagged JSON, tag field `type`), read by pages, watches and audits: add fields with
defaults, never rename or reuse one.
"""

from __future__ import annotations

from typing import Any

import msgspec

from runyard.kernel.state import ApprovalState, Diagnostic
from runyard.kernel.status import Status


class EventBase(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """What all events share."""

    at: int


class RunCreated(EventBase, frozen=True, kw_only=True, tag="run_created"):
    """The first event of every run."""

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
    fork: bool = False
    pull_request: int = 0
    author: str = ""


class RunStatusChanged(EventBase, frozen=True, kw_only=True, tag="run_status_changed"):
    """The run follows its latest attempt."""

    status: Status


class AttemptCreated(EventBase, frozen=True, kw_only=True, tag="attempt_created"):
    """A new attempt begins; its jobs follow as `JobCreated` in the same transaction."""

    attempt: int
    triggered_by: str
    debug: bool = False


class AttemptStatusChanged(EventBase, frozen=True, kw_only=True, tag="attempt_status_changed"):
    """The aggregate of the attempt's jobs changed."""

    attempt: int
    status: Status


class JobCreated(EventBase, frozen=True, kw_only=True, tag="job_created"):
    """A job enters an attempt, blocked, or carried over from an earlier one with its result (`source_attempt`)."""

    attempt: int
    job: int
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
    source_attempt: int = 0
    started: int = 0
    stopped: int = 0
    outputs: dict[str, str] = {}
    caller: int = 0
    calls: str = ""
    inputs: dict[str, Any] = {}
    cause: str = ""
    code: str = ""


class JobPrepared(EventBase, frozen=True, kw_only=True, tag="job_prepared"):
    """A job's needs are done and its evaluated fields are known.

    A deferred job is first turned into one combination of its matrix, with `runs_on` still empty.
    """

    attempt: int
    job: int
    name: str
    runs_on: tuple[str, ...]
    matrix: dict[str, Any] | None = None
    matrix_index: int = 0
    matrix_total: int = 1
    max_parallel: int = 0
    fail_fast: bool = True
    continue_on_error: bool = False
    timeout_minutes: float = 360


class CallExpanded(EventBase, frozen=True, kw_only=True, tag="call_expanded"):
    """A job calls a reusable workflow with these inputs; the jobs of that follow as `JobCreated`."""

    attempt: int
    job: int
    inputs: dict[str, Any]


class JobStatusChanged(EventBase, frozen=True, kw_only=True, tag="job_status_changed"):
    """A job's status changed; `cause` says why where that is not obvious, `code` the kind of cause (see `Cause`)."""

    attempt: int
    job: int
    status: Status
    cause: str = ""
    code: str = ""


class TaskCreated(EventBase, frozen=True, kw_only=True, tag="task_created"):
    """A job was given to a runner. `steps` are the names of its steps, in order."""

    attempt: int
    job: int
    task: int
    runner_id: int
    runner_name: str
    steps: tuple[str, ...]


class TaskStatusChanged(EventBase, frozen=True, kw_only=True, tag="task_status_changed"):
    """A dispatch ended (or is being cancelled)."""

    attempt: int
    job: int
    task: int
    status: Status
    cause: str = ""
    code: str = ""


class StepChanged(EventBase, frozen=True, kw_only=True, tag="step_changed"):
    """A step started or ended. Times are the runner's, milliseconds; log rows are absolute in the task's log."""

    attempt: int
    job: int
    task: int
    step: int
    status: Status
    started: int = 0
    stopped: int = 0
    log_index: int = 0
    log_length: int = 0


class OutputSet(EventBase, frozen=True, kw_only=True, tag="output_set"):
    """A job output became known. The first value of a name stays."""

    attempt: int
    job: int
    name: str
    value: str


class AbortRequested(EventBase, frozen=True, kw_only=True, tag="abort_requested"):
    """The attempt, or one job of it (`job`), was asked to stop, a second time only to `force` it.

    `by` is who asked, empty for the server itself; `code` the kind of reason (see `Cause`).
    """

    attempt: int
    by: str
    reason: str
    force: bool = False
    job: int = 0
    code: str = ""


class AbortDelivered(EventBase, frozen=True, kw_only=True, tag="abort_delivered"):
    """The runner of a job was told to stop it, for the `tries`-th time."""

    attempt: int
    job: int
    tries: int


class AbortGaveUp(EventBase, frozen=True, kw_only=True, tag="abort_gave_up"):
    """The runner of a job never said its last word. The server waits no longer; nobody knows what still runs there."""

    attempt: int
    job: int
    tries: int


class ConcurrencyRequested(EventBase, frozen=True, kw_only=True, tag="concurrency_requested"):
    """The attempt (`job` 0) or a job wants to begin, in this group. It waits until the group is granted."""

    attempt: int
    group: str
    cancel_in_progress: bool
    queue: str
    job: int = 0


class ConcurrencyGranted(EventBase, frozen=True, kw_only=True, tag="concurrency_granted"):
    """The attempt (`job` 0) or a job holds its group until it ends."""

    attempt: int
    job: int = 0


class RetryScheduled(EventBase, frozen=True, kw_only=True, tag="retry_scheduled"):
    """A job whose dispatch was lost is given out again, not before `retry_at`. It has no outputs any more."""

    attempt: int
    job: int
    retry_at: int


class RetryReleased(EventBase, frozen=True, kw_only=True, tag="retry_released"):
    """The pause before a job is given out again is over."""

    attempt: int
    job: int


class ApprovalRequested(EventBase, frozen=True, kw_only=True, tag="approval_requested"):
    """A run from a fork waits to be approved, at this head commit and with these workflow files (their SHA-256)."""

    sha: str
    digest: str


class ApprovalDecided(EventBase, frozen=True, kw_only=True, tag="approval_decided"):
    """Somebody approved, denied or revoked (or nobody did in time). `by` is empty for the server itself."""

    state: ApprovalState
    by: str
    reason: str = ""


class ActionChanged(EventBase, frozen=True, kw_only=True, tag="action_changed"):
    """An action that a job made for itself was created or changed. It has its place here and its rows in the store.

    `change`: the columns that may have changed, empty for news in its history.
    """

    name: str
    change: dict[str, Any] = {}


Event = (
    RunCreated
    | RunStatusChanged
    | AttemptCreated
    | AttemptStatusChanged
    | JobCreated
    | JobPrepared
    | CallExpanded
    | JobStatusChanged
    | TaskCreated
    | TaskStatusChanged
    | StepChanged
    | OutputSet
    | AbortRequested
    | AbortDelivered
    | AbortGaveUp
    | ConcurrencyRequested
    | ConcurrencyGranted
    | RetryScheduled
    | RetryReleased
    | ApprovalRequested
    | ApprovalDecided
    | ActionChanged
)
