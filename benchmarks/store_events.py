"""Events of actions inserted in batches, durably. Baseline, in the same run: as many bare rows by the driver alone."""

from __future__ import annotations

from time import perf_counter

from benchmarks import databases
from benchmarks.figures import Figure
from runyard.store import Database, Tx
from runyard.store.actions import Action, ActionEvent, ActionIdentifier, ActionPhase, ActionRepo, RunIdentifier

BATCHES = 20
BATCH = 1000
ACTIONS = 10
TARGETS = {"SQLite": 50_000, "PostgreSQL": 20_000}
RUN = RunIdentifier("acme", "shop", "production", "r1")


def measure() -> list[Figure]:
    """The figures of both databases."""
    return databases.on_each(on)


async def on(name: str, address: str) -> list[Figure]:
    """The figure of one database."""
    async with databases.opened(address) as database:
        repo = ActionRepo(database)
        names = [ActionIdentifier(RUN, f"a{number}") for number in range(ACTIONS)]
        for action in names:
            await repo.create_action(Action(id=action, parent_action_name=None if action is names[0] else "a0"))
        await repo.insert_events(_batch(names, 0))
        batches = [_batch(names, number) for number in range(1, BATCHES + 1)]
        started = perf_counter()
        for batch in batches:
            await repo.insert_events(batch)
        rate = BATCHES * BATCH / (perf_counter() - started)
        bare = await _bare(database)
    target = TARGETS[name]
    return [
        Figure(
            f"events of {ACTIONS} actions inserted by {BATCH}, durable {name}",
            f"{rate:.0f} events/s",
            f"bare rows {bare:.0f}/s",
            f"{rate / bare:.0%}",
            f"≥ {target} events/s",
            rate >= target,
        )
    ]


def _batch(names: list[ActionIdentifier], number: int) -> list[ActionEvent]:
    """The events of one call, all new."""
    first = number * BATCH // ACTIONS
    versions = range(first, first + BATCH // ACTIONS)
    info = b"x" * 100
    return [ActionEvent(name, 1, ActionPhase.RUNNING, version, info=info) for name in names for version in versions]


async def _bare(database: Database) -> float:
    """Rows per second by the driver's `executemany`, one transaction for each batch."""
    mark = "?" if database.dialect == "sqlite" else "%s"
    blob = "BLOB" if database.dialect == "sqlite" else "BYTEA"
    await database.write(lambda tx: tx.raw.execute(f"CREATE TABLE bare (a BIGINT PRIMARY KEY, b BIGINT, c {blob})"))

    def insert(tx: Tx, number: int) -> None:
        rows = [(number * BATCH + row, row, b"x" * 100) for row in range(BATCH)]
        tx.raw.cursor().executemany(f"INSERT INTO bare VALUES ({mark}, {mark}, {mark})", rows)

    started = perf_counter()
    for number in range(BATCHES):
        await database.write(lambda tx, number=number: insert(tx, number))  # type: ignore[misc]
    return BATCHES * BATCH / (perf_counter() - started)
