"""PostgreSQL is restarted and its connections are cut while two servers are at work: all goes on by itself."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from functools import partial
from pathlib import Path
from random import Random

import psycopg
import pytest

from runyard.services.context import Services
from runyard.services.errors import ServiceError
from runyard.services.start_run import RunRequest, start_run
from runyard.store import Database, Tx, repositories, runs, users
from runyard.store.signals import Topic
from tests.crash.hurried import run
from tests.crash.servers import RealServer, servers
from tests.simulation import invariants
from tests.simulation.network import Network
from tests.simulation.people import People
from tests.simulation.runners import Runner
from tests.simulation.server import Down
from tests.simulation.watchers import Watcher
from tests.support.postgres import Postgres, running_postgres

ACTS = 20
PUSHES = 40
STRIKES = 6
PATIENCE = 1800.0
SMALL = "on: push\njobs:\n  one: {runs-on: linux, steps: [{run: a}]}\n"
PROBE: Topic = ("tree", "probe")
LIMITS = {"abandoned_hours": 0.05, "approval_days": 0.002, "run_days": 0.01, "cancel_seconds": 60, "retry_times": 1}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("fault", ["connections", "restart"])
def test_all_goes_on(tmp_path: Path, fault: str) -> None:
    with running_postgres(synchronous_commit="on") as postgres:
        run(partial(_play, tmp_path, postgres, fault))


async def _play(folder: Path, postgres: Postgres, fault: str) -> None:
    url = postgres.url(postgres.create())
    async with servers(folder, url, 2, **LIMITS) as made:
        world = _World(made, Random(fault))
        await world.found()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(world.act())
                for writer in range(4):
                    group.create_task(world.push(range(writer, PUSHES, 4)))
                group.create_task(_strike(postgres, url, fault, world.random))
            await world.follow_all()
            await world.hear_each_other()
            await made[0].services.database.read(world.check)
        finally:
            world.stop()


class _World:
    """People, runners and watchers of the two servers."""

    def __init__(self, made: list[RealServer], random: Random) -> None:
        self.random = random
        self.network = Network(made, random, faultiness=0.0, latency=0.01)
        self.runners = [Runner(self.network, random, ("linux", "mac"), capacity=2, graceful=True) for _ in range(6)]
        self.watchers: list[Watcher] = []
        self.acknowledged: list[str] = []
        self._made = made
        self._repository_id = 0

    @property
    def _database(self) -> Database:
        return self._made[0].services.database

    async def found(self) -> None:
        def write(tx: Tx) -> int:
            return repositories.create(tx, users.create(tx, "ada").id, "demo").id

        self._repository_id = await self._database.write(write)
        for number, runner in enumerate(self.runners):
            await runner.enlist(self._made[0].services, f"r{number}")
            runner.begin()

    async def act(self) -> None:
        """People push, cancel, run again and approve."""
        people = People(self.network, self._repository_id, lambda what: None)
        for _ in range(ACTS):
            await asyncio.sleep(self.random.uniform(0, 15))
            try:
                for run_id in await people.act(self.random):
                    self.watchers += [Watcher(self.network, self.random, run_id) for _ in range(2)]
            except (Down, ServiceError):
                continue

    async def push(self, numbers: range) -> None:
        """Pushes that are never repeated, each with a title of its own."""
        for number in numbers:
            await asyncio.sleep(self.random.uniform(0, 15))
            try:
                await self.network.call(partial(self._push, title=f"push {number}"))
            except Down:
                continue
            self.acknowledged.append(f"push {number}")

    async def _push(self, services: Services, title: str) -> None:
        def write(tx: Tx) -> None:
            actor = users.get(tx, "ada")
            request = RunRequest(
                "ci.yml", source=SMALL, title=title, event="push", ref="r", sha="a" * 40, actor=actor, payload={}
            )
            start_run(services, tx, repositories.by_id(tx, self._repository_id), request)

        await services.database.write(write)

    async def follow_all(self) -> None:
        """Everybody waits until all runs have ended."""
        ids = await self._database.read(lambda tx: tx.raw.execute("SELECT id FROM run").fetchall())
        self.watchers += [Watcher(self.network, self.random, run_id) for (run_id,) in ids]
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*(each.following for each in self.watchers))

    async def hear_each_other(self) -> None:
        """Each server hears again of what the other one writes, once it has found the way back."""
        for writer, reader in (self._made, reversed(self._made)):
            heard = asyncio.Event()
            reader.services.database.signals.observe("tree", partial(_note, heard))
            async with asyncio.timeout(PATIENCE):
                while not heard.is_set():
                    await writer.services.database.write(lambda tx: tx.notify(PROBE))
                    with suppress(TimeoutError):
                        await asyncio.wait_for(heard.wait(), 30)

    def check(self, tx: Tx) -> None:
        """Nothing is lost, nothing is there twice, everything has ended and was seen once, in order."""
        titles = Counter(run.title for run in runs.list(tx, repository_ids=[self._repository_id], limit=10_000))
        pushed = {title: count for title, count in titles.items() if title.startswith("push")}
        assert set(pushed.values()) == {1}
        assert set(self.acknowledged) <= set(pushed)
        assert PUSHES / 2 < len(self.acknowledged) <= PUSHES
        invariants.check_stored(tx)
        invariants.check_ended(tx)
        invariants.check_watchers(tx, self.watchers)
        invariants.check_logs(tx, [work for runner in self.runners for work in runner.works])

    def stop(self) -> None:
        for runner in self.runners:
            runner.die()
        for watcher in self.watchers:
            watcher.following.cancel()


def _note(heard: asyncio.Event, topic: Topic | None) -> None:
    if topic == PROBE:
        heard.set()


async def _strike(postgres: Postgres, url: str, fault: str, random: Random) -> None:
    """Now and then the fault comes."""
    for number in range(STRIKES):
        await asyncio.sleep(random.uniform(10, 30))
        if fault == "restart" and number % 2:
            await asyncio.to_thread(postgres.crash)
            await asyncio.sleep(random.uniform(0, 30))
            postgres.start()
        else:
            listeners = number % 2 == 0
            while not await asyncio.to_thread(_cut, url, random, listeners=listeners):  # noqa: ASYNC110
                await asyncio.sleep(1)


def _cut(url: str, random: Random, *, listeners: bool) -> int:
    """Cut some connections of the servers, or those by which they hear of each other; how many."""
    with psycopg.connect(url, autocommit=True) as connection:
        others = "datname = current_database() AND pid <> pg_backend_pid()"
        kind = "query LIKE 'LISTEN%'" if listeners else "true"
        found = connection.execute(f"SELECT pid FROM pg_stat_activity WHERE {others} AND {kind}").fetchall()
        chosen = random.sample(found, min(len(found), 6))
        for (pid,) in chosen:
            connection.execute("SELECT pg_terminate_backend(%s)", (pid,))
        return len(chosen)
