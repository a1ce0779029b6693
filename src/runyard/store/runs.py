"""Runs: created and changed by events alone. Rows are the fold of the journal, written in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy import bindparam, select, update

from runyard.kernel.events import Event
from runyard.kernel.evolve import evolve, fold
from runyard.kernel.groups import may_use_groups
from runyard.kernel.limits import Limits
from runyard.kernel.state import Run
from runyard.store import concurrency, feed, journal, tasks
from runyard.store.database import Tx
from runyard.store.errors import Conflict, NotFound
from runyard.store.memory import JobKey, Remembered, TaskKey
from runyard.store.references import JobRef, TaskRef
from runyard.store.run_list import RunSummary, latest_runs, list_runs
from runyard.store.run_load import load_cold
from runyard.store.run_rows import Gathered, Writing, run_changing, write_attempts
from runyard.store.schema import job, repository, run, task
from runyard.store.statement import Statement, among, inserting, numbers, updating

__all__ = [
    "Change",
    "JobRef",
    "RunSummary",
    "Saved",
    "TaskRef",
    "append",
    "append_all",
    "create",
    "find",
    "job_ids",
    "latest",
    "list",
    "load",
    "load_all",
    "locate_job",
    "locate_task",
    "next_number",
    "repository_of",
    "task_ids",
]

list = list_runs
latest = latest_runs
locate_task = tasks.locate


USUAL = Limits()


class Change(NamedTuple):
    """Events that follow a run's state `before`."""

    run_id: int
    before: Run
    events: Sequence[Event]


class Saved(msgspec.Struct, frozen=True):
    """What an append made: the new state; ids of new tasks by (attempt, job, task), of new jobs by (attempt, job).

    `deadline`: when the run must have moved on (ms), 0 = it has ended or nothing was appended.
    """

    run: Run
    task_ids: dict[TaskKey, int] = {}
    job_ids: dict[JobKey, int] = {}
    deadline: int = 0


_CHANGING = "status started stopped attempt sequence deadline approval"
_DEADLINE = _CHANGING.split().index("deadline")
_FIXED = "repository_id number workflow title event ref sha actor created fork pull_request author concurrent"
_INSERT = inserting(run, f"{_FIXED} {_CHANGING}", returning="id")
_UPDATE = updating(run, _CHANGING, where="id sequence")
_NUMBER = Statement(
    update(repository)
    .where(repository.c.id == bindparam("repository"))
    .values(last_run_number=repository.c.last_run_number + 1)
    .returning(repository.c.last_run_number),
    "repository",
)
_OWNER = Statement(select(repository.c.owner_id).where(repository.c.id == bindparam("id")), "id")
_SEQUENCE = select(run.c.id, run.c.sequence).where(run.c.id == bindparam("id"))
_READ_SEQUENCE = Statement(_SEQUENCE, "id")
_LOCK_SEQUENCE = Statement(_SEQUENCE.with_for_update(), "id")
_SEQUENCES = select(run.c.id, run.c.sequence).where(among(run.c.id, "runs")).order_by(run.c.id)
_LOCK_SEQUENCES = Statement(_SEQUENCES.with_for_update(), "runs")
_LOCK_FREE = Statement(_SEQUENCES.with_for_update(skip_locked=True), "runs")
_FIND = Statement(
    select(run.c.id).where(run.c.repository_id == bindparam("repository"), run.c.number == bindparam("number")),
    "repository",
    "number",
)
_CONCURRENT = Statement(select(run.c.repository_id).where(run.c.id == bindparam("id"), run.c.concurrent), "id")
_REPOSITORY = Statement(select(run.c.repository_id).where(run.c.id == bindparam("id")), "id")
_JOB_IDS = Statement(
    select(job.c.number, job.c.id).where(job.c.run_id == bindparam("run"), job.c.attempt == bindparam("attempt")),
    "run",
    "attempt",
)
_TASK_IDS = Statement(
    select(job.c.number, task.c.number, task.c.id)
    .join_from(job, task)
    .where(job.c.run_id == bindparam("run"), job.c.attempt == bindparam("attempt")),
    "run",
    "attempt",
)
_LOCATE_JOB = Statement(
    select(job.c.id, job.c.run_id, run.c.repository_id, job.c.attempt, job.c.number)
    .join_from(job, run, job.c.run_id == run.c.id)
    .where(job.c.id == bindparam("id"), run.c.repository_id == bindparam("repository")),
    "repository",
    "id",
)


def next_number(tx: Tx, repository_id: int) -> int:
    """The number of the repository's next run: dense from 1. Raises NotFound."""
    row = _NUMBER.first(tx, repository_id)
    if row is None:
        raise NotFound(f"There is no repository {repository_id}.")
    number: int = row[0]
    return number


def create(tx: Tx, events: Sequence[Event], limits: Limits = USUAL) -> tuple[int, Run]:
    """Store a new run from its first events (`RunCreated` leads): its id and state. Raises NotFound (repository).

    `limits` say until when it must move on (the column `deadline`).
    """
    encoded = journal.encode(events)
    after = fold(event for event, _ in encoded)
    owner = _OWNER.first(tx, after.repository_id)
    if owner is None:
        raise NotFound(f"There is no repository {after.repository_id}.")
    fixed = (after.repository_id, after.number, after.workflow, after.title, after.event, after.ref, after.sha)
    origin = (after.actor, after.created, after.fork, after.pull_request, after.author, may_use_groups(after))
    row = _INSERT.first(tx, *fixed, *origin, *run_changing(after, limits))
    assert row is not None
    run_id: int = row[0]
    writing = Writing(tx, run_id, after.repository_id, owner[0], {}, {}, Gathered())
    with tx.pipeline():
        write_attempts(writing, (), after.attempts)
        writing.rows.flush(tx)
        journal.append(tx, [(run_id, 0, encoded)])
        feed.append(tx, [(run_id, after.repository_id, 1, after.sequence)])
    tx.memory.runs[run_id] = Remembered(after, owner[0], writing.job_ids, writing.task_ids)
    return run_id, after


def load(tx: Tx, run_id: int, *, lock: bool = False) -> Run:
    """The run's state. In a write transaction its row stays locked until the end, so that an `append` cannot conflict.

    If concurrency groups may concern the run, its repository is locked first: always in this order, because what
    follows for a group may lead to its other runs.

    `lock=True` says that the caller counts on the lock: it is refused in a read. Raises NotFound.
    """
    if lock and not tx.writable:
        raise ValueError("a run can be locked in a write transaction only")
    return _remembered(tx, (run_id,))[run_id].run


def load_all(tx: Tx, run_ids: Sequence[int], *, wait: bool = True) -> dict[int, Run]:
    """The states of runs by id, locked as by `load`; in a write transaction only. Raises NotFound.

    Without `wait` those are left out that another transaction has locked, or that are gone.
    """
    if not tx.writable:
        raise ValueError("runs can be locked in a write transaction only")
    return {run_id: known.run for run_id, known in _remembered(tx, run_ids, wait=wait).items()}


def append(tx: Tx, run_id: int, before: Run, events: Sequence[Event], limits: Limits = USUAL) -> Saved:
    """Store the events that follow `before`, and what they change. No events: nothing happens.

    Raises Conflict when the run has moved on since `before` was loaded.
    """
    return append_all(tx, [Change(run_id, before, events)], limits)[0]


def append_all(tx: Tx, changes: Sequence[Change], limits: Limits = USUAL) -> Sequence[Saved]:
    """`append` to different runs, with few statements for all of them. What was saved, in the same order."""
    steps = [_Step(change, limits) for change in changes if change.events]
    if steps:
        _save(tx, steps)
    saved = iter(steps)
    return [next(saved).saved() if change.events else Saved(change.before) for change in changes]


class _Step:
    """The append to one run."""

    __slots__ = ("after", "before", "changing", "encoded", "run_id", "writing")

    writing: Writing

    def __init__(self, change: Change, limits: Limits) -> None:
        self.run_id, self.before = change.run_id, change.before
        self.encoded = journal.encode(change.events)
        self.after = change.before
        for event, _ in self.encoded:
            self.after = evolve(self.after, event)
        self.changing = run_changing(self.after, limits)

    def saved(self) -> Saved:
        """What the append made."""
        return Saved(self.after, self.writing.new_task_ids, self.writing.new_job_ids, self.changing[_DEADLINE])


def _save(tx: Tx, steps: Sequence[_Step]) -> None:
    if _UPDATE.many(tx, [(*step.changing, step.run_id, step.before.sequence) for step in steps]) != len(steps):
        places = ", ".join(f"run {step.run_id} at event {step.before.sequence}" for step in steps)
        raise Conflict(f"One of these is no longer so: {places}; load it again.")
    rows = Gathered()
    for step in steps:
        known = tx.memory.run(step.run_id)
        if known is None or known.run.sequence != step.before.sequence:
            known = load_cold(tx, [step.run_id])[step.run_id]
        ids = (known.owner_id, known.job_ids, known.task_ids)
        step.writing = Writing(tx, step.run_id, step.after.repository_id, *ids, rows)
    with tx.pipeline():
        for step in steps:
            write_attempts(step.writing, step.before.attempts, step.after.attempts)
        rows.flush(tx)
        journal.append(tx, [(step.run_id, step.before.sequence, step.encoded) for step in steps])
        feed.append(
            tx,
            [(step.run_id, step.after.repository_id, step.before.sequence + 1, step.after.sequence) for step in steps],
        )
    for step in steps:
        writing = step.writing
        tx.memory.runs[step.run_id] = Remembered(step.after, writing.owner_id, writing.job_ids, writing.task_ids)


def find(tx: Tx, repository_id: int, number: int) -> int:
    """The id of a repository's run by its number. Raises NotFound."""
    row = _FIND.first(tx, repository_id, number)
    if row is None:
        raise NotFound(f"The repository has no run {number}.")
    run_id: int = row[0]
    return run_id


def repository_of(tx: Tx, run_id: int) -> int:
    """The repository of a run. Raises NotFound."""
    row = _REPOSITORY.first(tx, run_id)
    if row is None:
        raise NotFound(f"There is no run {run_id}.")
    repository_id: int = row[0]
    return repository_id


def job_ids(tx: Tx, run_id: int, attempt: int) -> dict[int, int]:
    """Job number → job id of one attempt."""
    return dict(_JOB_IDS.all(tx, run_id, attempt))


def task_ids(tx: Tx, run_id: int, attempt: int) -> dict[tuple[int, int], int]:
    """(job number, task number) → task id of one attempt."""
    return {(job_number, number): task_id for job_number, number, task_id in _TASK_IDS.all(tx, run_id, attempt)}


def locate_job(tx: Tx, repository_id: int, job_id: int) -> JobRef:
    """Where a job of this repository stands. Raises NotFound, also for jobs of other repositories."""
    row = _LOCATE_JOB.first(tx, repository_id, job_id)
    if row is None:
        raise NotFound(f"The repository has no job {job_id}.")
    return JobRef(*row)


def _lock_groups(tx: Tx, run_ids: Sequence[int]) -> None:
    """Lock the repositories of the runs that groups may concern."""
    concerned: set[int] = set()
    for run_id in run_ids:
        known = tx.memory.run(run_id)
        if known is None:
            concerned.update(repository_id for (repository_id,) in _CONCURRENT.all(tx, run_id))
        elif may_use_groups(known.run):
            concerned.add(known.run.repository_id)
    for repository_id in sorted(concerned):
        concurrency.lock(tx, repository_id)


def _remembered(tx: Tx, run_ids: Sequence[int], *, wait: bool = True) -> dict[int, Remembered]:
    if tx.writable and tx.dialect == "postgresql":
        _lock_groups(tx, run_ids)
    sequences = _sequences(tx, run_ids, wait=wait)
    found = {}
    for run_id, sequence in sequences.items():
        known = tx.memory.run(run_id)
        if known is not None and known.run.sequence == sequence:
            found[run_id] = known
    unknown = [run_id for run_id in (run_ids if wait else sequences) if run_id not in found]
    if unknown:
        cold = load_cold(tx, unknown)
        tx.memory.runs.update(cold)
        found.update(cold)
    return found


def _sequences(tx: Tx, run_ids: Sequence[int], *, wait: bool) -> dict[int, int]:
    """The number of each run's last event; in a write transaction the rows are locked, in the order of their ids."""
    if not wait:
        return dict(_LOCK_FREE.all(tx, numbers(run_ids)))
    if len(run_ids) > 1:
        return dict(_LOCK_SEQUENCES.all(tx, numbers(run_ids)))
    return dict((_LOCK_SEQUENCE if tx.writable else _READ_SEQUENCE).all(tx, *run_ids))
