"""The queue: which waiting jobs a runner fits, oldest first."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runyard.kernel.events import Event, JobPrepared
from runyard.store import Database, Tx, queue, repositories, runs, users
from runyard.store.repositories import Repository
from tests.store.histories import claimed, waiting_run


async def enqueue(database: Database, repository: Repository, *labels: str, jobs: int = 1) -> list[int]:
    """A run whose jobs wait with these labels: their ids."""

    def create(tx: Tx) -> list[int]:
        number = runs.next_number(tx, repository.id)
        run_id, _ = runs.create(tx, waiting_run(repository.id, number, jobs=jobs, labels=labels))
        return sorted(runs.job_ids(tx, run_id, 1).values())

    return await database.write(create)


async def waiting(database: Database, *labels: str, **scope: Any) -> list[int]:
    """Ids of the jobs for a runner with these labels."""
    find = partial(queue.waiting, labels=frozenset(labels), limit=10_000, **scope)
    found = await database.read(find)
    return [job.id for job in found]


async def test_a_runner_needs_all_labels_in_any_case(database: Database, repository: Repository) -> None:
    one = await enqueue(database, repository, "Ubuntu-Latest")
    two = await enqueue(database, repository, "linux", "X64")
    three = await enqueue(database, repository, "x64", "LINUX", "linux")
    assert await waiting(database, "ubuntu-LATEST") == one
    assert await waiting(database, "Linux") == []
    assert await waiting(database, "Linux", "x64", "gpu") == [*two, *three]
    assert await waiting(database, "ubuntu-latest", "linux", "x64") == [*one, *two, *three]
    assert await waiting(database) == []


async def test_a_job_without_labels_fits_every_runner(database: Database, repository: Repository) -> None:
    ids = await enqueue(database, repository)
    assert await waiting(database) == await waiting(database, "anything") == ids


async def test_the_oldest_come_first_up_to_the_limit(database: Database, repository: Repository) -> None:
    ids = [job for label in ("a", "b", "a", "b") for job in await enqueue(database, repository, label, jobs=3)]
    first = await database.read(lambda tx: queue.waiting(tx, ["b", "a"], limit=7))
    assert [job.id for job in first] == ids[:7]
    rest = await database.read(lambda tx: queue.waiting(tx, ["b", "a"], limit=7, exclude=set(ids[:7])))
    assert [job.id for job in rest] == ids[7:]
    assert first[0] == runs.JobRef(ids[0], first[0].run_id, repository.id, 1, 1)


async def test_a_runner_serves_its_scope(database: Database, repository: Repository) -> None:
    def others(tx: Tx) -> tuple[Repository, Repository]:
        bob = users.create(tx, "bob").id
        return repositories.create(tx, repository.owner_id, "second"), repositories.create(tx, bob, "third")

    second, third = await database.write(others)
    a, b, c = [await enqueue(database, place, "linux") for place in (repository, second, third)]
    assert await waiting(database, "linux", repository_id=second.id) == b
    assert await waiting(database, "linux", owner_id=repository.owner_id) == [*a, *b]
    assert await waiting(database, "linux", owner_id=third.owner_id) == c
    assert await waiting(database, "linux") == [*a, *b, *c]


async def test_a_job_leaves_the_queue_when_it_is_taken(database: Database, repository: Repository) -> None:
    ids = await enqueue(database, repository, "linux", jobs=2)
    run_id = await database.read(lambda tx: runs.find(tx, repository.id, 1))
    await database.write(lambda tx: runs.append(tx, run_id, runs.load(tx, run_id), claimed(1)))
    assert await waiting(database, "linux") == ids[1:]


async def test_a_job_that_waits_for_other_labels(database: Database, repository: Repository) -> None:
    ids = await enqueue(database, repository, "linux")
    run_id = await database.read(lambda tx: runs.find(tx, repository.id, 1))
    event: Event = JobPrepared(at=2000, attempt=1, job=1, name="build", runs_on=("windows",))
    await database.write(lambda tx: runs.append(tx, run_id, runs.load(tx, run_id), [event]))
    assert await waiting(database, "linux") == []
    assert await waiting(database, "windows") == ids


async def test_the_version_grows_when_a_job_begins_to_wait(database: Database, repository: Repository) -> None:
    before = await database.read(queue.tasks_version)
    assert before >= 1
    await enqueue(database, repository, "linux")
    after = await database.read(queue.tasks_version)
    assert after > before

    def fail(tx: Tx) -> None:
        runs.create(tx, waiting_run(repository.id, 2))
        raise RuntimeError("undone")

    with pytest.raises(RuntimeError, match="undone"):
        await database.write(fail)
    run_id = await database.read(lambda tx: runs.find(tx, repository.id, 1))
    await database.write(lambda tx: runs.append(tx, run_id, runs.load(tx, run_id), claimed(1)))
    assert await database.read(queue.tasks_version) == after


LABEL = st.sampled_from(["linux", "LINUX", "x64", "gpu", "é", "É"])


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(jobs=st.lists(st.lists(LABEL, max_size=3), max_size=6), offered=st.sets(LABEL))
async def test_matching_is_inclusion_without_case(
    database: Database, repository: Repository, jobs: list[list[str]], offered: set[str]
) -> None:
    before = set(await waiting(database, "linux", "x64", "gpu", "é"))
    expected = []
    for labels in jobs:
        ids = await enqueue(database, repository, *labels)
        if {label.lower() for label in labels} <= {label.lower() for label in offered}:
            expected += ids
    assert [job for job in await waiting(database, *offered) if job not in before] == expected
