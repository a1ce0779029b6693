"""The JSON of the API: Gitea's shapes, with what GitHub's clients read besides."""

from __future__ import annotations

from typing import Any

import msgspec


class Step(msgspec.Struct):
    """A step of a job. `conclusion` is null until it has ended."""

    name: str
    number: int
    status: str
    conclusion: str | None
    started_at: str
    completed_at: str


class WaitingReason(msgspec.Struct):
    """Why a job is not done yet. `code` is for programs, `jobs` the numbers of the jobs that it waits for."""

    code: str
    message: str
    jobs: list[int]


class Abort(msgspec.Struct):
    """A request to stop a run or job: who (empty: the server itself), why, when.

    `tries`: how often the runner was told, `delivered_at` the last time; `gave_up_at`: when the server stopped waiting.
    """

    by: str
    reason: str
    code: str
    force: bool
    requested_at: str
    tries: int
    delivered_at: str | None
    gave_up_at: str | None


class Job(msgspec.Struct):
    """A job of one attempt. `number` is its place in the run, the same in every attempt; `cause`: why it ended so.

    `waiting_reason` is there exactly while it has not ended.
    """

    id: int
    url: str
    html_url: str
    run_id: int
    run_url: str
    number: int
    name: str
    labels: list[str]
    run_attempt: int
    head_sha: str
    head_branch: str | None
    workflow_name: str
    status: str
    conclusion: str | None
    runner_id: int | None
    runner_name: str | None
    steps: list[Step]
    needs: list[str]
    cause: str
    cause_code: str
    waiting_reason: WaitingReason | None
    abort: Abort | None
    created_at: str
    started_at: str
    completed_at: str


class Jobs(msgspec.Struct):
    """A page of jobs."""

    jobs: list[Job]
    total_count: int


class JobAction(msgspec.Struct):
    """What a job made for itself. `parent` is the name of the action above it, empty = the job; `phase` in lower case.

    `state_version`: 0 = it has kept no state. A time that is not yet known is null.
    """

    name: str
    parent: str
    title: str
    group: str
    phase: str
    attempt: int
    abort_reason: str
    state_version: int
    created_at: str
    started_at: str | None
    ended_at: str | None


class JobActions(msgspec.Struct):
    """The actions of a job, each before those below it."""

    actions: list[JobAction]
    total_count: int


class Diagnostic(msgspec.Struct):
    """A mistake in a workflow file; line and column are 1-based, 0 = the whole file."""

    path: str
    line: int
    column: int
    code: str
    message: str
    severity: str


class Approval(msgspec.Struct):
    """What was decided on a run from a fork: `state` is needed, approved, denied, revoked, expired, or trusted (its
    author is, by `by`). It holds for the head commit `sha` and the workflow files with `digest` (hex SHA-256).
    """

    state: str
    by: str
    at: str
    author: str
    pull_request: int
    sha: str
    digest: str


class Run(msgspec.Struct):
    """A run, seen at one attempt. `path` is `file@ref`. `diagnostics`: why its file is unusable (not in lists)."""

    id: int
    url: str
    html_url: str
    display_title: str
    path: str
    workflow_id: str
    event: str
    run_number: int
    run_attempt: int
    previous_attempt_url: str | None
    repository_id: int
    head_sha: str
    head_branch: str | None
    status: str
    conclusion: str | None
    actor: dict[str, Any]
    trigger_actor: dict[str, Any]
    triggering_actor: dict[str, Any]
    repository: dict[str, Any]
    head_repository: dict[str, Any]
    created_at: str
    updated_at: str
    started_at: str
    run_started_at: str
    completed_at: str
    jobs_url: str
    logs_url: str
    artifacts_url: str
    cancel_url: str
    rerun_url: str
    pull_requests: list[dict[str, Any]] = []
    diagnostics: list[Diagnostic] = []
    need_approval: bool = False
    approval: Approval | None = None
    debug: bool = False
    abort: Abort | None = None


class Runs(msgspec.Struct):
    """A page of runs, newest first."""

    workflow_runs: list[Run]
    total_count: int


class Workflow(msgspec.Struct):
    """A workflow file of the default branch. `id` is its file name."""

    id: str
    name: str
    path: str
    state: str
    created_at: str
    updated_at: str
    url: str
    html_url: str
    badge_url: str
    deleted_at: str | None = None


class Workflows(msgspec.Struct):
    """All workflows."""

    workflows: list[Workflow]
    total_count: int


class Dispatch(msgspec.Struct):
    """Start a workflow: at a branch or tag, with inputs by name (texts, numbers or booleans)."""

    ref: str = ""
    inputs: dict[str, Any] = {}
    return_run_details: bool = False


class Dispatched(msgspec.Struct):
    """The run that was started."""

    workflow_run_id: int
    run_number: int
    run_url: str
    html_url: str


class Policy(msgspec.Struct):
    """A repository's own decisions. `running_jobs`: at most so many of its jobs at once, 0 = no limit. `retry_…`: how
    often a lost job is given out again, for which causes, and after how many seconds first. null: as the server has it.
    """

    running_jobs: int | None = None
    retry_times: int | None = None
    retry_causes: list[str] | None = None
    retry_seconds: float | None = None


class Rerun(msgspec.Struct):
    """How to run again."""

    enable_debug_logging: bool = False


class PlannedJob(msgspec.Struct):
    """A job of the latest attempt in a plan."""

    id: int
    number: int
    name: str
    status: str
    conclusion: str | None


class RerunPlan(msgspec.Struct):
    """What a re-run would do, as attempt `run_attempt`. `execute` runs again; `reopen`: jobs that call a workflow and
    follow its jobs once more; `carry` keeps its results.
    """

    run_id: int
    run_attempt: int
    execute: list[PlannedJob]
    reopen: list[PlannedJob]
    carry: list[PlannedJob]


class Approve(msgspec.Struct):
    """Approve a run: `always` trusts its author from now on; `sha` and `digest`: what was looked at, to be sure."""

    always: bool = False
    sha: str = ""
    digest: str = ""


class Why(msgspec.Struct):
    """A reason, for everybody who sees the run."""

    reason: str = ""


class Token(msgspec.Struct):
    """An access token. `sha1` is the token itself and there only when it was just made."""

    id: int
    name: str
    sha1: str
    token_last_eight: str
    scopes: list[str]
    created_at: str


class NewToken(msgspec.Struct):
    """Make a token. No scopes = everything that the user may do."""

    name: str
    scopes: list[str] = []


class NewRepository(msgspec.Struct):
    """Make a repository."""

    name: str
    private: bool = False
    description: str = ""
    default_branch: str = "main"


class Found(msgspec.Struct):
    """A page of search results."""

    ok: bool
    data: list[dict[str, Any]]


class NewUser(msgspec.Struct):
    """Make a user."""

    username: str
    email: str = ""
    admin: bool = False


class RunnerLabel(msgspec.Struct):
    """A label of a runner; `id` is its position."""

    id: int
    name: str
    type: str = "custom"


class Runner(msgspec.Struct):
    """A runner. `status`: online or offline."""

    id: int
    name: str
    status: str
    busy: bool
    ephemeral: bool
    version: str
    labels: list[RunnerLabel]


class Runners(msgspec.Struct):
    """A page of runners."""

    runners: list[Runner]
    total_count: int


class Secret(msgspec.Struct):
    """A secret without its value."""

    name: str
    description: str
    created_at: str
    updated_at: str


class NewSecret(msgspec.Struct):
    """A secret's value. Without a description the one that there is stays."""

    data: str
    description: str | None = None


class Variable(msgspec.Struct):
    """A configuration variable. One of the ids is 0: whose it is not; both are for the server's."""

    owner_id: int
    repo_id: int
    name: str
    data: str
    description: str


class NewVariable(msgspec.Struct):
    """A variable's value."""

    value: str
    description: str = ""


class ChangedVariable(msgspec.Struct):
    """A variable's new value; an empty name and no description leave what there is."""

    value: str
    name: str = ""
    description: str | None = None


class Retention(msgspec.Struct):
    """What a repository keeps: days, a count, bytes of the whole repository. null: as the server; 0: no limit."""

    run_days: int | None = None
    run_count: int | None = None
    log_days: int | None = None
    log_bytes: int | None = None
    artifact_days: int | None = None
    artifact_bytes: int | None = None
    cache_days: int | None = None
    cache_bytes: int | None = None


class RetentionInForce(msgspec.Struct):
    """What the repository decided, and what holds."""

    own: Retention
    effective: Retention


class Removed(msgspec.Struct):
    """Something that went or would go, of a kind (run, log, artifact, cache), and why. `run` 0: it has none."""

    kind: str
    id: int
    repository_id: int
    run_number: int
    name: str
    size_in_bytes: int
    reason: str


class RetentionReport(msgspec.Struct):
    """How many of each kind, how many bytes, and the first 1000 of them."""

    dry_run: bool
    counts: dict[str, int]
    size_in_bytes: dict[str, int]
    items: list[Removed]


class NewHold(msgspec.Struct):
    """Keep a run."""

    reason: str = ""


class Hold(msgspec.Struct):
    """Why a run is kept."""

    by: str
    reason: str
    created_at: str


class RegistrationToken(msgspec.Struct):
    """With this a runner registers itself."""

    token: str


class Version(msgspec.Struct):
    """The API's version, as Gitea's clients compare it, with our own behind the plus sign."""

    version: str


class Health(msgspec.Struct):
    """`pass`: the server answers and can read its database."""

    status: str
