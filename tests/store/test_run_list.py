"""Lists of runs: newest first, in pages by key, filtered."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import insert

from runyard.kernel.status import Status
from runyard.store import Database, Tx, repositories, run_list, runs, schema
from runyard.store.repositories import Repository
from tests.store.histories import claimed, run_created, waiting_run


async def create(database: Database, repository_id: int, **fields: Any) -> int:
    """A run that waits; its id."""

    def create(tx: Tx) -> int:
        return runs.create(tx, waiting_run(repository_id, runs.next_number(tx, repository_id), **fields))[0]

    return await database.write(create)


async def listed(database: Database, **options: Any) -> list[int]:
    """Ids of the runs in a list."""
    return [run.id for run in await database.read(lambda tx: runs.list(tx, **options))]


async def test_a_row_shows_the_run(database: Database, repository: Repository) -> None:
    run_id = await create(database, repository.id)
    await database.write(lambda tx: runs.append(tx, run_id, runs.load(tx, run_id), claimed()))
    (row,) = await database.read(lambda tx: runs.list(tx, repository_ids=[repository.id]))
    assert row == runs.RunSummary(
        id=run_id, repository_id=repository.id, number=1, title="Say hello", workflow=".github/workflows/ci.yml",
        event="push", ref="refs/heads/main", sha="a" * 40, actor="ada", status=Status.RUNNING, created=1000,
        started=2000, stopped=0, attempt=1,
    )  # fmt: skip


async def test_pages_cover_everything_once_while_runs_arrive(database: Database, repository: Repository) -> None:
    ids = [await create(database, repository.id) for _ in range(7)]
    seen: list[int] = []
    before = None
    while page := await listed(database, repository_ids=[repository.id], before=before, limit=3):
        seen += page
        before = page[-1]
        await create(database, repository.id)
    assert seen == ids[::-1]


async def test_several_repositories_are_merged(database: Database, repository: Repository) -> None:
    other = await database.write(lambda tx: repositories.create(tx, repository.owner_id, "other"))
    third = await database.write(lambda tx: repositories.create(tx, repository.owner_id, "third"))
    ids = [await create(database, place.id) for place in (repository, other, third, other, repository)]
    assert await listed(database, repository_ids=None) == ids[::-1]
    assert await listed(database, repository_ids=[repository.id, other.id], limit=3) == [ids[4], ids[3], ids[1]]
    assert await listed(database, repository_ids=[other.id, repository.id], before=ids[3]) == [ids[1], ids[0]]
    assert await listed(database, repository_ids=[]) == []


async def test_filters(database: Database, repository: Repository) -> None:
    a = await create(database, repository.id, ref="refs/heads/dev", actor="bob", event="schedule")
    b = await create(database, repository.id, workflow="other.yml", sha="b" * 40)
    await database.write(lambda tx: runs.append(tx, b, runs.load(tx, b), claimed()))
    failed = await database.write(lambda tx: runs.create(tx, [run_created(repository.id, 3)])[0])
    where = {"repository_ids": [repository.id]}
    assert await listed(database, **where, branch="dev") == [a]
    assert await listed(database, **where, actor="bob", event="schedule") == [a]
    assert await listed(database, **where, workflow="other.yml") == [b]
    assert await listed(database, **where, sha="b" * 40) == [b]
    assert await listed(database, **where, status=Status.RUNNING) == [b]
    assert await listed(database, **where, status=Status.WAITING) == [a]
    assert await listed(database, **where, status=Status.UNKNOWN) == [failed]
    assert await listed(database, repository_ids=None, status=Status.RUNNING, branch="main") == [b]
    assert await listed(database, **where, branch="main", before=b) == []


@pytest.mark.parametrize(
    ("filters", "index"),
    [
        ((), "ix_run_repository_id_id"),
        (("workflow",), "ix_run_repository_id_workflow_id"),
        (("status",), "ix_run_repository_id_status_id"),
    ],
)
async def test_a_page_is_a_key_range(
    database: Database, repository: Repository, filters: tuple[str, ...], index: str
) -> None:
    """Both planners say so: one index gives the rows in their order, and nothing is sorted or passed over."""
    for name in ("a", "b", "c", "d"):
        other = await database.write(lambda tx, name=name: repositories.create(tx, repository.owner_id, name))  # type: ignore[misc]
        await database.write(lambda tx, other=other: fill(tx, other.id, 1000))  # type: ignore[misc]
    await database.write(lambda tx: fill(tx, repository.id, 1000))
    await database.write(lambda tx: tx.raw.execute("ANALYZE run"))
    sql, arrange = run_list._page(database.dialect, True, filters)._compile(database.dialect)
    wanted = {"status": 1, "workflow": "0.yml"}
    parameters = (repository.id, *(wanted[name] for name in filters), 0, run_list.END, 30)
    asked = parameters if arrange is None else arrange(parameters)
    words = "EXPLAIN QUERY PLAN" if database.dialect == "sqlite" else "EXPLAIN"
    plan = [str(row[-1]) for row in await database.read(lambda tx: tx.raw.execute(f"{words} {sql}", asked).fetchall())]
    assert not any("Sort" in step or "TEMP B-TREE" in step or "SCAN run" in step or "Seq Scan" in step for step in plan)
    assert any(index in step for step in plan), plan
    if database.dialect == "sqlite":
        assert any("id>? AND id<?" in step or "rowid>? AND rowid<?" in step for step in plan), plan


def fill(tx: Tx, repository_id: int, count: int) -> None:
    """Runs of several workflows that have ended in several ways."""
    texts = dict.fromkeys(("title", "event", "ref", "sha", "actor"), "x")
    numbers = dict.fromkeys(("created", "started", "stopped", "attempt", "sequence"), 1)
    rows = [
        {"repository_id": repository_id, "number": n, "workflow": f"{n % 40}.yml", "status": n % 4 + 1}
        | texts
        | numbers
        for n in range(1, count + 1)
    ]
    tx.connection.execute(insert(schema.run), rows)


async def test_the_newest_run_of_each_repository_is_one_look(database: Database, repository: Repository) -> None:
    other = await database.write(lambda tx: repositories.create(tx, repository.owner_id, "other"))
    empty = await database.write(lambda tx: repositories.create(tx, repository.owner_id, "empty"))
    await create(database, repository.id)
    newest = [await create(database, repository.id), await create(database, other.id)]
    ids = [repository.id, other.id, empty.id]
    latest = await database.read(lambda tx: runs.latest(tx, ids))
    assert {key: summary.id for key, summary in latest.items()} == dict(zip(ids, newest, strict=False))
