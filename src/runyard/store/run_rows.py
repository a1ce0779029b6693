"""Writing the difference between two states of runs: only rows that changed, with few statements for all of them.

States are immutable, so what is the same object has not changed: a run of 256 jobs of which one moved costs one row.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from runyard.kernel.deadlines import next_deadline
from runyard.kernel.groups import group_key
from runyard.kernel.limits import Limits
from runyard.kernel.state import Attempt, Concurrency, Job, Run, Task
from runyard.kernel.status import Status
from runyard.store import concurrency, queue, schema
from runyard.store import mapping as m
from runyard.store.database import Tx
from runyard.store.memory import JobKey, TaskKey
from runyard.store.statement import deleting, inserting, updating

Rows = list[tuple[Any, ...]]

_INSERT_ATTEMPT = inserting(schema.attempt, f"{m.ATTEMPT_KEY} {m.ATTEMPT_FIXED} {m.ATTEMPT_CHANGING}")
_UPDATE_ATTEMPT = updating(schema.attempt, m.ATTEMPT_CHANGING, where=m.ATTEMPT_KEY)
_INSERT_JOB = inserting(
    schema.job, f"{m.JOB_KEY} {m.JOB_FIXED} {m.JOB_PREPARED} {m.JOB_PROGRESS}", returning="id number"
)
_UPDATE_JOB = updating(schema.job, m.JOB_PROGRESS, where="id")
_PREPARE_JOB = updating(schema.job, f"{m.JOB_PREPARED} {m.JOB_PROGRESS}", where="id")
_INSERT_OUTPUT = inserting(schema.output, "job_id name value")
_DELETE_OUTPUT = deleting(schema.output, where="job_id name")
_INSERT_TASK = inserting(
    schema.task, f"job_id {m.TASK_FIXED} {m.TASK_PROGRESS} log_lines log_complete", returning="id job_id number"
)
_UPDATE_TASK = updating(schema.task, m.TASK_PROGRESS, where="id")
_CLOSE_LEASE = deleting(schema.lease, where="task_id")
_INSERT_STEP = inserting(schema.step, f"{m.STEP_KEY} {m.STEP_FIXED} {m.STEP_PROGRESS}")
_UPDATE_STEP = updating(schema.step, m.STEP_PROGRESS, where=m.STEP_KEY)


@dataclass(slots=True)
class Gathered:
    """The rows of all runs that one append is about, per statement."""

    new_tasks: list[tuple[Writing, JobKey, int, Task]] = field(default_factory=list)
    updated_attempts: Rows = field(default_factory=list)
    updated_jobs: Rows = field(default_factory=list)
    prepared_jobs: Rows = field(default_factory=list)
    outputs: Rows = field(default_factory=list)
    lost_outputs: Rows = field(default_factory=list)
    updated_tasks: Rows = field(default_factory=list)
    closed_tasks: Rows = field(default_factory=list)
    new_steps: Rows = field(default_factory=list)
    updated_steps: Rows = field(default_factory=list)
    entering: Rows = field(default_factory=list)
    leaving: Rows = field(default_factory=list)
    group_requests: Rows = field(default_factory=list)
    group_grants: Rows = field(default_factory=list)
    group_ends: Rows = field(default_factory=list)

    def flush(self, tx: Tx) -> None:
        """Write the rows. Ids of new tasks are added to their `Writing`."""
        self._insert_tasks(tx)
        _UPDATE_ATTEMPT.many(tx, self.updated_attempts)
        _UPDATE_JOB.many(tx, self.updated_jobs)
        _PREPARE_JOB.many(tx, self.prepared_jobs)
        _DELETE_OUTPUT.many(tx, self.lost_outputs)
        _INSERT_OUTPUT.many(tx, self.outputs)
        _UPDATE_TASK.many(tx, self.updated_tasks)
        _CLOSE_LEASE.many(tx, self.closed_tasks)
        _INSERT_STEP.many(tx, self.new_steps)
        _UPDATE_STEP.many(tx, self.updated_steps)
        queue.leave(tx, self.leaving)
        queue.enter(tx, self.entering)
        concurrency.leave(tx, self.group_ends)
        concurrency.enter(tx, self.group_requests)
        concurrency.grant(tx, self.group_grants)

    def _insert_tasks(self, tx: Tx) -> None:
        rows = [
            (job_id, *m.task_fixed(task), *m.task_progress(task), 0, False) for _, _, job_id, task in self.new_tasks
        ]
        ids = {(job_id, number): task_id for task_id, job_id, number in _INSERT_TASK.every(tx, rows)}
        for writing, job, job_id, task in self.new_tasks:
            task_id = ids[job_id, task.number]
            writing.add_task((*job, task.number), task_id)
            self.new_steps.extend((task_id, step.index, step.name, *m.step_progress(step)) for step in task.steps)


@dataclass(slots=True)
class Writing:
    """The append to one run: whose rows, and which ids are known.

    The tables of ids are replaced, not changed, when ids are added: others may hold them.
    """

    tx: Tx
    run_id: int
    repository_id: int
    owner_id: int
    job_ids: dict[JobKey, int]
    task_ids: dict[TaskKey, int]
    rows: Gathered
    new_job_ids: dict[JobKey, int] = field(default_factory=dict)
    new_task_ids: dict[TaskKey, int] = field(default_factory=dict)

    def add_jobs(self, ids: dict[JobKey, int]) -> None:
        """Learn the ids of new jobs."""
        self.job_ids = {**self.job_ids, **ids}
        self.new_job_ids.update(ids)

    def add_task(self, key: TaskKey, task_id: int) -> None:
        """Learn the id of a new task."""
        self.task_ids = {**self.task_ids, key: task_id}
        self.new_task_ids[key] = task_id


def write_attempts(writing: Writing, before: tuple[Attempt, ...], after: tuple[Attempt, ...]) -> None:
    """Write what is below the run row, or leave it to the flush of `writing.rows`. Ids are added to `writing`."""
    for place, new in enumerate(after):
        old = before[place] if place < len(before) else None
        if new is old:
            continue
        if old is None:
            _INSERT_ATTEMPT.run(writing.tx, writing.run_id, new.number, *m.attempt_fixed(new), *m.attempt_changing(new))
        elif m.attempt_changing(old) != m.attempt_changing(new):
            writing.rows.updated_attempts.append((*m.attempt_changing(new), writing.run_id, new.number))
        _write_group(writing, (new.number, 0), old, new)
        _write_jobs(writing, new.number, {} if old is None else old.jobs, new.jobs)


def _write_jobs(writing: Writing, attempt: int, before: dict[int, Job], after: dict[int, Job]) -> None:
    if before is after:
        return
    if len(after) > len(before):
        _insert_jobs(writing, attempt, [job for number, job in after.items() if number not in before])
    for number, job in [(number, job) for number, job in after.items() if before.get(number) is not job]:
        old = before.get(number)
        job_id = writing.job_ids[attempt, number]
        if old is not None:
            _update_job(writing, job_id, old, job)
        _write_outputs(writing, job_id, {} if old is None else old.outputs, job.outputs)
        _write_tasks(writing, (attempt, number), job_id, () if old is None else old.tasks, job.tasks)
        _write_queue(writing, attempt, job_id, old, job)
        _write_group(writing, (attempt, number), old, job)


def _insert_jobs(writing: Writing, attempt: int, jobs: list[Job]) -> None:
    rows = [
        (writing.run_id, attempt, job.number, *m.job_fixed(job), *m.job_prepared(job), *m.job_progress(job))
        for job in jobs
    ]
    writing.add_jobs({(attempt, number): job_id for job_id, number in _INSERT_JOB.every(writing.tx, rows)})


def _update_job(writing: Writing, job_id: int, old: Job, new: Job) -> None:
    if not m.same_prepared(old, new):
        writing.rows.prepared_jobs.append((*m.job_prepared(new), *m.job_progress(new), job_id))
    elif m.job_progress(old) != m.job_progress(new):
        writing.rows.updated_jobs.append((*m.job_progress(new), job_id))


def _write_outputs(writing: Writing, job_id: int, before: dict[str, str], after: dict[str, str]) -> None:
    if before is not after:
        writing.rows.outputs.extend((job_id, name, value) for name, value in after.items() if name not in before)
        writing.rows.lost_outputs.extend((job_id, name) for name in before if name not in after)


def _write_tasks(writing: Writing, job: JobKey, job_id: int, before: tuple[Task, ...], after: tuple[Task, ...]) -> None:
    if before is after:
        return
    for place, task in enumerate(after):
        if place >= len(before):
            writing.rows.new_tasks.append((writing, job, job_id, task))
        elif task is not before[place]:
            _update_task(writing, writing.task_ids[(*job, task.number)], before[place], task)


def _update_task(writing: Writing, task_id: int, old: Task, new: Task) -> None:
    if m.task_progress(old) != m.task_progress(new):
        writing.rows.updated_tasks.append((*m.task_progress(new), task_id))
        if new.status.is_terminal and not old.status.is_terminal:
            writing.rows.closed_tasks.append((task_id,))
    if new.steps is old.steps:
        return
    for place, step in enumerate(new.steps):
        if place >= len(old.steps):
            writing.rows.new_steps.append((task_id, step.index, step.name, *m.step_progress(step)))
        elif step is not old.steps[place]:
            writing.rows.updated_steps.append((*m.step_progress(step), task_id, step.index))


def _write_queue(writing: Writing, attempt: int, job_id: int, old: Job | None, new: Job) -> None:
    if new.calls:
        return
    waited = old is not None and old.status is Status.WAITING
    waits = new.status is Status.WAITING
    if waited and old is not None and (not waits or old.runs_on != new.runs_on):
        writing.rows.leaving.append((job_id,))
    if waits and (not waited or (old is not None and old.runs_on != new.runs_on)):
        label_set = queue.label_set_id(writing.tx, new.runs_on)
        place = (writing.run_id, attempt, new.number, writing.repository_id, writing.owner_id)
        writing.rows.entering.append((label_set, job_id, *place))


def _write_group(writing: Writing, place: JobKey, old: Attempt | Job | None, new: Attempt | Job) -> None:
    """Keep the row of an attempt (job 0) or job in its concurrency group in step."""
    before, after = _membership(old), _membership(new)
    if before is after:
        return
    who = (writing.run_id, *place)
    if before is not None and (after is None or after.group != before.group):
        writing.rows.group_ends.append(who)
        before = None
    if after is not None and before is None:
        wanted = (after.cancel_in_progress, after.queue, after.granted)
        writing.rows.group_requests.append((writing.repository_id, group_key(after.group), *who, *wanted))
    elif after is not None and before is not None and after.granted is not before.granted:
        writing.rows.group_grants.append((after.granted, *who))


def _membership(thing: Attempt | Job | None) -> Concurrency | None:
    return None if thing is None or thing.status.is_terminal else thing.concurrency


def run_changing(run: Run, limits: Limits) -> tuple[Any, ...]:
    """The changing columns of a run row: status, started, stopped, attempt, sequence, deadline, approval."""
    deadline = next_deadline(run, limits)
    times = (int(run.status), run.started, run.stopped, len(run.attempts), run.sequence)
    return (*times, 0 if deadline is None else deadline.at, m.run_approval(run))
