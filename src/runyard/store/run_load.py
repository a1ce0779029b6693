"""Reading the states of runs back from their rows: few statements for all of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Column, select

from runyard.kernel.evolve import evolve
from runyard.kernel.state import Attempt, Job, Run, Step, Task
from runyard.store import journal, schema
from runyard.store import mapping as m
from runyard.store.database import Tx
from runyard.store.errors import NotFound
from runyard.store.memory import JobKey, Remembered, TaskKey
from runyard.store.statement import Statement, among, numbers


def _columns(table: Any, names: str) -> Iterable[Column[Any]]:
    return (table.c[name] for name in names.split())


_OF_RUNS = among(schema.job.c.run_id, "runs")
_RUNS = Statement(
    select(
        schema.run.c.id, schema.repository.c.owner_id, *_columns(schema.run, "status started stopped sequence approval")
    )
    .join_from(schema.run, schema.repository)
    .where(among(schema.run.c.id, "runs")),
    "runs",
)
_ATTEMPTS = Statement(
    select(*_columns(schema.attempt, f"run_id number {m.ATTEMPT_FIXED} {m.ATTEMPT_CHANGING}"))
    .where(among(schema.attempt.c.run_id, "runs"))
    .order_by(schema.attempt.c.number),
    "runs",
)
_JOBS = Statement(
    select(*_columns(schema.job, f"id run_id attempt number {m.JOB_FIXED} {m.JOB_PREPARED} {m.JOB_PROGRESS}"))
    .where(_OF_RUNS)
    .order_by(schema.job.c.attempt, schema.job.c.number),
    "runs",
)
_OUTPUTS = Statement(
    select(*_columns(schema.output, "job_id name value")).join_from(schema.job, schema.output).where(_OF_RUNS), "runs"
)
_TASKS = Statement(
    select(*_columns(schema.task, f"job_id id {m.TASK_FIXED} {m.TASK_PROGRESS}"))
    .join_from(schema.job, schema.task)
    .where(_OF_RUNS)
    .order_by(schema.task.c.number),
    "runs",
)
_STEPS = Statement(
    select(*_columns(schema.step, f"task_id index {m.STEP_FIXED} {m.STEP_PROGRESS}"))
    .select_from(schema.job.join(schema.task).join(schema.step))
    .where(_OF_RUNS)
    .order_by(schema.step.c.index),
    "runs",
)


def load_cold(tx: Tx, run_ids: Iterable[int]) -> dict[int, Remembered]:
    """Build the states from rows alone. In a write transaction the run rows must be locked. Raises NotFound."""
    runs = numbers(run_ids)
    jobs = _Jobs(tx, runs)
    attempts: defaultdict[int, list[Attempt]] = defaultdict(list)
    for run_id, *row in _ATTEMPTS.all(tx, runs):
        attempts[run_id].append(m.attempt_of(tuple(row), jobs.of_attempts[run_id, row[0]]))
    found = {}
    firsts = journal.firsts(tx, runs)
    for run_id, owner_id, status, started, stopped, sequence, approval in _RUNS.all(tx, runs):
        run: Run = replace(
            evolve(None, firsts[run_id]),
            status=m.STATUSES[status],
            started=started,
            stopped=stopped,
            attempts=tuple(attempts[run_id]),
            sequence=sequence,
            approval=m.approval_of(approval),
        )
        found[run_id] = Remembered(run, owner_id, jobs.ids[run_id], jobs.task_ids[run_id])
    for run_id in run_ids:
        if run_id not in found:
            raise NotFound(f"There is no run {run_id}.")
    return found


class _Jobs:
    """The jobs of runs by (run, attempt), and the tables of ids by run."""

    def __init__(self, tx: Tx, runs: str) -> None:
        self.of_attempts: defaultdict[tuple[int, int], dict[int, Job]] = defaultdict(dict)
        self.ids: defaultdict[int, dict[JobKey, int]] = defaultdict(dict)
        self.task_ids: defaultdict[int, dict[TaskKey, int]] = defaultdict(dict)
        outputs: defaultdict[int, dict[str, str]] = defaultdict(dict)
        for job_id, name, value in _OUTPUTS.all(tx, runs):
            outputs[job_id][name] = value
        tasks = _tasks(tx, runs)
        for job_id, run_id, attempt, *columns in _JOBS.all(tx, runs):
            number = columns[0]
            self.ids[run_id][attempt, number] = job_id
            for task_id, task in tasks[job_id]:
                self.task_ids[run_id][attempt, number, task.number] = task_id
            self.of_attempts[run_id, attempt][number] = m.job_of(
                tuple(columns), outputs[job_id], tuple(task for _, task in tasks[job_id])
            )


def _tasks(tx: Tx, runs: str) -> defaultdict[int, list[tuple[int, Task]]]:
    """By job; each with its id."""
    steps: defaultdict[int, list[Step]] = defaultdict(list)
    for task_id, *columns in _STEPS.all(tx, runs):
        steps[task_id].append(m.step_of(tuple(columns)))
    tasks: defaultdict[int, list[tuple[int, Task]]] = defaultdict(list)
    for job_id, task_id, *columns in _TASKS.all(tx, runs):
        tasks[job_id].append((task_id, m.task_of(tuple(columns), tuple(steps[task_id]))))
    return tasks
