"""Rows of schedules."""

from __future__ import annotations

from runyard.store import Database, Tx, schedules
from runyard.store.repositories import Repository
from runyard.store.schedules import Schedule, Spec


def nightly(workflow: str, *specs: Spec, sha: str = "a" * 40) -> Schedule:
    """A schedule."""
    return Schedule(workflow, "Nightly", "refs/heads/main", sha, "ada", "on: schedule", 5, specs)


async def test_schedules_are_replaced_and_remember_when_they_were_due(
    database: Database, repository: Repository
) -> None:
    def write(tx: Tx) -> None:
        first = [nightly("b.yml", Spec("@daily", next=100)), nightly("a.yml", Spec("0 1 * * *", "Europe/Berlin", 200))]
        schedules.replace(tx, repository.id, first)
        assert schedules.list(tx, repository.id) == [first[1], first[0]]
        (due,) = schedules.due(tx, 150)
        assert schedules.advance(tx, due, 1000)
        again = nightly("b.yml", Spec("@daily", next=1100), Spec("@daily", next=1100), sha="b" * 40)
        schedules.replace(tx, repository.id, [again])
        assert schedules.list(tx, repository.id) == [
            nightly("b.yml", Spec("@daily", next=1100, previous=100), sha="b" * 40)
        ]
        schedules.replace(tx, repository.id, [])
        assert schedules.list(tx, repository.id) == []
        assert schedules.next_due(tx) is None

    await database.write(write)


async def test_what_is_due_is_served_once(database: Database, repository: Repository) -> None:
    def write(tx: Tx) -> None:
        specs = [Spec("1 * * * *", next=10), Spec("2 * * * *", next=20), Spec("3 * * * *", next=30), Spec("4 * * * *")]
        schedules.replace(tx, repository.id, [nightly("a.yml", *specs)])
        assert schedules.next_due(tx) == 10
        first, second = schedules.due(tx, 20)
        assert (first.repository_id, first.workflow, first.spec, first.next) == (
            repository.id,
            "a.yml",
            "1 * * * *",
            10,
        )
        assert [each.id for each in schedules.due(tx, 20, after=first.id)] == [second.id]
        assert [each.id for each in schedules.due(tx, 99, limit=1)] == [first.id]
        assert schedules.advance(tx, first, 3600)
        assert not schedules.advance(tx, first, 3600), "somebody else was there before"
        assert schedules.advance(tx, second, 0)
        assert [each.next for each in schedules.due(tx, 99)] == [30]

    await database.write(write)
