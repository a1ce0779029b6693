"""What jobs made for themselves, briefly: enough to draw the trees below the jobs of an attempt."""

from __future__ import annotations

import msgspec
from sqlalchemy import Integer, and_, bindparam, func, select

from runyard.store.actions.phases import ActionPhase
from runyard.store.actions.places import place_of
from runyard.store.database import Tx
from runyard.store.schema import action, action_state, action_tree
from runyard.store.statement import Statement

MOST = 5000


class JobAction(msgspec.Struct, frozen=True):
    """An action of a job. `name` is the job's own name for it, `parent` that of the one above it, "" = the job.

    Times in milliseconds, 0 = not yet. `state_version`: 0 = it has kept no state.
    """

    job: int
    name: str
    parent: str
    title: str
    group: str
    phase: ActionPhase
    attempts: int
    created: int
    started: int
    ended: int
    abort_reason: str
    state_version: int


_OF_ATTEMPT = Statement(
    select(
        action.c.job,
        action.c.name,
        action.c.parent,
        action.c.task_short_name,
        action.c.action_group,
        action.c.phase,
        action.c.attempts,
        action.c.created,
        action.c.started,
        action.c.ended,
        action.c.abort_reason,
        func.coalesce(action_state.c.version, 0),
    )
    .select_from(action_tree)
    .join(action, action.c.tree_id == action_tree.c.id)
    .outerjoin(
        action_state,
        and_(
            action_state.c.tree_id == action.c.tree_id,
            action_state.c.name == func.substr(action.c.name, bindparam("skip", type_=Integer)),
            action_state.c.attempt == action.c.run_attempt,
        ),
    )
    .where(action_tree.c.run_id == bindparam("run"), action.c.run_attempt == bindparam("attempt"))
    .order_by(action.c.id)
    .limit(MOST),
    "skip",
    "run",
    "attempt",
)
"""States are kept under names without the attempt (`t2-`)."""


def job_actions(tx: Tx, run_id: int, attempt: int) -> list[JobAction]:
    """The actions of all jobs of an attempt in the order in which they were made, `MOST` of them, as they are stored:
    one that was left open when its job ended is open here.
    """
    skip = len(f"t{attempt}-") + 1
    return [_action(*row) for row in _OF_ATTEMPT.all(tx, skip, run_id, attempt)]


def _action(job: int, name: str, parent: str, title: str, group: str, phase: int, *rest: int | str) -> JobAction:
    values = (job, _own(name), _own(parent), title, group, ActionPhase(phase), *rest)
    return JobAction(*values)  # type: ignore[arg-type]


def _own(name: str) -> str:
    place = place_of(name)
    return place.own if place is not None else name
