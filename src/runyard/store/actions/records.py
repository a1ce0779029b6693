"""The rows that go in and come out. Every field but the identifier has a default. Times are UTC, None = not yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from runyard.store.actions.identifiers import ActionIdentifier, RunIdentifier
from runyard.store.actions.phases import ActionPhase, ActionType, CacheStatus, RunSource


@dataclass(frozen=True, slots=True)
class EnrichedIdentity:
    """Who asks for something. `subject` is what is stored."""

    subject: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    """An action as it stands. The one without a parent is the run (`Run` is the same class).

    `sequence` is the place in its tree's changes at which this row was read: a watch with `after=sequence` tells
    everything later (0 for a part of a snapshot that is not its last: after that, everything is told again). `cursor`
    is the same for the watch of all runs. `created_at` never changes; `started_at` and `ended_at` are the current
    attempt's. A set `abort_requested_at` says that an abort is not confirmed yet. `created_by` is a subject when read.
    Specifications and infos are opaque bytes.
    """

    id: ActionIdentifier
    parent_action_name: str | None = None
    phase: ActionPhase = ActionPhase.QUEUED
    attempts: int = 1
    cache_status: CacheStatus = CacheStatus.DISABLED
    action_type: ActionType = ActionType.UNSPECIFIED
    action_group: str = ""
    run_source: RunSource = RunSource.UNSPECIFIED
    task_project: str = ""
    task_domain: str = ""
    task_name: str = ""
    task_version: str = ""
    task_type: str = ""
    task_short_name: str = ""
    function_name: str = ""
    environment_name: str = ""
    trigger_name: str = ""
    trigger_task_name: str = ""
    trigger_revision: int = 0
    trigger_type: str = ""
    created_by: EnrichedIdentity | str = ""
    created_at: datetime | None = None
    updated_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    duration_ms: int | None = None
    abort_requested_at: datetime | None = None
    abort_attempt_count: int = 0
    abort_reason: str = ""
    aborted_by: str = ""
    abort_outcome: str = ""
    action_spec: bytes = b""
    action_details: bytes = b""
    detailed_info: bytes = b""
    run_spec: bytes = b""
    sequence: int = 0
    cursor: str = ""

    @property
    def run(self) -> RunIdentifier:
        """The run that it belongs to."""
        return self.id.run

    @property
    def name(self) -> str:
        """Its name in the run."""
        return self.id.name


Run = Action


@dataclass(frozen=True, slots=True)
class ActionEvent:
    """One entry of an action's history; (attempt, phase, version) is unique, the first one stays.

    `info` is opaque, `error_kind` is set for errors. `reported_at` is the sender's time. Given by the store:
    `created_at` and `updated_at` (equal: never before an earlier event's), `sequence` (its place in the run's changes,
    by which events are ordered).
    """

    id: ActionIdentifier
    attempt: int = 1
    phase: ActionPhase = ActionPhase.QUEUED
    version: int = 0
    info: bytes = b""
    error_kind: str | None = None
    reported_at: datetime | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    sequence: int = 0


@dataclass(frozen=True, slots=True)
class ActionAttempt:
    """One attempt of an action, with its own times. UNSPECIFIED: nothing was ever said of it."""

    number: int
    phase: ActionPhase = ActionPhase.UNSPECIFIED
    cache_status: CacheStatus = CacheStatus.DISABLED
    created_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ActionState:
    """The opaque text that an action keeps for itself. `version` counts its writes, 0 = there was none yet."""

    state: str = ""
    version: int = 0
    sequence: int = 0
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Resync:
    """In place of changes that cannot be told one by one (too many, or their history is gone): a snapshot follows."""

    sequence: int


@dataclass(frozen=True, slots=True)
class TriggerName:
    """What starts runs of a task."""

    org: str
    project: str
    domain: str
    task_name: str
    name: str
