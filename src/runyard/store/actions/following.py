"""What the followers of trees have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from runyard.store.actions.records import Action
from runyard.store.actions.trees import Tree
from runyard.store.database import Tx

Wanted = Callable[[Action], bool]


@dataclass(slots=True)
class Batch:
    """Changed actions, in order. `more`: there is more at once. `lost`: what comes next has been removed."""

    items: list[Action] = field(default_factory=list)
    more: bool = False
    lost: bool = False


class Follower(Protocol):
    """One watcher's way through one tree; `position` is the number of the last change that it has seen."""

    position: int

    def snapshot(self, tx: Tx, tree: Tree) -> list[Action]:
        """Everything wanted as it stands; the position is there."""

    def start(self, tx: Tx, tree: Tree, after: int) -> bool:
        """Continue behind a number; False when that is not possible any more."""

    def changes(self, tx: Tx, tree: Tree) -> Batch:
        """What comes next; the position moves."""
