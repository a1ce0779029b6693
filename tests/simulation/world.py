"""One seed: a disk, servers, runners, people and faults; then calm, and a look at what has come of it."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from random import Random

from runyard.services.context import Services
from runyard.services.errors import ServiceError
from runyard.services.secrets import put_secret
from runyard.services.settings import Settings
from runyard.store import Tx, repositories, tasks, users
from runyard.store.memory import Remembered
from runyard.store.scopes import Scope
from tests.simulation import invariants
from tests.simulation.database import Disk, MemoryDisk
from tests.simulation.loop import SimulatedLoop, run
from tests.simulation.network import Network
from tests.simulation.people import People
from tests.simulation.runners import Runner
from tests.simulation.server import NOWHERE, Down, Server, task_factory
from tests.simulation.watchers import Watcher

HOUR = 3600
CALM_SECONDS = 30 * HOUR
"""An attempt takes a day at most (`run_days`), its last words a little longer."""
OVERDUE_SECONDS = 5 * HOUR
"""Clocks of servers are up to a few hours apart."""
MOST_ACTS, MOST_STRIKES = 34, 6
SECRET = "what nobody may read"
LABELS = (("linux",), ("linux", "mac"), ("linux", "mac"))


@dataclass(frozen=True)
class Cuts:
    """What is left out of a seed, to find the smallest world that still fails: acts and strikes by number, and more."""

    acts: frozenset[int] = frozenset()
    strikes: frozenset[int] = frozenset()
    network: bool = False
    slowness: bool = False


@dataclass(frozen=True)
class Outcome:
    """What a seed has come to: the number of its events, simulated seconds, and a digest of its whole journal."""

    events: int
    seconds: float
    digest: str


def simulate(
    seed: int,
    cuts: Cuts | None = None,
    tell: Callable[[str], None] | None = None,
    new_disk: Callable[[], Disk] = MemoryDisk,
) -> Outcome:
    """Play a seed to its end. `tell` is told what happens. Raises AssertionError when an invariant breaks."""
    return run(lambda loop: World(loop, seed, cuts or Cuts(), tell, new_disk()).play(), task_factory)


class World:
    """Everything there is."""

    def __init__(
        self, loop: SimulatedLoop, seed: int, cuts: Cuts, tell: Callable[[str], None] | None, disk: Disk
    ) -> None:
        self.loop = loop
        self.seed = seed
        self.cuts = cuts
        self.over = False
        self._tell = tell
        self.random = random = Random(seed)
        faultiness = random.choice((0, 0, 0.02, 0.15)) * (not cuts.network)
        slowness = random.choice((0, 0.002, 0.05)) * (not cuts.slowness)
        latency = random.choice((0.001, 0.02, 0.3))
        self.acts = random.randint(2, MOST_ACTS)
        self.strikes = random.choice((0, 0, 1, 2, MOST_STRIKES))
        self.disk = disk
        self.settings = Settings(
            data=NOWHERE,
            sweep_seconds=1800,
            fetch_hold_max_seconds=3600,
            abandoned_hours=2 / disk.haste,
            approval_days=0.5 / disk.haste,
            run_days=1 / disk.haste,
            retention_hours=1000,
            running_jobs=random.choice((0, 0, 1, 2)),
            retry_times=random.choice((0, 1, 2)),
        )
        self.servers = [
            Server(loop, self.disk, random, slowness, self.settings) for _ in range(random.choice((1, 1, 1, 2)))
        ]
        self.network = Network(self.servers, random, faultiness, latency)
        self.runners = [
            Runner(
                self.network,
                random,
                random.choice(LABELS),
                capacity=random.choice((1, 1, 2)),
                graceful=random.random() < 0.7,
            )
            for _ in range(random.choice((1, 2, 3, 4)))
        ]
        self.observer = invariants.Observer(self.settings.running_jobs, self.tell if tell else None)
        self.watchers: list[Watcher] = []
        self.people: People
        for server in self.servers:
            server.on_commit = self._look

    def tell(self, what: str) -> None:
        """Add to the trace."""
        if self._tell is not None:
            self._tell(f"{self.loop.time():10.3f}  {what}")

    async def play(self) -> Outcome:
        """Found the world, live through the faults, then let everything calm down and look at what is there."""
        errors = _Errors(self.servers)
        try:
            await self._found()
            for runner in self.runners:
                runner.begin()
            await asyncio.gather(self._busy_times(), self._bad_luck())
            await self._calm_down()
            await self._all_ended()
            self.over = True
            await self.servers[0].call(self._examine)
            outcome = await self.servers[0].call(self._outcome)
            errors.check()
            return outcome
        finally:
            errors.close()
            for runner in self.runners:
                runner.die()
            for server in self.servers:
                server.kill()
            await asyncio.sleep(0)
            self.disk.close()

    async def _found(self) -> None:
        for server in self.servers:
            await server.start()

        def write(tx: Tx) -> int:
            user = users.create(tx, "ada", is_admin=False, email="ada@example.org")
            return repositories.create(tx, user.id, "demo", private=False, description="", default_branch="main").id

        first = self.servers[0]
        repository_id = await first.call(lambda services: services.database.write(write))
        await first.call(partial(put_secret, scope=Scope(repository_id=repository_id), name="KEY", value=SECRET))
        for index, runner in enumerate(self.runners):
            await first.call(partial(runner.enlist, name=f"r{index}"))
        self.people = People(self.network, repository_id, self.tell)

    async def _busy_times(self) -> None:
        """People act, with pauses."""
        for number in range(self.acts):
            random = Random(f"{self.seed} act {number}")
            await asyncio.sleep(random.choice((0, 0.5, 5, 40)) * random.random())
            if number in self.cuts.acts:
                continue
            try:
                started = await self.people.act(random)
            except (Down, ServiceError) as error:
                self.tell(f"… in vain: {error or 'no answer'}")
                continue
            for run_id in started:
                for _ in range(random.choice((0, 1, 2))):
                    self.watchers.append(Watcher(self.network, random, run_id))

    async def _bad_luck(self) -> None:
        """Servers and runners die and come back, clocks jump."""
        for number in range(self.strikes):
            random = Random(f"{self.seed} strike {number}")
            await asyncio.sleep(random.expovariate(1 / 20))
            if number in self.cuts.strikes:
                continue
            self._strike(random)
            await asyncio.sleep(random.choice((0.1, 5, 90)))
            await self._mend()

    def _strike(self, random: Random) -> None:
        what = random.choice(("server", "statement", "statement", "runner", "freeze", "clock"))
        self.tell(f"STRIKE {what}")
        server, runner = random.choice(self.servers), random.choice(self.runners)
        if what == "server":
            server.kill()
        elif what == "statement" and server.life is not None:
            server.life.database.kill_within(random.randrange(60))
        elif what == "runner":
            runner.die()
        elif what == "freeze":
            runner.frozen.clear()
        elif what == "clock":
            server.clock_offset += random.choice((-3_600_000, -30_000, 30_000, 3_600_000))

    async def _mend(self) -> None:
        for runner in self.runners:
            runner.frozen.set()
            if not runner.alive:
                runner.begin()
        for server in self.servers:
            while server.life is None:
                try:
                    await server.start()
                    await server.call(self._examine)
                except Down:
                    continue

    async def _calm_down(self) -> None:
        """No more faults; everybody is there again."""
        self.tell("CALM")
        self.network.faulty = False
        for server in self.servers:
            if server.life is not None:
                server.life.database.kill_within(None)
        await self._mend()

    async def _all_ended(self) -> None:
        """Wait until all runs have ended, and their watchers have seen it, or for as long as it may ever take."""
        calm = self.loop.time()
        pause = 1.0
        while self.loop.time() < calm + CALM_SECONDS:
            if self.loop.time() > calm + OVERDUE_SECONDS:
                await self.servers[0].call(self._look_at_leases)
            if all(run.status.is_terminal for run in self.observer.runs.values()) and all(
                watcher.following.done() for watcher in self.watchers
            ):
                return
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, 1800)

    async def _look_at_leases(self, services: Services) -> None:
        """A lease that has run out is met, by whatever server's clock."""
        upcoming = await services.database.read(tasks.next_expiry)
        overdue = 0 if upcoming is None else services.clock() - upcoming
        assert overdue < (OVERDUE_SECONDS - HOUR) * 1000, f"nobody meets a lease that ran out {overdue // 1000} s ago"

    async def _examine(self, services: Services) -> None:
        """Look at everything that is stored."""

        def look(tx: Tx) -> None:
            invariants.check_stored(tx)
            invariants.check_secrets(tx, self.runners, SECRET)
            invariants.check_logs(tx, [work for runner in self.runners for work in runner.works])
            if self.over:
                invariants.check_ended(tx)
                invariants.check_watchers(tx, self.watchers)

        await services.database.read(look)

    async def _outcome(self, services: Services) -> Outcome:
        def read(tx: Tx) -> tuple[int, str]:
            rows = tx.raw.execute("SELECT run_id, seq, at, type, payload FROM journal ORDER BY run_id, seq").fetchall()
            return len(rows), hashlib.sha256(repr(rows).encode()).hexdigest()

        events, digest = await services.database.read(read)
        return Outcome(events, self.loop.time(), digest)

    def _look(self, runs: dict[int, Remembered]) -> None:
        """After a commit: see what has become of the runs."""
        for run_id, remembered in runs.items():
            self.observer.see(run_id, remembered.run, self.people.disabled)
        if runs:
            self.observer.check_together()


class _Errors(logging.Handler):
    """Errors that a living server has logged."""

    def __init__(self, servers: list[Server]) -> None:
        super().__init__(logging.ERROR)
        self._servers = servers
        self._records: list[str] = []
        logging.getLogger("runyard").addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        if all(server.life is not None for server in self._servers):
            self._records.append(self.format(record))

    def check(self) -> None:
        """Fail if there was one."""
        assert not self._records, self._records

    def close(self) -> None:
        """Stop listening."""
        logging.getLogger("runyard").removeHandler(self)
        super().close()
