"""Repositories: names, visibility, pages, and what goes with them."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, func, select

from runyard.store import (
    Conflict,
    Database,
    InvalidName,
    NotFound,
    Tx,
    logs,
    repositories,
    runs,
    schema,
    summaries,
    tasks,
    users,
)
from runyard.store.repositories import Repository
from tests.store.histories import claimed, waiting_run


async def test_a_repository_is_found_in_any_case_and_by_id(database: Database, repository: Repository) -> None:
    assert (repository.owner, repository.name, repository.default_branch) == ("ada", "hello", "main")
    assert await database.read(lambda tx: repositories.get(tx, "ADA", "Hello")) == repository
    assert await database.read(lambda tx: repositories.by_id(tx, repository.id)) == repository


async def test_names_are_unique_per_owner(database: Database, repository: Repository) -> None:
    with pytest.raises(Conflict, match="'HELLO'"):
        await database.write(lambda tx: repositories.create(tx, repository.owner_id, "HELLO"))
    await database.write(lambda tx: repositories.create(tx, users.create(tx, "bob").id, "HELLO"))
    with pytest.raises(InvalidName):
        await database.write(lambda tx: repositories.create(tx, repository.owner_id, "no/slash"))
    with pytest.raises(NotFound):
        await database.write(lambda tx: repositories.create(tx, 99, "orphan"))


async def test_what_is_not_there(database: Database, repository: Repository) -> None:
    with pytest.raises(NotFound, match="'ada/nothing'"):
        await database.read(lambda tx: repositories.get(tx, "ada", "nothing"))
    with pytest.raises(NotFound):
        await database.read(lambda tx: repositories.by_id(tx, 99))
    with pytest.raises(NotFound):
        await database.write(lambda tx: repositories.set_default_branch(tx, 99, "dev"))


async def test_the_default_branch_changes(database: Database, repository: Repository) -> None:
    await database.write(lambda tx: repositories.set_default_branch(tx, repository.id, "dev"))
    assert (await database.read(lambda tx: repositories.by_id(tx, repository.id))).default_branch == "dev"


async def test_a_list_shows_what_one_may_see(database: Database, repository: Repository) -> None:
    def more(tx: Tx) -> tuple[int, Repository, Repository]:
        bob = users.create(tx, "bob").id
        secret = repositories.create(tx, repository.owner_id, "secret", private=True, description="hush")
        return bob, secret, repositories.create(tx, bob, "mine", private=True)

    bob, secret, mine = await database.write(more)

    async def listed(**options: int | bool | None) -> list[int]:
        return [row.id for row in await database.read(lambda tx: repositories.list(tx, **options))]  # type: ignore[arg-type]

    assert await listed() == [repository.id]
    assert await listed(visible_to=bob) == [mine.id, repository.id]
    assert await listed(visible_to=repository.owner_id) == [secret.id, repository.id]
    assert await listed(is_admin=True) == [mine.id, secret.id, repository.id]
    assert await listed(is_admin=True, limit=2) == [mine.id, secret.id]
    assert await listed(is_admin=True, before=secret.id) == [repository.id]
    assert await listed(is_admin=True, owner_id=bob) == [mine.id]


async def test_everything_of_a_repository_goes_with_it(database: Database, repository: Repository) -> None:
    def fill_and_delete(tx: Tx) -> dict[str, int]:
        run_id, run = runs.create(tx, waiting_run(repository.id, jobs=2))
        task_id = runs.append(tx, run_id, run, claimed()).task_ids[1, 1, 1]
        tasks.open(tx, task_id, token_hash="h", lease_expires=1)
        logs.append(tx, task_id, 0, [(1, "x")])
        summaries.put(tx, task_id, 0, "# Done")
        tx.connection.execute(delete(schema.repository).where(schema.repository.c.id == repository.id))
        kept = ("owner", "counter", "label_set")
        left = [table for table in schema.metadata.sorted_tables if table.name not in kept]
        return {
            table.name: tx.connection.execute(select(func.count()).select_from(table)).scalar_one() for table in left
        }

    left = await database.write(fill_and_delete)
    assert set(left.values()) == {0}, left
