"""Lists of runs: newest first, in pages by key, filtered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from runyard import store
from runyard.kernel.status import Status
from runyard.store import Database, Tx, repositories, run_list, runs
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
        (("status",), "ix_run_open"),
    ],
)
async def test_a_page_is_a_key_range(tmp_path: Path, filters: tuple[str, ...], index: str) -> None:
    """SQLite's planner says so, without data."""
    database = store.open(f"sqlite:///{tmp_path / 'runyard.db'}")
    sql, _ = run_list._page(True, filters, bool(filters == ("status",)))._compile("sqlite")
    plan = await database.read(lambda tx: tx.raw.execute(f"EXPLAIN QUERY PLAN {sql}", (1,) * sql.count("?")).fetchall())
    steps = [row[3] for row in plan]
    assert len(steps) == 1, "no sorting"
    assert f"USING INDEX {index} (" in steps[0]
    await database.close()
