"""Removing what is old: the history of a tree up to a number, or whole trees that have ended. Watchers are told."""

from __future__ import annotations

from sqlalchemy import and_, delete, func, select, update

from runyard.store.actions import counters
from runyard.store.actions.identifiers import RunIdentifier
from runyard.store.actions.phases import TERMINAL
from runyard.store.actions.trees import ROOTS_FLOOR, Tree, topic_of
from runyard.store.database import Tx
from runyard.store.schema import action, action_change, action_tree


def forget(tx: Tx, tree: Tree, up_to: int) -> None:
    """Remove the recorded changes of a tree that others made, up to a number."""
    gone = and_(action_change.c.tree_id == tree.id, action_change.c.seq <= up_to)
    _raise_floor(tx, gone)
    tx.connection.execute(delete(action_change).where(gone))
    forgotten = max(tree.forgotten, min(up_to, tree.sequence))
    tx.connection.execute(update(action_tree).where(action_tree.c.id == tree.id).values(forgotten=forgotten))


def remove_ended(tx: Tx, before: int, limit: int) -> int:
    """Remove trees that others made and whose root ended before a time, oldest first; how many."""
    query = (
        select(action_tree.c.id, action_tree.c.org, action_tree.c.project, action_tree.c.domain, action_tree.c.name)
        .join_from(action_tree, action)
        .where(
            action_tree.c.run_id.is_(None),
            action.c.parent.is_(None),
            action.c.phase.in_([int(phase) for phase in TERMINAL]),
            action.c.abort_requested == 0,
            action.c.ended < before,
        )
        .order_by(action_tree.c.created)
        .limit(limit)
        .with_for_update(of=action_tree)
    )
    found = tx.connection.execute(query).all()
    ids = [row[0] for row in found]
    _raise_floor(tx, action_change.c.tree_id.in_(ids))
    tx.connection.execute(delete(action_tree).where(action_tree.c.id.in_(ids)))
    for _, *key in found:
        tx.notify(topic_of(RunIdentifier(*key)))
    return len(found)


def _raise_floor(tx: Tx, gone: object) -> None:
    """Watchers of all runs that have not seen these changes must begin again."""
    last = tx.connection.execute(select(func.max(action_change.c.root)).where(gone)).scalar()  # type: ignore[arg-type]
    if last:
        counters.raise_to(tx, ROOTS_FLOOR, last)
