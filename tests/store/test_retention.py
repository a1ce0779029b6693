"""Removing runs, and finding what is old by key ranges."""

from __future__ import annotations

from sqlalchemy import func, select

from runyard.store import Database, Tx, artifacts, feed, logs, retention, runs
from runyard.store.feed import START
from runyard.store.repositories import Repository
from runyard.store.retention import END, Hold, RetentionPolicy
from runyard.store.schema import metadata
from tests.store.histories import claimed, ended, step_done, waiting_run


def ended_run(tx: Tx, repository_id: int, number: int) -> tuple[int, int]:
    """A run that ended at 3000, with a log; the ids of run and task."""
    run_id, _ = runs.create(tx, waiting_run(repository_id, number) + claimed() + step_done(0) + ended())
    (task_id,) = runs.task_ids(tx, run_id, 1).values()
    logs.append(tx, task_id, 0, [(1, "x" * 100)], no_more=True)
    return run_id, task_id


async def test_a_removed_run_leaves_nothing_and_its_followers_are_told(
    database: Database, repository: Repository
) -> None:
    def counts(tx: Tx) -> dict[str, int]:
        return {
            name: tx.connection.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in metadata.tables.items()
            if name not in ("counter", "label_set")
        }

    before = await database.read(counts)
    run_id, _ = await database.write(lambda tx: ended_run(tx, repository.id, 1))
    assert (await database.read(counts))["journal"] > 0
    assert not await database.read(lambda tx: feed.is_lost(tx, START))
    with database.signals.subscribe(("run", run_id)) as wake:
        assert await database.write(lambda tx: retention.remove_runs(tx, [run_id, 99])) == 1
        await wake.wait(30)
    assert await database.read(counts) == before
    assert await database.read(lambda tx: feed.is_lost(tx, START))


async def test_open_and_held_runs_and_those_with_bytes_are_not_removed(
    database: Database, repository: Repository
) -> None:
    def write(tx: Tx) -> list[int]:
        open_run, _ = runs.create(tx, waiting_run(repository.id, 1))
        held, _ = ended_run(tx, repository.id, 2)
        retention.hold(tx, held, Hold("ada", "audit", 5))
        full, _ = ended_run(tx, repository.id, 3)
        artifacts.create(tx, repository_id=repository.id, run_id=full, attempt=1, name="a", path="a.zip", blob="b")
        return [open_run, held, full]

    ids = await database.write(write)
    assert await database.write(lambda tx: retention.remove_runs(tx, ids)) == 0
    assert await database.read(lambda tx: retention.hold_of(tx, ids[1])) == Hold("ada", "audit", 5)
    assert await database.write(lambda tx: retention.release(tx, ids[1]))
    assert not await database.write(lambda tx: retention.release(tx, ids[1]))
    assert await database.write(lambda tx: retention.remove_runs(tx, ids)) == 1

    def give_up(tx: Tx) -> int:
        retention.give_up_artifacts(tx, ids, 9)
        gone = retention.artifact_bytes(tx)
        retention.artifact_bytes_removed(tx, [each for each, _ in gone], 9)
        return retention.remove_runs(tx, ids)

    assert await database.write(give_up) == 1


async def test_ended_runs_are_found_page_by_page(database: Database, repository: Repository) -> None:
    def write(tx: Tx) -> list[int]:
        return [ended_run(tx, repository.id, number)[0] for number in range(1, 6)]

    ids = await database.write(write)

    def found(tx: Tx, before: int, up_to: int) -> list[int]:
        result: list[int] = []
        after: int | None = 0
        while after is not None:
            due, after = retention.ended_runs(tx, repository.id, before=before, up_to=up_to, after=after, limit=2)
            result += [each.id for each in due]
            assert all(each.bytes > 0 for each in due)
        return result

    assert await database.read(lambda tx: found(tx, 3001, 0)) == ids
    assert await database.read(lambda tx: found(tx, 3000, 0)) == []
    assert await database.read(lambda tx: found(tx, 0, ids[2])) == ids[:3]
    assert await database.read(lambda tx: retention.newest_but(tx, repository.id, 2)) == ids[2]
    assert await database.read(lambda tx: retention.newest_but(tx, repository.id, 5)) == 0


async def test_logs_are_found_expired_once_and_then_no_more(database: Database, repository: Repository) -> None:
    def write(tx: Tx) -> list[tuple[int, int]]:
        made = [ended_run(tx, repository.id, number) for number in range(1, 4)]
        retention.hold(tx, made[1][0], Hold("ada", "", 5))
        return made

    (_, first), (_, held), (_, last) = await database.write(write)

    def found(tx: Tx) -> list[list[int]]:
        old = retention.old_logs(tx, 3001)
        rest = retention.old_logs(tx, 3001, (old[0].at, old[0].id)) if old else []
        newest, below = retention.logs_of_runs(tx, repository.id, END)
        assert below is None
        assert all(each.bytes > 0 for each in newest)
        return [[each.id for each in page] for page in (old, rest, newest)]

    assert await database.read(found) == [[first, last], [last], [last, first]]
    assert await database.read(lambda tx: retention.old_logs(tx, 3000)) == []
    assert await database.write(lambda tx: logs.expire(tx, [first, held, last], 7777)) == 2
    assert await database.read(lambda tx: logs.read(tx, first)) == []
    assert (await database.read(lambda tx: logs.length(tx, first))).expired == 7777
    assert len(await database.read(lambda tx: logs.read(tx, held))) == 1
    assert await database.read(found) == [[], [], []]
    assert await database.write(lambda tx: logs.expire(tx, [first, last], 8888)) == 0


async def test_policies(database: Database, repository: Repository) -> None:
    policy = RetentionPolicy(run_days=3, log_bytes=0)
    await database.write(lambda tx: retention.set_policy(tx, repository.id, RetentionPolicy(cache_days=9)))
    await database.write(lambda tx: retention.set_policy(tx, repository.id, policy))
    assert await database.read(lambda tx: retention.policy(tx, repository.id)) == policy
    assert await database.read(lambda tx: retention.policy(tx, 99)) == RetentionPolicy()
    assert await database.read(lambda tx: retention.repositories_after(tx, 0)) == [(repository.id, policy)]
    assert await database.read(lambda tx: retention.repositories_after(tx, repository.id)) == []
