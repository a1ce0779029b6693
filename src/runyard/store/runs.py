"""Runs: created and changed by events alone. Rows are the fold of the journal, written in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence

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
from runyard.store.run_rows import Writing, run_changing, write_attempts
from runyard.store.schema import job, repository, run, task
from runyard.store.statement import Statement, inserting, updating

__all__ = [
    "JobRef",
    "RunSummary",
    "Saved",
    "TaskRef",
    "append",
    "create",
    "find",
    "job_ids",
    "latest",
    "list",
    "load",
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
_SEQUENCE = select(run.c.sequence).where(run.c.id == bindparam("id"))
_READ_SEQUENCE = Statement(_SEQUENCE, "id")
_LOCK_SEQUENCE = Statement(_SEQUENCE.with_for_update(), "id")
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
    writing = Writing(tx, run_id, after.repository_id, owner[0], {}, {})
    with tx.pipeline():
        write_attempts(writing, (), after.attempts)
        journal.append(tx, run_id, 0, encoded)
        feed.append(tx, run_id, after.repository_id, 1, after.sequence)
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
    return _remembered(tx, run_id).run


def append(tx: Tx, run_id: int, before: Run, events: Sequence[Event], limits: Limits = USUAL) -> Saved:
    """Store the events that follow `before`, and what they change. No events: nothing happens.

    Raises Conflict when the run has moved on since `before` was loaded.
    """
    if not events:
        return Saved(before)
    encoded = journal.encode(events)
    after = before
    for event, _ in encoded:
        after = evolve(after, event)
    changing = run_changing(after, limits)
    if _UPDATE.run(tx, *changing, run_id, before.sequence).rowcount != 1:
        raise Conflict(f"Run {run_id} is no longer at event {before.sequence}; load it again.")
    known = tx.memory.run(run_id)
    if known is None or known.run.sequence != before.sequence:
        known = load_cold(tx, run_id)
    writing = Writing(tx, run_id, after.repository_id, known.owner_id, known.job_ids, known.task_ids)
    with tx.pipeline():
        write_attempts(writing, before.attempts, after.attempts)
        journal.append(tx, run_id, before.sequence, encoded)
        feed.append(tx, run_id, after.repository_id, before.sequence + 1, after.sequence)
    tx.memory.runs[run_id] = Remembered(after, known.owner_id, writing.job_ids, writing.task_ids)
    return Saved(after, writing.new_task_ids, writing.new_job_ids, changing[_DEADLINE])


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


def _lock_groups(tx: Tx, run_id: int) -> None:
    """Lock the repository if groups may concern the run."""
    known = tx.memory.run(run_id)
    if known is not None:
        concerned = known.run.repository_id if may_use_groups(known.run) else None
    else:
        row = _CONCURRENT.first(tx, run_id)
        concerned = None if row is None else row[0]
    if concerned is not None:
        concurrency.lock(tx, concerned)


def _remembered(tx: Tx, run_id: int) -> Remembered:
    if tx.writable and tx.dialect == "postgresql":
        _lock_groups(tx, run_id)
    row = (_LOCK_SEQUENCE if tx.writable else _READ_SEQUENCE).first(tx, run_id)
    if row is None:
        raise NotFound(f"There is no run {run_id}.")
    known = tx.memory.run(run_id)
    if known is None or known.run.sequence != row[0]:
        known = load_cold(tx, run_id)
        tx.memory.runs[run_id] = known
    return known
