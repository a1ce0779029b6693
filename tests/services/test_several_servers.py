"""Two servers on one PostgreSQL database: limits and groups hold across both, and one of them watches the deadlines."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from runyard.kernel import Status
from runyard.services.context import Services
from runyard.services.dispatch import fetch, run_dispatcher
from runyard.services.policy import set_policy
from runyard.services.reconcile import LEADER, reconcile_once
from runyard.services.start_run import RunRequest, start_runs
from runyard.services.workflow_switch import set_workflow_enabled
from runyard.store import Tx, leader, runs, users
from runyard.store.policies import RepositoryPolicy
from tests.services.test_control import QUEUES, runner_of, statuses, take
from tests.support.fleet import ONE_JOB, Clock, create_repository, create_run, load, services_on
from tests.support.postgres import Postgres, running_postgres


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with running_postgres() as server:
        yield server


@pytest.fixture
async def servers(postgres: Postgres, clock: Clock, tmp_path: Path) -> AsyncIterator[tuple[Services, Services]]:
    url = postgres.url(postgres.create())
    async with (
        services_on(tmp_path / "one", clock, database=url) as one,
        services_on(tmp_path / "two", clock, database=url) as two,
    ):
        yield one, two


async def test_the_limit_of_a_repository_holds_for_both(servers: tuple[Services, Services]) -> None:
    one, two = servers
    repository = await create_repository(one)
    await set_policy(one, repository.id, RepositoryPolicy(running_jobs=3))
    ids = [await create_run(one, repository) for _ in range(8)]
    runners = [await runner_of(one, "first"), await runner_of(two, "second")]
    given = await asyncio.gather(take(one, runners[0], 8), take(two, runners[1], 8))
    assert sum(len(tasks) for tasks in given) == 3
    assert (await statuses(two, *ids)).count("running") == 3


async def test_a_group_has_one_holder_over_both(servers: tuple[Services, Services]) -> None:
    one, two = servers
    repository = await create_repository(one)
    made = [create_run(server, repository, QUEUES) for _ in range(10) for server in servers]
    ids = await asyncio.gather(*made)
    found = await statuses(two, *ids)
    assert (found.count("waiting"), found.count("blocked")) == (1, 19)
    first = min(ids, key=lambda run_id: found[ids.index(run_id)] != "waiting")
    assert (await load(one, first)).number == 1


async def test_what_one_is_giving_out_does_not_hold_up_the_other(servers: tuple[Services, Services]) -> None:
    """The other gives out what is behind it; and that too in the end, if the first one fails."""
    one, two = servers
    repository = await create_repository(one)
    first, second = [await create_run(one, repository) for _ in range(2)]
    runners = [await runner_of(two, name) for name in ("a", "b")]
    locked, fail = threading.Event(), threading.Event()

    def claim(tx: Tx) -> None:
        runs.load(tx, first, lock=True)
        locked.set()
        fail.wait(30)
        raise ZeroDivisionError

    claiming = asyncio.create_task(one.database.write(claim))
    await asyncio.to_thread(locked.wait, 30)
    dispatcher = asyncio.create_task(run_dispatcher(two))
    gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    held = [asyncio.create_task(fetch(two, runner, tasks_version=0, patience=60, gone=gone)) for runner in runners]
    done, rest = await asyncio.wait(held, return_when=asyncio.FIRST_COMPLETED)
    assert await statuses(two, first, second) == ["waiting", "running"]
    assert (len(done), len(rest)) == (1, 1)
    fail.set()
    with pytest.raises(ZeroDivisionError):
        await claiming
    await asyncio.wait(held)
    assert await statuses(two, first, second) == ["running", "running"]
    dispatcher.cancel()
    await asyncio.gather(dispatcher, return_exceptions=True)


async def test_two_that_give_out_the_same_jobs_leave_none_waiting(servers: tuple[Services, Services]) -> None:
    repository = await create_repository(servers[0])
    ids = [await create_run(servers[0], repository) for _ in range(40)]
    dispatchers = [asyncio.create_task(run_dispatcher(server)) for server in servers]
    gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    runners = [(server, await runner_of(server, f"{number}")) for number in range(20) for server in servers]
    held = [fetch(server, runner, tasks_version=0, patience=60, gone=gone) for server, runner in runners]
    async with asyncio.timeout(20):
        given = await asyncio.gather(*held)
    assert len({task_id for fetched in given for task_id in fetched.task_ids}) == 40
    assert set(await statuses(servers[0], *ids)) == {"running"}
    for dispatcher in dispatchers:
        dispatcher.cancel()
    await asyncio.gather(*dispatchers, return_exceptions=True)


async def test_one_leads_and_the_other_takes_over(servers: tuple[Services, Services], clock: Clock) -> None:
    one, two = servers
    repository = await create_repository(one)
    run_id = await create_run(one, repository)
    assert await reconcile_once(one, "one") == clock.now + 5000
    assert await reconcile_once(two, "two") == clock.now + 5000
    assert await one.database.read(lambda tx: leader.holder_of(tx, LEADER)) == "one"
    clock.advance(24 * 3600)
    await reconcile_once(two, "two")
    assert await one.database.read(lambda tx: leader.holder_of(tx, LEADER)) == "two"
    assert (await load(one, run_id)).status is Status.CANCELLED


async def test_no_run_begins_behind_the_back_of_a_switch(servers: tuple[Services, Services]) -> None:
    """While one server switches a workflow off the other waits, and then starts nothing."""
    one, two = servers
    repository = await create_repository(one)
    owner = await one.database.read(lambda tx: users.get(tx, repository.owner))
    request = RunRequest(
        workflow="ci.yml", source=ONE_JOB, title="t", event="push", ref="refs/heads/main", sha="a" * 40, actor=owner,
        payload={},
    )  # fmt: skip
    switched, go = threading.Event(), threading.Event()

    def switch(tx: Tx) -> None:
        set_workflow_enabled(one, tx, repository.id, "ci.yml", False, by="ada")
        switched.set()
        go.wait(30)

    switching = asyncio.create_task(one.database.write(switch))
    await asyncio.to_thread(switched.wait, 30)
    starting = asyncio.create_task(start_runs(two, repository, [request]))
    while not starting.done() and not await one.database.read(_somebody_waits):
        pass
    go.set()
    await switching
    assert await starting == []


def _somebody_waits(tx: Tx) -> bool:
    return bool(tx.connection.execute(text("SELECT 1 FROM pg_locks WHERE NOT granted LIMIT 1")).first())
