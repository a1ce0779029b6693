"""The trees of actions that the jobs of an attempt made for themselves, for viewers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec.structs import replace

from runyard.store.actions.job_trees import JobAction as JobAction
from runyard.store.actions.job_trees import job_actions
from runyard.store.actions.phases import ActionPhase as ActionPhase
from runyard.store.actions.view import JOB_ENDED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runyard.kernel.state import Attempt, Job
    from runyard.services.context import Services
    from runyard.services.show import RunView
    from runyard.store import Tx


@dataclass(frozen=True, slots=True)
class TreeRow:
    """An action in the tree of its job; `depth`: how many other actions are above it."""

    action: JobAction
    depth: int


async def job_tree(services: Services, view: RunView, job: int) -> list[TreeRow]:
    """The rows of one job of the view's attempt."""
    trees = await services.database.read(lambda tx: job_trees(tx, view.id, view.attempt))
    return trees.get(job, [])


def job_trees(tx: Tx, run_id: int, attempt: Attempt) -> dict[int, list[TreeRow]]:
    """Rows by job number, each action before those below it; jobs without actions are left out.

    A carried-over job shows those of the attempt that ran it. What a job left open when it ended counts as aborted.
    """
    sources = {job.number: job.source_attempt or attempt.number for job in attempt.jobs.values()}
    found = {source: job_actions(tx, run_id, source) for source in sorted(set(sources.values()))}
    trees = {}
    for job in attempt.jobs.values():
        own = [each for each in found[sources[job.number]] if each.job == job.number]
        if own:
            trees[job.number] = _rows([_closed(each, job) for each in own])
    return trees


def _rows(actions: Sequence[JobAction]) -> list[TreeRow]:
    below: dict[str, list[JobAction]] = {}
    for action in actions:
        below.setdefault(action.parent, []).append(action)
    rows = []
    pending = [TreeRow(action, 0) for action in reversed(below.get("", ()))]
    while pending:
        row = pending.pop()
        rows.append(row)
        pending += [TreeRow(each, row.depth + 1) for each in reversed(below.get(row.action.name, ()))]
    return rows


def _closed(action: JobAction, job: Job) -> JobAction:
    if not job.status.is_terminal or action.phase.is_terminal:
        return action
    ended = max(job.stopped, action.started or action.created)
    reason = action.abort_reason or JOB_ENDED
    return replace(action, phase=ActionPhase.ABORTED, ended=ended, abort_reason=reason)
