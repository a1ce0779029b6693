"""Open tasks: tokens, leases and request keys, until the task ends."""

from __future__ import annotations

import pytest

from runyard.store import Database, NotFound, Tx, runs, tasks
from runyard.store.references import TaskRef
from runyard.store.repositories import Repository
from tests.store.histories import claimed, ended, waiting_run


async def open_tasks(database: Database, repository: Repository, *expiries: int) -> list[TaskRef]:
    """A run of which every job is with a runner: tasks with these leases and the tokens `token 0`, `token 1`, …"""

    def create(tx: Tx) -> list[TaskRef]:
        run_id, run = runs.create(tx, waiting_run(repository.id, jobs=len(expiries)))
        refs = []
        for job, expires in enumerate(expiries, 1):
            saved = runs.append(tx, run_id, run, claimed(job, runner_id=7))
            run = saved.run
            task_id = saved.task_ids[1, job, 1]
            tasks.open(tx, task_id, token_hash=f"token {job - 1}", lease_expires=expires, request_key=f"key {job % 2}")
            refs.append(TaskRef(task_id, run_id, repository.id, 1, job, 1, 7, expires, f"key {job % 2}"))
        return refs

    return await database.write(create)


async def end(database: Database, task: TaskRef) -> None:
    """The task's runner reports its end."""
    events = ended(task.job, last=False)
    await database.write(lambda tx: runs.append(tx, task.run_id, runs.load(tx, task.run_id), events))


async def test_a_token_speaks_for_its_task_while_it_is_open(database: Database, repository: Repository) -> None:
    first, second = await open_tasks(database, repository, 1000, 2000)
    assert await database.read(lambda tx: tasks.by_token(tx, "token 0")) == first
    assert await database.read(lambda tx: tasks.locate(tx, second.id)) == second
    await end(database, first)
    assert await database.read(lambda tx: tasks.by_token(tx, "token 0")) is None
    assert await database.read(lambda tx: tasks.by_token(tx, "token 1")) == second
    closed = await database.read(lambda tx: tasks.locate(tx, first.id))
    assert (closed.lease_expires, closed.request_key) == (0, None)


async def test_a_new_token_replaces_the_old_one(database: Database, repository: Repository) -> None:
    (task,) = await open_tasks(database, repository, 1000)
    await database.write(lambda tx: tasks.replace_token(tx, task.id, "other"))
    assert await database.read(lambda tx: tasks.by_token(tx, "token 0")) is None
    assert await database.read(lambda tx: tasks.by_token(tx, "other")) == task
    await end(database, task)
    with pytest.raises(NotFound, match="not open"):
        await database.write(lambda tx: tasks.replace_token(tx, task.id, "third"))


async def test_leases_expire_longest_silent_first(database: Database, repository: Repository) -> None:
    refs = await open_tasks(database, repository, 3000, 1000, 2000)
    assert await database.read(tasks.next_expiry) == 1000
    assert await database.read(lambda tx: tasks.expired(tx, 999)) == []
    assert await database.read(lambda tx: tasks.expired(tx, 2000)) == [refs[1], refs[2]]
    assert await database.read(lambda tx: tasks.expired(tx, 9000, limit=1)) == [refs[1]]
    await database.write(lambda tx: tasks.renew(tx, refs[1].id, 5000))
    assert await database.read(tasks.next_expiry) == 2000
    await database.write(lambda tx: tasks.renew_all(tx, 8000))
    assert await database.read(tasks.next_expiry) == 8000
    assert len(await database.read(lambda tx: tasks.expired(tx, 8000))) == 3


async def test_an_ended_task_has_no_lease(database: Database, repository: Repository) -> None:
    (task,) = await open_tasks(database, repository, 1000)
    await end(database, task)
    await database.write(lambda tx: tasks.renew(tx, task.id, 5000))
    assert await database.read(tasks.next_expiry) is None
    assert await database.read(lambda tx: tasks.expired(tx, 9000)) == []


async def test_a_request_key_finds_the_open_tasks_of_its_runner(database: Database, repository: Repository) -> None:
    refs = await open_tasks(database, repository, 1, 2, 3)
    assert await database.read(lambda tx: tasks.by_request_key(tx, 7, "key 1")) == [refs[0], refs[2]]
    assert await database.read(lambda tx: tasks.by_request_key(tx, 8, "key 1")) == []
    await end(database, refs[0])
    assert await database.read(lambda tx: tasks.by_request_key(tx, 7, "key 1")) == [refs[2]]
