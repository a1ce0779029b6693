"""Two servers on one PostgreSQL database: limits and groups hold across both, and one of them watches the deadlines."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from runyard.kernel import Status
from runyard.services.context import Services
from runyard.services.policy import set_policy
from runyard.services.reconcile import LEADER, reconcile_once
from runyard.store import leader
from runyard.store.policies import RepositoryPolicy
from tests.services.test_control import QUEUES, runner_of, statuses, take
from tests.support.fleet import Clock, create_repository, create_run, load, services_on
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
