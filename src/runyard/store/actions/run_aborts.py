"""Aborting parts of a workflow run: decided by the kernel, recorded in the run's journal, delivered to its runners."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import select, union

from runyard.kernel.commands import CancelRun
from runyard.kernel.decide import decide
from runyard.kernel.events import Event, TaskStatusChanged
from runyard.kernel.state import Run
from runyard.store import runs
from runyard.store.actions import places, view
from runyard.store.actions.aborting import DEFAULT_REASON
from runyard.store.actions.errors import ActionNotFound, ReadOnlyAction
from runyard.store.actions.identifiers import ActionIdentifier
from runyard.store.actions.places import Place
from runyard.store.actions.records import Action
from runyard.store.actions.trees import Tree, find
from runyard.store.database import Tx
from runyard.store.schema import attempt, job, run

Record = Callable[[Tx, int, Run, Sequence[Event]], Any]
"""How what the kernel decided is stored: transaction, run id, the state before, the events."""

_OPEN = run.c.status >= 5
_ASKED = union(
    select(run.c.id)
    .join(attempt, (attempt.c.run_id == run.c.id) & (attempt.c.number == run.c.attempt))
    .where(_OPEN, attempt.c.abort_requested.is_not(None)),
    select(job.c.run_id).join(run, run.c.id == job.c.run_id).where(job.c.status == 8, _OPEN),
)


def append(tx: Tx, run_id: int, before: Run, events: Sequence[Event]) -> None:
    """Store the events and wake whoever works on the tasks that they change."""
    runs.append(tx, run_id, before, events)
    for event in events:
        if isinstance(event, TaskStatusChanged):
            task_id = runs.task_ids(tx, run_id, event.attempt)[event.job, event.task]
            tx.notify(("task", task_id))
            tx.notify(("log", task_id))


def abort(tx: Tx, record: Record, now: int, tree: Tree, action: ActionIdentifier, reason: str, by: str) -> None:
    """Ask a run (by its root or its latest attempt) or one job to stop. What has ended stays as it is.

    Raises ActionNotFound, and ReadOnlyAction for a step.
    """
    assert tree.run_id is not None
    assert tree.state is not None
    place = places.place_of(action.name)
    if place is None or view.part(tree, tree.state, place) is None:
        raise ActionNotFound(f"There is no action {action}.")
    if place.step >= 0:
        raise ReadOnlyAction(f"{action} is a step: abort its job, {Place(place.attempt, place.job).name}.")
    if place.attempt not in (0, tree.state.attempt.number):
        return
    if place.job and tree.state.attempt.jobs[place.job].status.is_terminal:
        return
    command = CancelRun(at=now, by=by, reason=reason or DEFAULT_REASON, job=place.job)
    record(tx, tree.run_id, tree.state, decide(tree.state, command))


def pending(tx: Tx) -> list[Action]:
    """Runs, attempts and jobs of this server that were asked to stop and have not."""
    found: list[Action] = []
    for run_id in sorted(tx.connection.execute(_ASKED).scalars()):
        tree = find(tx, places.run_identifier(tx, run_id))
        if tree is not None and tree.state is not None:
            found += [action for action in view.made_up(tree, tree.state) if action.abort_requested_at is not None]
    return found
