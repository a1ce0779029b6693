"""Following a tree that others made: a snapshot, then its recorded changes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import msgspec
from sqlalchemy import bindparam, select

from runyard.store.actions import rows
from runyard.store.actions.following import Batch, Wanted
from runyard.store.actions.records import Action
from runyard.store.actions.trees import Tree
from runyard.store.database import Tx
from runyard.store.schema import action_change
from runyard.store.statement import Statement

PER_READ = 500

_READ = Statement(
    select(action_change.c.seq, action_change.c.name, action_change.c.payload)
    .where(action_change.c.tree_id == bindparam("tree"), action_change.c.seq > bindparam("after"))
    .order_by(action_change.c.seq)
    .limit(bindparam("limit")),
    "tree",
    "after",
    "limit",
)
_decode: Any = msgspec.json.Decoder(dict[str, Any]).decode


@dataclass(slots=True)
class TreeFollower:
    """Where one watcher is in one tree."""

    wanted: Wanted
    position: int = 0

    def snapshot(self, tx: Tx, tree: Tree) -> list[Action]:
        """Everything wanted as it stands."""
        self.position = tree.sequence
        found = [rows.action_of(row, tree.run, tree.sequence) for row in rows.all_of(tx, tree.id)]
        return [each for each in found if self.wanted(each)]

    def start(self, tx: Tx, tree: Tree, after: int) -> bool:
        """Continue behind a number; False when that is not possible any more."""
        self.position = after
        return tree.forgotten <= after <= tree.sequence

    def changes(self, tx: Tx, tree: Tree) -> Batch:
        """What comes next."""
        found = _READ.all(tx, tree.id, self.position, PER_READ)
        known: dict[str, Action | None] = {}
        batch = Batch(more=len(found) == PER_READ)
        for sequence, name, payload in found:
            if name not in known:
                row = rows.find(tx, tree.id, name)
                known[name] = None if row is None else rows.action_of(row, tree.run, tree.sequence)
            change, action = _decode(payload), known[name]
            if change and action is not None and self.wanted(action):
                batch.items.append(replace(action, **rows.shown(change), sequence=sequence))
        self.position = found[-1][0] if batch.more else tree.sequence
        return batch
