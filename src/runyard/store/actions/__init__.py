"""Runs as trees of actions: `ActionRepo` and what goes in and out of it."""

from __future__ import annotations

from runyard.store.actions.errors import (
    ActionNotFound,
    EventNotFound,
    InvalidList,
    ReadOnlyAction,
    RootExists,
    RunNotFound,
    StateConflict,
    StateTooLong,
    TooMany,
)
from runyard.store.actions.filters import (
    And,
    Direction,
    Expression,
    Filter,
    FilterFunction,
    IsNull,
    ListResourceInput,
    Or,
    SortParameter,
)
from runyard.store.actions.identifiers import (
    ActionAttemptIdentifier,
    ActionIdentifier,
    RunIdentifier,
    StateUpdate,
    check_label,
)
from runyard.store.actions.phases import (
    ActionPhase,
    ActionType,
    CacheStatus,
    CatalogCacheStatus,
    RunSource,
    UpdateResult,
)
from runyard.store.actions.places import run_identifier
from runyard.store.actions.records import (
    Action,
    ActionAttempt,
    ActionEvent,
    ActionState,
    EnrichedIdentity,
    Resync,
    Run,
    TriggerName,
)
from runyard.store.actions.repo import ActionPage, ActionRepo
from runyard.store.actions.reporting import Report

__all__ = [
    "Action",
    "ActionAttempt",
    "ActionAttemptIdentifier",
    "ActionEvent",
    "ActionIdentifier",
    "ActionNotFound",
    "ActionPage",
    "ActionPhase",
    "ActionRepo",
    "ActionState",
    "ActionType",
    "And",
    "CacheStatus",
    "CatalogCacheStatus",
    "Direction",
    "EnrichedIdentity",
    "EventNotFound",
    "Expression",
    "Filter",
    "FilterFunction",
    "InvalidList",
    "IsNull",
    "ListResourceInput",
    "Or",
    "ReadOnlyAction",
    "Report",
    "Resync",
    "RootExists",
    "Run",
    "RunIdentifier",
    "RunNotFound",
    "RunSource",
    "SortParameter",
    "StateConflict",
    "StateTooLong",
    "StateUpdate",
    "TooMany",
    "TriggerName",
    "UpdateResult",
    "check_label",
    "run_identifier",
]
