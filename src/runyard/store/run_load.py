"""Reading a run's state back from its rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Column, bindparam, select

from runyard.kernel.evolve import evolve
from runyard.kernel.state import Job, Run, Step, Task
from runyard.store import journal, schema
from runyard.store import mapping as m
from runyard.store.database import Tx
from runyard.store.errors import NotFound
from runyard.store.memory import JobKey, Remembered, TaskKey
from runyard.store.statement import Statement


def _columns(table: Any, names: str) -> Iterable[Column[Any]]:
    return (table.c[name] for name in names.split())


def _of_run(table: Any, names: str) -> Any:
    """Rows of a table below `job`, preceded by the job's id."""
    return select(schema.job.c.id, *_columns(table, names)).where(schema.job.c.run_id == bindparam("run_id"))


_RUN = Statement(
    select(schema.repository.c.owner_id, *_columns(schema.run, "status started stopped sequence approval"))
    .join_from(schema.run, schema.repository)
    .where(schema.run.c.id == bindparam("run_id")),
    "run_id",
)
_ATTEMPTS = Statement(
    select(*_columns(schema.attempt, f"number {m.ATTEMPT_FIXED} {m.ATTEMPT_CHANGING}"))
    .where(schema.attempt.c.run_id == bindparam("run_id"))
    .order_by(schema.attempt.c.number),
    "run_id",
)
_JOBS = Statement(
    select(*_columns(schema.job, f"id attempt number {m.JOB_FIXED} {m.JOB_PREPARED} {m.JOB_PROGRESS}"))
    .where(schema.job.c.run_id == bindparam("run_id"))
    .order_by(schema.job.c.attempt, schema.job.c.number),
    "run_id",
)
_OUTPUTS = Statement(_of_run(schema.output, "name value").join_from(schema.job, schema.output), "run_id")
_TASKS = Statement(
    _of_run(schema.task, f"id {m.TASK_FIXED} {m.TASK_PROGRESS}")
    .join_from(schema.job, schema.task)
    .order_by(schema.task.c.number),
    "run_id",
)
_STEPS = Statement(
    select(*_columns(schema.step, f"task_id index {m.STEP_FIXED} {m.STEP_PROGRESS}"))
    .select_from(schema.job.join(schema.task).join(schema.step))
    .where(schema.job.c.run_id == bindparam("run_id"))
    .order_by(schema.step.c.index),
    "run_id",
)


def load_cold(tx: Tx, run_id: int) -> Remembered:
    """Build the state from rows alone. In a write transaction the run row must be locked. Raises NotFound."""
    row = _RUN.first(tx, run_id)
    if row is None:
        raise NotFound(f"There is no run {run_id}.")
    owner_id, status, started, stopped, sequence, approval = row
    job_ids: dict[JobKey, int] = {}
    task_ids: dict[TaskKey, int] = {}
    jobs = _jobs(tx, run_id, job_ids, task_ids)
    run: Run = replace(
        evolve(None, journal.first(tx, run_id)),
        status=m.STATUSES[status],
        started=started,
        stopped=stopped,
        attempts=tuple(m.attempt_of(row, jobs[row[0]]) for row in _ATTEMPTS.all(tx, run_id)),
        sequence=sequence,
        approval=m.approval_of(approval),
    )
    return Remembered(run, owner_id, job_ids, task_ids)


def _jobs(
    tx: Tx, run_id: int, job_ids: dict[JobKey, int], task_ids: dict[TaskKey, int]
) -> defaultdict[int, dict[int, Job]]:
    """Jobs by attempt and number; fills the two tables of ids."""
    rows = _JOBS.all(tx, run_id)
    keys: dict[int, JobKey] = {row[0]: (row[1], row[2]) for row in rows}
    job_ids.update((key, job_id) for job_id, key in keys.items())
    tasks = _tasks(tx, run_id, keys, task_ids)
    outputs: defaultdict[int, dict[str, str]] = defaultdict(dict)
    for job_id, name, value in _OUTPUTS.all(tx, run_id):
        outputs[job_id][name] = value
    jobs: defaultdict[int, dict[int, Job]] = defaultdict(dict)
    for job_id, attempt, *columns in rows:
        jobs[attempt][columns[0]] = m.job_of(tuple(columns), outputs[job_id], tuple(tasks[job_id]))
    return jobs


def _tasks(tx: Tx, run_id: int, jobs: dict[int, JobKey], task_ids: dict[TaskKey, int]) -> defaultdict[int, list[Task]]:
    steps: defaultdict[int, list[Step]] = defaultdict(list)
    for task_id, *columns in _STEPS.all(tx, run_id):
        steps[task_id].append(m.step_of(tuple(columns)))
    tasks: defaultdict[int, list[Task]] = defaultdict(list)
    for job_id, task_id, *columns in _TASKS.all(tx, run_id):
        task = m.task_of(tuple(columns), tuple(steps[task_id]))
        tasks[job_id].append(task)
        task_ids[(*jobs[job_id], task.number)] = task_id
    return tasks
