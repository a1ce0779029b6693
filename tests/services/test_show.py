"""Read models and following."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from runyard.kernel import Status
from runyard.services import show, watch
from runyard.services.cancel import cancel
from runyard.services.context import Services
from runyard.services.errors import NotFound
from runyard.services.identity import Anonymous, TaskIdentity, UserIdentity
from runyard.services.rerun import rerun
from runyard.services.states import RerunKind
from runyard.store import Tx, repositories, users
from runyard.store.repositories import Repository
from tests.support.fleet import ONE_JOB, Yard, create_run, services_on, serving

NOBODY = Anonymous()


@pytest.fixture
async def yard(tmp_path: Path) -> AsyncIterator[Yard]:
    """A server, because runners are needed."""
    async with services_on(tmp_path) as services, serving(services) as yard:
        yield yard


@pytest.fixture
def services(yard: Yard) -> Services:
    """Its services."""
    return yard.services


async def test_a_run_by_number_and_by_id(services: Services, repository: Repository) -> None:
    run_id = await create_run(services, repository)
    by_number = await show.run(services, NOBODY, "Ada", "Hello", 1)
    assert by_number == await show.run_by_id(services, NOBODY, "ada", "hello", run_id, 1)
    assert (by_number.id, by_number.run.title, by_number.attempt.number) == (run_id, "a change", 1)
    assert (list(by_number.job_ids), by_number.task_ids) == ([1], {})
    view, number = await show.job_by_id(services, NOBODY, "ada", "hello", by_number.job_ids[1])
    assert (view, number) == (by_number, 1)


async def test_what_is_not_there_is_not_found(services: Services, repository: Repository) -> None:
    run_id = await create_run(services, repository)
    await services.database.write(lambda tx: repositories.create(tx, repository.owner_id, "other"))
    (job_id,) = (await show.run(services, NOBODY, "ada", "hello", 1)).job_ids.values()
    for calls in (
        show.run(services, NOBODY, "ada", "hello", 2),
        show.run(services, NOBODY, "ada", "hello", 1, 2),
        show.run(services, NOBODY, "ada", "hello", 1, 0),
        show.run(services, NOBODY, "ada", "none", 1),
        show.run_by_id(services, NOBODY, "ada", "hello", run_id + 1),
        show.run_by_id(services, NOBODY, "ada", "other", run_id),
        show.job_by_id(services, NOBODY, "ada", "other", job_id),
        show.job_by_id(services, NOBODY, "ada", "hello", job_id + 1),
    ):
        with pytest.raises(NotFound):
            await calls
    view = await show.run(services, NOBODY, "ada", "hello", 1)
    with pytest.raises(NotFound):
        await show.log(services, view, 2)


async def test_lists_of_runs(services: Services, repository: Repository) -> None:
    ids = [await create_run(services, repository) for _ in range(4)]
    await cancel(services, ids[1], by="ada")

    async def listed(**filters: Any) -> list[int]:
        return [each.run.number for each in await show.runs(services, NOBODY, "ada", "hello", **filters)]

    assert await listed() == [4, 3, 2, 1]
    assert await listed(limit=2) == [4, 3]
    assert await listed(before=ids[2], limit=1) == [2]
    assert await listed(statuses=(Status.CANCELLED,)) == [2]
    assert await listed(statuses=(Status.CANCELLED, Status.WAITING), limit=3) == [4, 3, 2]
    assert await listed(branch="main", event="push", actor="ada", sha="a" * 40) == [4, 3, 2, 1]
    assert await listed(branch="other") == []


async def test_everything_that_one_may_see(services: Services, repository: Repository) -> None:
    def add(tx: Tx) -> tuple[Repository, UserIdentity, UserIdentity]:
        secret = repositories.create(tx, repository.owner_id, "secret", private=True)
        root = users.create(tx, "root", is_admin=True, email="")
        return secret, UserIdentity(users.get(tx, "ada")), UserIdentity(root)

    secret, ada, root = await services.database.write(add)
    await create_run(services, repository)
    await create_run(services, secret)
    for identity, seen in ((NOBODY, ["hello"]), (ada, ["secret", "hello"]), (root, ["secret", "hello"])):
        assert [each.name for each in await show.repositories(services, identity)] == seen
        assert [each.name for each in await show.repositories(services, identity, "ada")] == seen
        assert [each.repository.name for each in await show.runs(services, identity)] == seen
    assert await show.repositories(services, root, "nobody") == []
    job = TaskIdentity(task_id=1, repository_id=secret.id, run_id=2)
    assert (await show.run(services, job, "ada", "secret", 1)).repository == secret
    with pytest.raises(NotFound):
        await show.run(services, NOBODY, "ada", "secret", 1)


async def test_carried_over_jobs_show_the_log_of_the_attempt_that_ran_them(
    yard: Yard, services: Services, repository: Repository
) -> None:
    source = ONE_JOB.replace("jobs:\n", "jobs:\n  good:\n    runs-on: linux\n    steps: [{run: x}]\n")
    run_id = await create_run(services, repository, source)
    runner = await yard.runner("linux")
    for _ in range(2):
        task = (await runner.fetch(hold=20)).task
        await runner.log(task.id, 0, f"task {task.id}", no_more=True)
        good = b'"good"' in task.workflow_payload
        await runner.update(task.id, 1 if good else 2)
    await rerun(services, run_id, by="ada", kind=RerunKind.FAILED)
    first = await show.run(services, NOBODY, "ada", "hello", 1, 1)
    second = await show.run(services, NOBODY, "ada", "hello", 1)
    assert second.attempt.number == 2
    carried = next(number for number, job in second.attempt.jobs.items() if job.source_attempt)
    (again,) = set(second.attempt.jobs) - {carried}
    assert second.task_ids == {carried: first.task_ids[carried]}
    assert first.job_ids.keys() == second.job_ids.keys()
    assert not set(first.job_ids.values()) & set(second.job_ids.values())
    lines = (await show.log(services, second, carried)).lines
    assert [line.text for line in lines] == [f"task {first.task_ids[carried]}"]
    waiting = await show.log(services, second, again)
    assert (waiting.lines, waiting.complete) == ([], False)
    followed = [part async for part in watch.job_log(services, run_id, 2, carried)]
    assert [line.text for part in followed for line in part.lines] == [line.text for line in lines]


async def test_a_journal_is_followed_to_its_end(services: Services, repository: Repository) -> None:
    run_id = await create_run(services, repository)
    seen: list[int] = []
    caught_up = asyncio.Event()

    async def follow() -> None:
        async for batch in watch.run(services, run_id):
            seen.extend(item.sequence for item in batch if isinstance(item, watch.Change))
            caught_up.set()

    following = asyncio.create_task(follow())
    await caught_up.wait()
    await cancel(services, run_id, by="ada")
    await following
    last = (await show.run(services, NOBODY, "ada", "hello", 1)).run.sequence
    assert seen == list(range(1, last + 1))
    again = [item async for batch in watch.run(services, run_id, last - 2) for item in batch]
    assert [item.sequence for item in again if isinstance(item, watch.Change)] == [last - 1, last]
    assert [batch async for batch in watch.run(services, run_id, last)] == []
    assert services.database.signals.listeners(("run", run_id)) == 0


async def test_a_log_is_followed_from_before_the_job_starts(
    yard: Yard, services: Services, repository: Repository
) -> None:
    run_id = await create_run(services, repository)
    following = asyncio.create_task(collect(services, run_id))
    runner = await yard.runner("linux")
    task = (await runner.fetch(hold=20)).task
    await runner.log(task.id, 0, "one", "two")
    await runner.log(task.id, 2, "three", no_more=True)
    await runner.update(task.id, 1)
    assert await following == ["one", "two", "three"]
    assert await collect(services, run_id, 1) == ["two", "three"]
    assert await collect(services, run_id, 9) == []
    assert services.database.signals.listeners(("log", task.id)) == 0


async def test_a_log_that_was_never_completed_ends_with_its_task(
    yard: Yard, services: Services, repository: Repository
) -> None:
    run_id = await create_run(services, repository)
    runner = await yard.runner("linux")
    task = (await runner.fetch(hold=20)).task
    await runner.log(task.id, 0, "one")
    following = asyncio.create_task(collect(services, run_id))
    await runner.update(task.id, 2)
    assert await following == ["one"]


async def test_a_job_that_never_ran_has_no_log(services: Services, repository: Repository) -> None:
    run_id = await create_run(services, repository)
    following = asyncio.create_task(collect(services, run_id))
    await cancel(services, run_id, by="ada")
    assert await following == []
    view = await show.run(services, NOBODY, "ada", "hello", 1)
    assert await show.log(services, view, 1) == show.LogSlice([], 0, complete=True)


async def collect(services: Services, run_id: int, start: int = 0) -> list[str]:
    """The texts of the log of a run's first job, when it is complete."""
    return [line.text async for part in watch.job_log(services, run_id, 1, 1, start) for line in part.lines]
