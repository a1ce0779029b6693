"""The actions that a job made for itself, as a tree below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runyard.services.job_trees import JobAction, TreeRow

_ICONS = {
    "QUEUED": "waiting",
    "WAITING_FOR_RESOURCES": "blocked",
    "PAUSED": "blocked",
    "INITIALIZING": "running",
    "RUNNING": "running",
    "SUCCEEDED": "success",
    "RECOVERED": "success",
    "FAILED": "failure",
    "TIMED_OUT": "failure",
    "ABORTED": "cancelled",
    "SKIPPED": "skipped",
}


@dataclass(frozen=True, slots=True)
class ShownAction:
    """An action in a list. `icon` is the status whose icon it has, `phase` the phase in words."""

    action: JobAction
    depth: int
    icon: str
    phase: str


@dataclass(frozen=True, slots=True)
class ShownTree:
    """The first actions of a tree; `hidden`: how many more there are."""

    actions: list[ShownAction]
    hidden: int


def shown_tree(rows: Sequence[TreeRow], most: int) -> ShownTree:
    """The first `most` actions. The deepest ones stand no further in than the fifth level."""
    shown = [
        ShownAction(
            row.action,
            min(row.depth, 4),
            _ICONS.get(row.action.phase.name, "unknown"),
            row.action.phase.name.replace("_", " ").capitalize(),
        )
        for row in rows[:most]
    ]
    return ShownTree(shown, max(0, len(rows) - most))
