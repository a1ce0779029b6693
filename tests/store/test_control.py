"""Rows of concurrency groups, deadlines, leadership, policies and trust, on both databases."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import func, select

from runyard import store
from runyard.kernel import Limits, decide, fold
from runyard.kernel.commands import CancelRun, CreateRun, GrantConcurrency, Tick
from runyard.kernel.groups import arbitrate
from runyard.store import (
    Database,
    Tx,
    concurrency,
    deadlines,
    disabled_workflows,
    journal,
    leader,
    policies,
    repositories,
    runs,
    schema,
    trust,
)
from runyard.store.disabled_workflows import Disabled
from runyard.store.policies import RepositoryPolicy
from runyard.store.repositories import Repository

SOURCE = """\
on: push
concurrency: {group: Deploy, queue: max}
jobs:
  a: {runs-on: x, steps: [{run: a}]}
"""


def create(tx: Tx, repository_id: int, source: str = SOURCE, **fields: Any) -> int:
    command = CreateRun(
        at=1000, repository_id=repository_id, number=runs.next_number(tx, repository_id), workflow="ci.yml",
        source=source, title="t", event="push", ref="refs/heads/main", sha="a" * 40, actor="ada", github={}, **fields,
    )  # fmt: skip
    return runs.create(tx, decide(None, command))[0]


def rule(tx: Tx, repository_id: int) -> None:
    """Give the group to whoever is first."""
    entries = concurrency.members(tx, repository_id, "deploy")
    ruling = arbitrate([entry.member for entry in entries])
    if ruling.grant is not None:
        run_id = entries[ruling.grant].run_id
        run = runs.load(tx, run_id, lock=True)
        runs.append(tx, run_id, run, decide(run, GrantConcurrency(at=2000)))


async def test_a_row_for_each_member_in_order(database: Database, repository: Repository) -> None:
    def work(tx: Tx) -> list[concurrency.Entry]:
        for _ in range(3):
            create(tx, repository.id)
        rule(tx, repository.id)
        return concurrency.members(tx, repository.id, "DEPLOY")

    found = await database.write(work)
    assert [(each.job, each.queue, each.granted) for each in found] == [
        (0, "max", True), (0, "max", False), (0, "max", False),
    ]  # fmt: skip
    assert [each.run_id for each in found] == sorted(each.run_id for each in found)
    database.memory.forget_runs()
    run = await database.read(lambda tx: runs.load(tx, found[0].run_id))
    assert run.attempt.concurrency is not None
    assert run.attempt.concurrency.granted


async def test_a_row_goes_when_its_member_ends(database: Database, repository: Repository) -> None:
    def work(tx: Tx) -> tuple[int, int]:
        first = create(tx, repository.id)
        rule(tx, repository.id)
        before = len(concurrency.members(tx, repository.id, "deploy"))
        run = runs.load(tx, first, lock=True)

        runs.append(tx, first, run, decide(run, CancelRun(at=3000, by="ada", reason="")))
        return before, len(concurrency.members(tx, repository.id, "deploy"))

    assert await database.write(work) == (1, 0)


@pytest.mark.timeout(120)
async def test_twenty_writers_never_make_two_holders(
    database: Database, database_url: str, repository: Repository
) -> None:
    """The group's own index refuses a second holder: a ruling that overlooked one would fail here."""
    others = [database] if database.dialect == "sqlite" else [database, store.open(database_url)]

    def begin(tx: Tx) -> None:
        create(tx, repository.id)
        rule(tx, repository.id)

    def end(tx: Tx) -> bool:
        entries = concurrency.members(tx, repository.id, "deploy")
        holder = next((each for each in entries if each.granted), None)
        if holder is None:
            return False
        run = runs.load(tx, holder.run_id, lock=True)

        events = decide(run, CancelRun(at=3000, by="ada", reason="", force=True))
        runs.append(tx, holder.run_id, run, events)
        rule(tx, repository.id)
        return bool(events)

    async def writer(number: int) -> int:
        door = others[number % len(others)]
        await door.write(begin)
        return await door.write(end)

    ended = await asyncio.gather(*(writer(number) for number in range(20)))

    def look(tx: Tx) -> tuple[int, int]:
        table = schema.concurrency
        rows = tx.connection.execute(select(func.count()).select_from(table)).scalar_one()
        held = tx.connection.execute(select(func.count()).select_from(table).where(table.c.granted)).scalar_one()
        return rows, held

    rows, held = await database.read(look)
    assert rows == 20 - sum(ended)
    assert held == min(1, rows)
    for other in others[1:]:
        await other.close()


async def test_deadlines_are_found_and_follow_the_run(database: Database, repository: Repository) -> None:
    limits = Limits(abandoned=5000)

    def work(tx: Tx) -> tuple[int | None, list[int], list[int], int]:
        run_id = create(tx, repository.id, "on: push\njobs:\n  a: {runs-on: x, steps: [{run: a}]}\n")
        deadlines.refresh(tx, run_id, runs.load(tx, run_id), limits)
        return deadlines.upcoming(tx), deadlines.overdue(tx, 5999), deadlines.overdue(tx, 6000), run_id

    upcoming, early, due, run_id = await database.write(work)
    assert (upcoming, early, due) == (6000, [], [run_id])

    def end(tx: Tx) -> int | None:

        run = runs.load(tx, run_id, lock=True)
        runs.append(tx, run_id, run, decide(run, Tick(at=6000, limits=limits)), limits)
        return deadlines.upcoming(tx)

    assert await database.write(end) is None


async def test_one_process_leads_until_its_lease_ends(database: Database) -> None:
    def work(tx: Tx) -> list[bool]:
        def lead(name: str, now: int) -> bool:
            return leader.lead(tx, "reconciler", name, now, now + 15)

        first = [lead("one", 0), lead("two", 10), lead("one", 10), lead("two", 24), lead("two", 25), lead("one", 26)]
        leader.resign(tx, "reconciler", "one")
        leader.resign(tx, "reconciler", "two")
        return [*first, lead("one", 27)]

    expected = [True] * 7 if database.dialect == "sqlite" else [True, False, True, False, True, False, True]
    assert await database.write(work) == expected


async def test_a_leader_whose_clock_is_ahead_is_not_waited_for(database: Database) -> None:
    def work(tx: Tx) -> list[bool]:
        steps = [("ahead", 1000), ("one", 986), ("one", 984), ("two", 985)]
        return [leader.lead(tx, "reconciler", name, now, now + 15) for name, now in steps]

    expected = [True] * 4 if database.dialect == "sqlite" else [True, False, True, False]
    assert await database.write(work) == expected


async def test_policies_and_trust(database: Database, repository: Repository) -> None:
    policy = RepositoryPolicy(running_jobs=3, retry_times=2, retry_causes=("lost_runner",), retry_delay=50)

    def work(tx: Tx) -> None:
        assert policies.get(tx, repository.id) == RepositoryPolicy()
        policies.put(tx, repository.id, policy)
        assert policies.get(tx, repository.id) == policy
        policies.put(tx, repository.id, RepositoryPolicy(retry_times=0))
        assert policies.get(tx, repository.id) == RepositoryPolicy(retry_times=0)
        assert not trust.is_trusted(tx, repository.id, "eve")
        trust.trust(tx, repository.id, "Eve", by="ada", at=1)
        trust.trust(tx, repository.id, "eve", by="ada", at=2)
        assert trust.is_trusted(tx, repository.id, "EVE")
        assert (trust.distrust(tx, repository.id, "eve"), trust.distrust(tx, repository.id, "eve")) == (True, False)
        first = create(tx, repository.id, fork=True, pull_request=4, author="Eve", approval=True)
        create(tx, repository.id)
        assert trust.open_runs(tx, repository.id, pull_request=4) == [first]
        assert trust.open_runs(tx, repository.id, author="eve") == [first]
        assert trust.open_runs(tx, repository.id, pull_request=5) == []

    await database.write(work)


async def test_workflows_are_switched_off_and_on(database: Database, repository: Repository) -> None:
    def work(tx: Tx) -> None:
        other = repositories.create(tx, repository.owner_id, "other")
        assert disabled_workflows.of_repository(tx, repository.id) == {}
        for path, by, at in (("a.yml", "ada", 1), ("b.yml", "ada", 2), ("a.yml", "bob", 3)):
            disabled_workflows.disable(tx, repository.id, path, by=by, at=at)
        expected = {"a.yml": Disabled("bob", 3), "b.yml": Disabled("ada", 2)}
        assert disabled_workflows.of_repository(tx, repository.id) == expected
        assert disabled_workflows.of_repository(tx, other.id) == {}
        for _ in range(2):
            disabled_workflows.enable(tx, repository.id, "a.yml")
        assert disabled_workflows.of_repository(tx, repository.id) == {"b.yml": Disabled("ada", 2)}

    await database.write(work)


async def test_a_run_with_all_of_it_is_read_back(database: Database, repository: Repository) -> None:
    def work(tx: Tx) -> int:
        return create(tx, repository.id, fork=True, pull_request=4, author="eve", approval=True)

    run_id = await database.write(work)
    known = await database.read(lambda tx: runs.load(tx, run_id))
    database.memory.forget_runs()
    assert await database.read(lambda tx: runs.load(tx, run_id)) == known
    events = [event for _, event in await database.read(lambda tx: journal.read(tx, run_id))]
    assert fold(events) == known
    assert known.approval is not None
    assert known.approval.state == "needed"
