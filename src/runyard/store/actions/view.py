"""A workflow run as a tree of actions: what its state says, in the words of `Action`. Read only.

Root, attempts, jobs and steps are made up from the run's state; the actions that jobs made for themselves are rows, of
which those that are left open when their job ends count as ABORTED. A step shows the latest dispatch of its job.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from runyard.kernel.state import Abort, ApprovalState, Attempt, Job, Run, Task
from runyard.kernel.status import Status
from runyard.store.actions import rows
from runyard.store.actions.identifiers import ROOT, ActionIdentifier
from runyard.store.actions.phases import ActionPhase, ActionType, RunSource
from runyard.store.actions.places import Place, place_of
from runyard.store.actions.records import Action
from runyard.store.actions.times import to_datetime
from runyard.store.actions.trees import Tree
from runyard.store.database import Tx

JOB_ENDED = "its job has ended"
TIMEOUTS = frozenset({"timeout", "run_limit", "abandoned"})
"""The codes of causes that make an end a TIMED_OUT."""

PHASES: dict[Status, ActionPhase] = {
    Status.UNKNOWN: ActionPhase.QUEUED,
    Status.WAITING: ActionPhase.QUEUED,
    Status.BLOCKED: ActionPhase.WAITING_FOR_RESOURCES,
    Status.RUNNING: ActionPhase.RUNNING,
    Status.CANCELLING: ActionPhase.RUNNING,
    Status.SUCCESS: ActionPhase.SUCCEEDED,
    Status.FAILURE: ActionPhase.FAILED,
    Status.CANCELLED: ActionPhase.ABORTED,
    Status.SKIPPED: ActionPhase.SKIPPED,
}
SOURCES = {"schedule": RunSource.SCHEDULE_TRIGGER, "workflow_dispatch": RunSource.WEB}


def actions_of(tx: Tx, tree: Tree) -> list[Action]:
    """All actions of a workflow run, parents first, in the order in which they were made."""
    assert tree.state is not None
    own = rows.all_of(tx, tree.id) if tree.id else []
    return [*made_up(tree, tree.state), *(own_action(tree, tree.state, row) for row in own)]


def action_of(tx: Tx, tree: Tree, name: str) -> Action | None:
    """One action of a workflow run."""
    assert tree.state is not None
    place = place_of(name)
    if place is None:
        return None
    if place.own:
        row = rows.find(tx, tree.id, name) if tree.id else None
        return None if row is None else own_action(tree, tree.state, row)
    return part(tree, tree.state, place)


def has_action(tx: Tx, tree: Tree, name: str) -> bool:
    """Whether the tree has an action of this name."""
    if tree.run_id is not None:
        return action_of(tx, tree, name) is not None
    return rows.find(tx, tree.id, name) is not None


def made_up(tree: Tree, run: Run) -> Iterator[Action]:
    """Root, attempts, jobs and steps of a run's state."""
    yield root(tree, run)
    for attempt in run.attempts:
        yield attempt_action(tree, run, attempt)
    for attempt in run.attempts:
        for job in attempt.jobs.values():
            yield from of_job(tree, run, attempt, job)


def of_job(tree: Tree, run: Run, attempt: Attempt, job: Job) -> Iterator[Action]:
    """A job and its steps."""
    yield _job(tree, run, attempt, job)
    if job.task is not None:
        for step in job.task.steps:
            yield _step(tree, run, attempt, job, job.task, step.index)


def part(tree: Tree, run: Run, place: Place) -> Action | None:
    """The root, an attempt, a job or a step; None when the run has no such part."""
    if not place.attempt:
        return root(tree, run)
    attempt = run.attempts[place.attempt - 1] if place.attempt <= len(run.attempts) else None
    if attempt is None or not place.job:
        return None if attempt is None else attempt_action(tree, run, attempt)
    job = attempt.jobs.get(place.job)
    if job is None or place.step < 0:
        return None if job is None else _job(tree, run, attempt, job)
    task = job.task
    return _step(tree, run, attempt, job, task, place.step) if task and place.step < len(task.steps) else None


def own_action(tree: Tree, run: Run, row: Mapping[str, Any]) -> Action:
    """An action that a job made for itself."""
    job = run.attempts[row["run_attempt"] - 1].jobs[row["job"]]
    ended = job.stopped if job.status.is_terminal else 0
    return rows.action_of(closed(row, ended), tree.run, run.sequence)


def closed(row: Mapping[str, Any], job_ended: int) -> Mapping[str, Any]:
    """The row of an action whose job ended at that time (0 = has not): what it left open was aborted."""
    if not job_ended or ActionPhase(row["phase"]).is_terminal:
        return row
    ended = {**row, "phase": int(ActionPhase.ABORTED), "abort_reason": row["abort_reason"] or JOB_ENDED}
    rows.end(ended, job_ended)
    return ended


def attempts_of(job: Job) -> int:
    """The number of the job's current dispatch; one that waits again is at the next."""
    task = job.task
    again = task is not None and task.status.is_terminal and job.status in (Status.WAITING, Status.BLOCKED)
    return max(1, len(job.tasks) + again)


def phase_of_job(run: Run, job: Job) -> ActionPhase:
    """Carried-over success is RECOVERED; a job whose runner has begun no step yet is INITIALIZING."""
    phase = phase_of(job.status, job.code)
    if phase is ActionPhase.SUCCEEDED and job.source_attempt:
        return ActionPhase.RECOVERED
    if job.status is Status.RUNNING and job.task is not None and not any(step.started for step in job.task.steps):
        return ActionPhase.INITIALIZING
    return _paused(run, phase)


def phase_of(status: Status, code: str = "") -> ActionPhase:
    """The phase that a status is; `code` is the kind of its cause."""
    if code in TIMEOUTS and status in (Status.FAILURE, Status.CANCELLED):
        return ActionPhase.TIMED_OUT
    return PHASES[status]


def _paused(run: Run, phase: ActionPhase) -> ActionPhase:
    needed = run.approval is not None and run.approval.state is ApprovalState.NEEDED
    return ActionPhase.PAUSED if needed and phase is ActionPhase.WAITING_FOR_RESOURCES else phase


def root(tree: Tree, run: Run) -> Action:
    """The run itself, by its latest attempt."""
    latest = run.attempt
    return _made(
        tree, run, ROOT, None, _paused(run, phase_of(run.status)), (run.created, run.started, run.stopped),
        latest.abort,
        run_source=SOURCES.get(run.event, RunSource.EVENT), action_type=ActionType.RUN, task_name=run.workflow,
        task_short_name=run.title, task_version=run.sha, trigger_name=run.event, created_by=run.actor,
    )  # fmt: skip


def attempt_action(tree: Tree, run: Run, attempt: Attempt) -> Action:
    """One attempt of the run."""
    return _made(
        tree, run, Place(attempt.number).name, ROOT, _paused(run, phase_of(attempt.status)),
        (attempt.created, attempt.started, attempt.stopped), attempt.abort,
        action_type=ActionType.ATTEMPT, created_by=attempt.triggered_by,
    )  # fmt: skip


def _job(tree: Tree, run: Run, attempt: Attempt, job: Job) -> Action:
    parent = Place(attempt.number, job.caller).name
    return _made(
        tree, run, Place(attempt.number, job.number).name, parent, phase_of_job(run, job),
        (job.created, job.started, job.stopped), job.abort, attempts=attempts_of(job),
        action_type=ActionType.JOB, action_group=job.key, task_name=job.key, task_short_name=job.name,
        environment_name=",".join(job.runs_on),
    )  # fmt: skip


def _step(tree: Tree, run: Run, attempt: Attempt, job: Job, task: Task, index: int) -> Action:
    step = task.steps[index]
    return _made(
        tree, run, Place(attempt.number, job.number, index).name, Place(attempt.number, job.number).name,
        phase_of(step.status), (task.started, step.started, step.stopped), None, attempts=task.number,
        action_type=ActionType.STEP, task_short_name=step.name, environment_name=task.runner_name,
    )  # fmt: skip


def _made(
    tree: Tree,
    run: Run,
    name: str,
    parent: str | None,
    phase: ActionPhase,
    times: Sequence[int],
    abort: Abort | None,
    **fields: Any,
) -> Action:
    created, started, stopped = times
    pending = abort is not None and not phase.is_terminal
    if abort is not None:
        fields.update(
            abort_requested_at=to_datetime(abort.requested) if pending else None,
            abort_attempt_count=abort.tries,
            abort_reason=abort.reason,
            aborted_by=abort.by,
            abort_outcome="requested" if pending else "abandoned" if abort.gave_up else "confirmed",
        )
    return Action(
        id=ActionIdentifier(tree.run, name),
        parent_action_name=parent,
        phase=phase,
        created_at=to_datetime(created),
        updated_at=to_datetime(stopped or started or created),
        started_at=to_datetime(started),
        ended_at=to_datetime(max(stopped, created)) if phase.is_terminal else None,
        duration_ms=max(0, stopped - (started or created)) if phase.is_terminal else None,
        sequence=run.sequence,
        **fields,
    )
