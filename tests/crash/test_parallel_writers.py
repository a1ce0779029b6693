"""PostgreSQL: fifty connections of two servers write to few runs at once, all as fast as they can."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from random import Random

import pytest

from runyard.kernel import Refused, RerunKind
from runyard.protocol.generated import runner_pb2 as pb
from runyard.services import report
from runyard.services.cancel import cancel
from runyard.services.claim import Batch, Given, claim_batch
from runyard.services.context import Services
from runyard.services.errors import ServiceError
from runyard.services.fleet import KnownRunner
from runyard.services.policy import set_policy
from runyard.services.rerun import rerun
from runyard.services.waiting import Waiter
from runyard.store import Tx, concurrency, postgresql, tasks
from runyard.store.policies import RepositoryPolicy
from runyard.store.repositories import Repository
from tests.services.test_control import runner_of
from tests.simulation import invariants
from tests.support.fleet import create_repository, create_run, services_on
from tests.support.postgres import Postgres, running_postgres

WRITERS = 50
ROUNDS = 30
RUNS = 12
"""So many runs are there at first; people cancel and re-run these only."""

FILES = (
    "concurrency: one\njobs: {a: {runs-on: linux, steps: [{run: a}]}}",
    "concurrency: {group: two, cancel-in-progress: true}\njobs: {a: {runs-on: linux, steps: [{run: a}]}}",
    "concurrency: {group: three, queue: max}\njobs: {a: {runs-on: linux, steps: [{run: a}]}}",
    "jobs: {a: {runs-on: linux, concurrency: one, steps: [{run: a}]}, b: {needs: a, runs-on: linux, concurrency: two,"
    " steps: [{run: b}]}}",
    "jobs: {m: {strategy: {max-parallel: 3, matrix: {n: [1, 2, 3, 4, 5, 6]}}, runs-on: linux, steps: [{run: a}]},"
    " z: {needs: m, if: always(), runs-on: linux, steps: [{run: z}]}}",
)


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with running_postgres() as server:
        yield server


@pytest.fixture
async def servers(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Services, Services]]:
    monkeypatch.setattr(postgresql, "WRITERS", WRITERS // 2)
    url = postgres.url(postgres.create())
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(services_on(tmp_path / "one", database=url))
        second = await stack.enter_async_context(services_on(tmp_path / "two", database=url))
        yield first, second


class Writer:
    """A runner and a person in one."""

    def __init__(self, services: Services, runner: KnownRunner, repository: Repository, ids: list[int], seed: int):
        self.given: list[Given] = []
        self.made = 0
        self._services = services
        self._runner = runner
        self._repository = repository
        self._ids = ids
        self._random = Random(seed)
        self._open: list[Given] = []

    async def work(self) -> None:
        """Do this and that."""
        for _ in range(ROUNDS):
            verb = self._random.choice((self._create, self.claim, self.claim, self._end, self._end, self._disturb))
            await verb()

    async def finish(self) -> None:
        """Take and end jobs until there is none."""
        while self._open or await self.claim():
            await self._end()

    async def claim(self) -> bool:
        """Take a job, if there is one."""
        waiter = Waiter(self._runner, 1, "", looked=False)

        def write(tx: Tx) -> Batch:
            return claim_batch(self._services, tx, [waiter], 0, 1)

        batch = await self._services.database.write(write)
        assert not batch.broken_jobs
        self.given += batch.given
        self._open += batch.given
        return batch.cut_short

    async def _create(self) -> None:
        await create_run(self._services, self._repository, f"on: push\n{self._random.choice(FILES)}\n")
        self.made += 1

    async def _end(self) -> None:
        if not self._open:
            return
        task = self._open.pop()
        result = pb.RESULT_FAILURE if self._random.random() < 0.2 else pb.RESULT_SUCCESS
        rows = [pb.LogRow(content="a line")]
        await report.update_log(self._services, self._runner, pb.UpdateLogRequest(task_id=task.task_id, rows=rows))
        request = pb.UpdateTaskRequest(state=pb.TaskState(id=task.task_id, result=result))
        await report.update_task(self._services, self._runner, request, request.SerializeToString())

    async def _disturb(self) -> None:
        """Cancel or re-run one of the first runs, if that can be done."""
        run_id = self._random.choice(self._ids)
        try:
            if self._random.random() < 0.4:
                await cancel(self._services, run_id, by="eve", force=self._random.random() < 0.5)
            else:
                await rerun(self._services, run_id, kind=RerunKind.ALL, by="eve")
        except (ServiceError, Refused):
            return


@pytest.mark.timeout(300)
async def test_fifty_writers(servers: tuple[Services, Services]) -> None:
    one, _ = servers
    repository = await create_repository(one)
    await set_policy(one, repository.id, RepositoryPolicy(running_jobs=20))
    ids = [await create_run(one, repository, f"on: push\n{FILES[number % len(FILES)]}\n") for number in range(RUNS)]
    writers = []
    for number in range(WRITERS):
        services = servers[number % 2]
        runner = await runner_of(services, f"runner {number}")
        writers.append(Writer(services, runner, repository, ids, number))
    over = asyncio.Event()
    looking = asyncio.create_task(_look(one, repository, over))
    async with asyncio.TaskGroup() as group:
        for writer in writers:
            group.create_task(writer.work())
    async with asyncio.TaskGroup() as group:
        for writer in writers:
            group.create_task(writer.finish())
    over.set()
    assert await looking > 0
    places = [given.place for writer in writers for given in writer.given]
    assert len(places) == len(set(places)) > WRITERS
    assert len({place[:3] for place in places}) == len(places), "a job was given out twice"
    made = RUNS + sum(writer.made for writer in writers)
    await one.database.read(partial(_check, made=made))


async def _look(services: Services, repository: Repository, over: asyncio.Event) -> int:
    """Look at the groups as long as others write: each has one holder, and nobody waits for a free one."""
    looks = 0
    with services.database.signals.subscribe(("repository", repository.id)) as wake:
        while not over.is_set():
            groups = await services.database.read(lambda tx: concurrency.of_repository(tx, repository.id))
            for key, entries in groups.items():
                assert [entry.granted for entry in entries].count(True) == 1, (key, entries)
            looks += 1
            await wake.wait(1)
    return looks


def _check(tx: Tx, *, made: int) -> None:
    numbers = [number for (number,) in tx.raw.execute("SELECT number FROM run ORDER BY number").fetchall()]
    assert numbers == list(range(1, made + 1)), "a run was lost, or its number"
    invariants.check_stored(tx)
    invariants.check_ended(tx)
    assert not tasks.next_expiry(tx)
