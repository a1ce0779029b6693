"""Runners and the tokens that register them."""

from __future__ import annotations

import pytest

from runyard.store import Database, NotFound, runner_tokens, runners
from runyard.store.repositories import Repository
from runyard.store.runner_tokens import RunnerToken
from runyard.store.runners import Runner


async def test_a_runner_from_registration_to_removal(database: Database) -> None:
    made = await database.write(
        lambda tx: runners.create(
            tx, uuid="u", name="metal", token_hash="h", version="1", labels=("Linux",), ephemeral=True, created=7
        )
    )
    assert made == Runner(made.id, "u", "metal", "h", None, None, "1", ("Linux",), (), True, 0, 0, 7)
    assert await database.read(lambda tx: runners.by_uuid(tx, "u")) == made
    assert await database.read(lambda tx: runners.by_uuid(tx, "other")) is None
    declared = await database.write(lambda tx: runners.declare(tx, made.id, "2", ["a", "b"], ["cancelling"]))
    assert (declared.version, declared.labels, declared.capabilities) == ("2", ("a", "b"), ("cancelling",))
    again = await database.write(lambda tx: runners.declare(tx, made.id, "3", ["a"]))
    assert again.capabilities == ("cancelling",)
    assert await database.write(lambda tx: runners.delete(tx, made.id))
    assert not await database.write(lambda tx: runners.delete(tx, made.id))
    with pytest.raises(NotFound):
        await database.write(lambda tx: runners.declare(tx, made.id, "2", []))


async def test_the_times_of_a_runner_never_go_back(database: Database) -> None:
    made = await database.write(lambda tx: runners.create(tx, uuid="u", name="metal", token_hash="h"))

    async def touch(online: int, active: int = 0) -> tuple[int, int]:
        await database.write(lambda tx: runners.touch(tx, made.id, online, active))
        now = await database.read(lambda tx: runners.by_id(tx, made.id))
        return now.last_online, now.last_active

    assert await touch(10) == (10, 0)
    assert await touch(20, 20) == (20, 20)
    assert await touch(15, 15) == (20, 20)
    assert await touch(30) == (30, 20)


async def test_runners_are_listed_by_scope(database: Database, repository: Repository) -> None:
    def create(uuid: str, owner_id: int | None, repository_id: int | None) -> object:
        return database.write(
            lambda tx: runners.create(
                tx, uuid=uuid, name=uuid, token_hash=uuid, owner_id=owner_id, repository_id=repository_id
            )
        )

    await create("all", None, None)  # type: ignore[misc]
    await create("owner", repository.owner_id, None)  # type: ignore[misc]
    await create("repository", None, repository.id)  # type: ignore[misc]

    async def listed(**scope: int) -> list[str]:
        return [runner.name for runner in await database.read(lambda tx: runners.list(tx, **scope))]

    assert await listed() == ["all"]
    assert await listed(owner_id=repository.owner_id) == ["owner"]
    assert await listed(repository_id=repository.id) == ["repository"]


async def test_registration_tokens_are_invalidated_by_scope(database: Database, repository: Repository) -> None:
    everywhere = await database.write(lambda tx: runner_tokens.create(tx, "a"))
    here = await database.write(lambda tx: runner_tokens.create(tx, "b", repository_id=repository.id))
    assert everywhere == RunnerToken(everywhere.id, None, None, True)
    assert await database.read(lambda tx: runner_tokens.find(tx, "b")) == here
    assert await database.read(lambda tx: runner_tokens.find(tx, "c")) is None
    assert await database.write(lambda tx: runner_tokens.invalidate(tx)) == 1
    assert await database.write(lambda tx: runner_tokens.invalidate(tx)) == 0
    assert await database.read(lambda tx: runner_tokens.find(tx, "a")) == RunnerToken(everywhere.id, None, None, False)
    assert await database.read(lambda tx: runner_tokens.find(tx, "b")) == here
