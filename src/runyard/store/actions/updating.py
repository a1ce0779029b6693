"""Changing the phase of an action, by the one table of `phases`. What comes late changes nothing and says so."""

from __future__ import annotations

from typing import Any

from sqlalchemy import update

from runyard.store.actions import events, rows
from runyard.store.actions.attempts import end_attempt, save_attempt
from runyard.store.actions.errors import ReadOnlyAction
from runyard.store.actions.identifiers import ActionIdentifier
from runyard.store.actions.phases import ActionPhase, CacheStatus, UpdateResult, may_follow
from runyard.store.actions.places import place_of
from runyard.store.actions.times import Time, to_milliseconds
from runyard.store.actions.trees import Changes, Tree, claim
from runyard.store.actions.trees import find as find_tree
from runyard.store.database import Tx
from runyard.store.schema import action as action_table
from runyard.store.statement import updating

_UPDATE = updating(action_table, " ".join(rows.CHANGING), where="id")


def update_phase(
    tx: Tx,
    now: int,
    action: ActionIdentifier,
    phase: ActionPhase,
    attempts: int = 0,
    cache_status: CacheStatus | None = None,
    end_time: Time = None,
    start_time: Time = None,
) -> UpdateResult:
    """Move an action to a phase of its attempt number `attempts` (0 = the current one; its cache status then stays too,
    if DISABLED is given).

    A later attempt opens afresh: the end of the earlier one is taken off the action (it stays with the attempt, which
    ends as FAILED if nobody said how). A phase that ends the attempt ends it at `end_time`, or now; `start_time` moves
    the beginning to an earlier time. Raises ReadOnlyAction for parts of a workflow run.
    """
    changes, row = claim_row(tx, now, action)
    if changes is None or row is None:
        return UpdateResult.NOT_FOUND
    if _job_has_ended(changes.tree, row):
        return UpdateResult.STALE
    current = ActionPhase(row["phase"])
    number = attempts or row["attempts"]
    later = number > row["attempts"]
    if number < row["attempts"] or not may_follow(current, phase, later_attempt=later):
        return UpdateResult.STALE
    new = dict(row)
    if later:
        if not current.is_terminal:
            _supersede(changes, row)
        new.update(attempts=number, phase=int(ActionPhase.UNSPECIFIED), cache_status=0, started=0, ended=0, duration=0)
    _move(new, phase, changes.at, to_milliseconds(end_time), to_milliseconds(start_time))
    if cache_status is not None and (attempts or cache_status) and not current_is_final(row, number):
        new["cache_status"] = int(cache_status)
    if rows.changing(new) != rows.changing(row):
        store(changes, new, opened=changes.at if later else 0)
        changes.save()
    return UpdateResult.APPLIED


def current_is_final(row: dict[str, Any], number: int) -> bool:
    """Whether this attempt of the action has ended."""
    return number == row["attempts"] and ActionPhase(row["phase"]).is_terminal


def store(changes: Changes, row: dict[str, Any], *, opened: int = 0) -> None:
    """Write the changed columns of a row and of its current attempt, and record the change."""
    row["updated"] = changes.at
    _UPDATE.run(changes.tx, *(row[name] for name in rows.CHANGING), row["id"])
    save_attempt(changes.tx, changes.tree.id, row, opened=opened)
    changes.add(row["name"], rows.changing(row), root=row["parent"] is None)


def set_detailed_info(tx: Tx, now: int, action: ActionIdentifier, info: bytes) -> bool:
    """Replace the opaque details; False when there is no such action."""
    changes, row = claim_row(tx, now, action)
    if changes is None or row is None:
        return False
    tx.connection.execute(update(action_table).where(action_table.c.id == row["id"]).values(detailed_info=info))
    store(changes, row)
    changes.save()
    return True


def claim_row(tx: Tx, now: int, action: ActionIdentifier) -> tuple[Changes, dict[str, Any]] | tuple[None, None]:
    """An action with its tree locked, if there is one. Raises ReadOnlyAction for what the kernel alone may change."""
    tree = find_tree(tx, action.run)
    if tree is not None and tree.run_id is not None:
        place = place_of(action.name)
        if place is not None and not place.own:
            raise ReadOnlyAction(
                f"{action} is part of a workflow run: it changes by what its runner reports and by aborts alone."
            )
    if tree is None or not tree.id:
        return None, None
    changes = Changes(tx, claim(tx, action.run, now), now)
    row = rows.find(tx, tree.id, action.name)
    return (None, None) if row is None else (changes, row)


def _job_has_ended(tree: Tree, row: dict[str, Any]) -> bool:
    """Whether the job that made the action, if one did, has ended: what it left open is then over."""
    return tree.state is not None and tree.state.attempts[row["run_attempt"] - 1].jobs[row["job"]].status.is_terminal


def _move(row: dict[str, Any], phase: ActionPhase, at: int, end_time: int, start_time: int) -> None:
    """Give the row the phase and its times."""
    if ActionPhase(row["phase"]).is_terminal:
        return
    row["phase"] = int(phase)
    if start_time and (not row["started"] or start_time < row["started"]):
        row["started"] = start_time
    elif phase is ActionPhase.RUNNING and not row["started"]:
        row["started"] = at
    if phase.is_terminal:
        rows.end(row, end_time or at)


def _supersede(changes: Changes, row: dict[str, Any]) -> None:
    """A later attempt begins though nobody said how this one ended: it failed."""
    end_attempt(changes.tx, changes.tree.id, row, ActionPhase.FAILED, changes.at)
    events.add_synthetic(changes, row["name"], row["attempts"], ActionPhase.FAILED, "KIND_SYSTEM")
