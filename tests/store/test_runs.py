"""Runs: created, changed and read back; the rows are the fold of the journal."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import select

from runyard.kernel.events import AttemptCreated, Event, JobStatusChanged, OutputSet
from runyard.kernel.evolve import fold
from runyard.kernel.state import Run
from runyard.kernel.status import Status
from runyard.store import Conflict, Database, NotFound, Tx, journal, repositories, runs, schema, tasks
from runyard.store.repositories import Repository
from tests.store.commanded import commanded_histories
from tests.store.histories import (
    claimed,
    ended,
    histories,
    run_created,
    step_done,
    waiting_run,
)


async def create(database: Database, events: list[Event]) -> int:
    """Store a run; its id."""
    return (await database.write(lambda tx: runs.create(tx, events)))[0]


async def append(database: Database, run_id: int, events: list[Event]) -> runs.Saved:
    """Append to whatever the run is now."""
    return await database.write(lambda tx: runs.append(tx, run_id, runs.load(tx, run_id, lock=True), events))


async def cold(database: Database, run_id: int) -> Run:
    """The run from rows alone."""
    database.memory.forget_runs()
    return await database.read(lambda tx: runs.load(tx, run_id))


def waiting_places(tx: Tx, run_id: int) -> set[tuple[int, int]]:
    """The (attempt, job) of the run's queue rows."""
    queue: Any = schema.queue.c
    rows = tx.connection.execute(select(queue.attempt, queue.job).where(queue.run_id == run_id))
    return {(row.attempt, row.job) for row in rows}


async def test_numbers_are_dense_from_one_per_repository(database: Database, repository: Repository) -> None:
    other = await database.write(lambda tx: repositories.create(tx, repository.owner_id, "other"))
    numbers = [await database.write(lambda tx: runs.next_number(tx, repository.id)) for _ in range(3)]
    assert numbers == [1, 2, 3]
    assert await database.write(lambda tx: runs.next_number(tx, other.id)) == 1


async def test_the_life_of_a_run(database: Database, repository: Repository) -> None:
    first = waiting_run(repository.id, labels=("linux",))
    run_id, created = await database.write(lambda tx: runs.create(tx, first))
    assert created == fold(first) == await cold(database, run_id)
    taken = await append(database, run_id, claimed())
    assert list(taken.task_ids) == [(1, 1, 1)]
    assert taken.job_ids == {}
    later = [*step_done(0), OutputSet(at=2600, attempt=1, job=1, name="greeting", value="hi"), *step_done(1)]
    assert (await append(database, run_id, later)).task_ids == {}
    done = await append(database, run_id, ended())
    assert done.run == fold([*first, *claimed(), *later, *ended()]) == await cold(database, run_id)
    assert done.run.status is Status.SUCCESS
    assert done.run.attempt.jobs[1].outputs == {"greeting": "hi"}


async def test_ids_lead_to_jobs_and_tasks_and_back(database: Database, repository: Repository) -> None:
    run_id = await create(database, waiting_run(repository.id, jobs=3))
    saved = await append(database, run_id, claimed(2))
    job_ids = await database.read(lambda tx: runs.job_ids(tx, run_id, 1))
    assert sorted(job_ids) == [1, 2, 3]
    assert await database.read(lambda tx: runs.locate_job(tx, repository.id, job_ids[2])) == runs.JobRef(
        job_ids[2], run_id, repository.id, 1, 2
    )
    task_id = saved.task_ids[1, 2, 1]
    assert await database.read(lambda tx: runs.task_ids(tx, run_id, 1)) == {(2, 1): task_id}
    assert await database.read(lambda tx: runs.locate_task(tx, task_id)) == runs.TaskRef(
        task_id, run_id, repository.id, 1, 2, 1, 1, 0, None
    )
    assert await database.read(lambda tx: runs.repository_of(tx, run_id)) == repository.id
    assert await database.read(lambda tx: runs.find(tx, repository.id, 1)) == run_id


async def test_new_jobs_of_an_attempt_get_ids(database: Database, repository: Repository) -> None:
    run_id = await create(database, [run_created(repository.id)])
    assert (await cold(database, run_id)).attempts == ()
    saved = await append(database, run_id, waiting_run(repository.id, jobs=2)[1:])
    assert sorted(saved.job_ids) == [(1, 1), (1, 2)]
    assert await database.read(lambda tx: waiting_places(tx, run_id)) == {(1, 1), (1, 2)}


async def test_what_does_not_exist_is_not_found(database: Database, repository: Repository) -> None:
    run_id = await create(database, waiting_run(repository.id))
    job_id = (await database.read(lambda tx: runs.job_ids(tx, run_id, 1)))[1]
    other = await database.write(lambda tx: repositories.create(tx, repository.owner_id, "other"))
    with pytest.raises(NotFound, match="no run 2"):
        await database.read(lambda tx: runs.find(tx, repository.id, 2))
    with pytest.raises(NotFound):
        await database.read(lambda tx: runs.load(tx, 999))
    with pytest.raises(NotFound):
        await database.read(lambda tx: runs.repository_of(tx, 999))
    with pytest.raises(NotFound):
        await database.read(lambda tx: runs.locate_job(tx, other.id, job_id))
    with pytest.raises(NotFound):
        await database.read(lambda tx: runs.locate_task(tx, 999))
    with pytest.raises(NotFound):
        await database.write(lambda tx: runs.create(tx, waiting_run(999)))
    with pytest.raises(NotFound):
        await database.write(lambda tx: runs.next_number(tx, 999))


async def test_no_events_change_nothing(database: Database, repository: Repository) -> None:
    run_id = await create(database, waiting_run(repository.id))
    before = await cold(database, run_id)
    saved = await database.write(lambda tx: runs.append(tx, run_id, before, []))
    assert saved.run is before


async def test_an_append_to_an_older_state_conflicts(database: Database, repository: Repository) -> None:
    run_id = await create(database, waiting_run(repository.id))
    before = await cold(database, run_id)
    await append(database, run_id, claimed())
    with pytest.raises(Conflict, match="load it again"):
        await database.write(lambda tx: runs.append(tx, run_id, before, claimed()))
    assert len((await cold(database, run_id)).attempt.jobs[1].tasks) == 1


async def test_a_read_cannot_lock_a_run(database: Database, repository: Repository) -> None:
    run_id = await create(database, waiting_run(repository.id))
    with pytest.raises(ValueError, match="write transaction"):
        await database.read(lambda tx: runs.load(tx, run_id, lock=True))


async def test_a_failed_function_leaves_no_trace(database: Database, repository: Repository) -> None:
    """Neither rows nor remembered states: the next one sees what was committed."""
    run_id = await create(database, waiting_run(repository.id))
    before = await database.read(lambda tx: runs.load(tx, run_id))

    def fail(tx: Tx) -> None:
        saved = runs.append(tx, run_id, runs.load(tx, run_id), claimed())
        assert runs.load(tx, run_id) is saved.run
        runs.create(tx, waiting_run(repository.id, 2, labels=("unheard-of",)))
        raise RuntimeError("after the append")

    with pytest.raises(RuntimeError, match="after the append"):
        await database.write(fail)
    assert await database.write(lambda tx: runs.load(tx, run_id)) == before
    other = await create(database, waiting_run(repository.id, 2, labels=("unheard-of",)))
    assert await database.read(lambda tx: waiting_places(tx, other)) == {(1, 1)}
    saved = await append(database, run_id, claimed())
    assert saved.run == await cold(database, run_id)


async def test_a_task_is_closed_with_the_event_that_ends_it(database: Database, repository: Repository) -> None:
    run_id = await create(database, waiting_run(repository.id))
    task_id = (await append(database, run_id, claimed())).task_ids[1, 1, 1]
    await database.write(lambda tx: tasks.open(tx, task_id, token_hash="h", lease_expires=9000))
    assert await database.read(lambda tx: tasks.by_token(tx, "h")) is not None
    await append(database, run_id, ended())
    assert await database.read(lambda tx: tasks.by_token(tx, "h")) is None
    assert await database.read(lambda tx: tasks.next_expiry(tx)) is None


async def test_the_journal_is_read_in_pages(database: Database, repository: Repository) -> None:
    events = [*waiting_run(repository.id, jobs=4), *claimed()]
    run_id = await create(database, events[:5])
    await append(database, run_id, events[5:])
    page = await database.read(lambda tx: journal.read(tx, run_id, 0, 7))
    rest = await database.read(lambda tx: journal.read(tx, run_id, 7, 1000))
    assert [*page, *rest] == list(enumerate(events, 1))
    assert await database.read(lambda tx: journal.read(tx, run_id, len(events), 10)) == []


async def test_a_matrix_of_256_jobs(database: Database, repository: Repository) -> None:
    run_id = await create(database, waiting_run(repository.id, jobs=256, labels=("linux",)))
    assert len(await database.read(lambda tx: waiting_places(tx, run_id))) == 256
    saved = await append(database, run_id, claimed(200))
    assert saved.run == await cold(database, run_id)
    everyone: list[Event] = [
        JobStatusChanged(at=4000, attempt=1, job=job, status=Status.CANCELLED) for job in range(1, 257)
    ]
    saved = await append(database, run_id, everyone)
    assert saved.run == await cold(database, run_id)
    assert await database.read(lambda tx: waiting_places(tx, run_id)) == set()


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(history=histories() | commanded_histories(), forget=st.booleans())
async def test_rows_are_the_fold_of_the_journal(
    database: Database, repository: Repository, history: list[list[Event]], forget: bool
) -> None:
    number = await database.write(lambda tx: runs.next_number(tx, repository.id))
    created = replace(history[0][0], repository_id=repository.id, number=number)
    run_id, run = await database.write(lambda tx: runs.create(tx, [created, *history[0][1:]]))
    for portion in history[1:]:
        if forget:
            assert await cold(database, run_id) == run
        run = (await append(database, run_id, portion)).run
    assert await cold(database, run_id) == run
    stored = await database.read(lambda tx: journal.read(tx, run_id, 0, 10_000))
    assert [seq for seq, _ in stored] == list(range(1, run.sequence + 1))
    assert fold(event for _, event in stored) == run
    waiting = {
        (attempt.number, job.number)
        for attempt in run.attempts
        for job in attempt.jobs.values()
        if job.status is Status.WAITING and not job.calls
    }
    assert await database.read(lambda tx: waiting_places(tx, run_id)) == waiting
    numbers = [attempt.number for attempt in run.attempts]
    ids = await database.read(lambda tx: [sorted(runs.job_ids(tx, run_id, number)) for number in numbers])
    assert ids == [sorted(attempt.jobs) for attempt in run.attempts]


async def test_older_attempts_keep_their_rows(database: Database, repository: Repository) -> None:
    run_id = await create(database, waiting_run(repository.id))
    await append(database, run_id, claimed())
    first = (await append(database, run_id, ended())).run.attempts[0]
    again: list[Event] = [AttemptCreated(at=5000, attempt=2, triggered_by="bob", debug=True)]
    saved = await append(database, run_id, again)
    assert saved.run.attempts[0] is first
    assert (await cold(database, run_id)).attempts[0] == first
