"""Rows of secrets and variables: whose they are, which win, lists by key ranges."""

from __future__ import annotations

import pytest

from runyard.store import Conflict, Database, NotFound, Tx, repositories, secrets, users, variables
from runyard.store.repositories import Repository
from runyard.store.scopes import SERVER, Scope


async def test_the_nearest_variable_wins(database: Database, repository: Repository) -> None:
    own, of_owner = Scope(repository_id=repository.id), Scope(owner_id=repository.owner_id)

    def write(tx: Tx) -> None:
        other = repositories.create(tx, users.create(tx, "bob").id, "hello")
        for scope in (own, of_owner, SERVER):
            variables.create(tx, scope, "A", f"a of {scope}", at=5)
        for scope in (of_owner, SERVER):
            variables.create(tx, scope, "B", f"b of {scope}")
        variables.create(tx, SERVER, "C", "c\x00")
        variables.create(tx, Scope(repository_id=other.id), "D", "d")
        variables.create(tx, Scope(owner_id=other.owner_id), "E", "e")

    await database.write(write)
    assert await database.read(lambda tx: variables.effective(tx, repository.id)) == {
        "A": f"a of repository/{repository.id}", "B": f"b of owner/{repository.owner_id}", "C": "c\ufffd"
    }  # fmt: skip
    for scope in (own, of_owner, SERVER):
        with pytest.raises(Conflict):
            await database.write(lambda tx, scope=scope: variables.create(tx, scope, "A", "again"))  # type: ignore[misc]
    assert await database.read(lambda tx: variables.effective(tx, 999)) == {
        "A": "a of server",
        "B": "b of server",
        "C": "c\ufffd",
    }


async def test_a_variable_is_found_in_its_own_scope_only(database: Database, repository: Repository) -> None:
    own, of_owner = Scope(repository_id=repository.id), Scope(owner_id=repository.owner_id)
    await database.write(lambda tx: variables.create(tx, of_owner, "A", "a"))
    for scope in (own, SERVER):
        with pytest.raises(NotFound):
            await database.read(lambda tx, scope=scope: variables.get(tx, scope, "A"))  # type: ignore[misc]
        with pytest.raises(NotFound):
            await database.write(lambda tx, scope=scope: variables.update(tx, scope, "A", value="b"))  # type: ignore[misc]
        with pytest.raises(NotFound):
            await database.write(lambda tx, scope=scope: variables.delete(tx, scope, "A"))  # type: ignore[misc]


async def test_variables_are_renamed_and_listed_by_name(database: Database, repository: Repository) -> None:
    own = Scope(repository_id=repository.id)

    def write(tx: Tx) -> None:
        for name in ("B", "A", "D", "C"):
            variables.create(tx, own, name, name.lower(), description="one", at=5)
        variables.update(tx, own, "D", value="z", new_name="E", at=9)
        variables.update(tx, own, "A", value="y", new_name="A", description="two", at=9)

    await database.write(write)
    first = await database.read(lambda tx: variables.list(tx, own, limit=2))
    assert [(each.name, each.value, each.description, each.created, each.updated) for each in first] == [
        ("A", "y", "two", 5, 9),
        ("B", "b", "one", 5, 5),
    ]
    rest = await database.read(lambda tx: variables.list(tx, own, after="B"))
    assert [(each.name, each.value, each.created) for each in rest] == [("C", "c", 5), ("E", "z", 5)]
    with pytest.raises(Conflict):
        await database.write(lambda tx: variables.update(tx, own, "B", value="z", new_name="C"))
    assert await database.read(lambda tx: variables.count(tx, own)) == 4


async def test_secrets(database: Database, repository: Repository) -> None:
    own, of_owner = Scope(repository_id=repository.id), Scope(owner_id=repository.owner_id)

    def write(tx: Tx) -> list[bool]:
        return [
            secrets.put(tx, SERVER, "A", key_id="k", data=b"\x001"),
            secrets.put(tx, of_owner, "A", key_id="k", data=b"2", description="mine", at=5),
            secrets.put(tx, of_owner, "A", key_id="l", data=b"3", at=6),
            secrets.put(tx, own, "B", key_id="k", data=b"4"),
        ]

    assert await database.write(write) == [True, True, False, True]
    found = await database.read(lambda tx: secrets.effective(tx, repository.id))
    assert {name: (str(each.scope), each.key_id, each.data) for name, each in found.items()} == {
        "A": (str(of_owner), "l", b"3"),
        "B": (str(own), "k", b"4"),
    }
    (shown,) = await database.read(lambda tx: secrets.list(tx, of_owner))
    assert (shown.name, shown.description, shown.created, shown.updated) == ("A", "mine", 5, 6)
    assert await database.read(lambda tx: secrets.list(tx, of_owner, after="A")) == []
    old = await database.read(lambda tx: secrets.closed_otherwise(tx, "l"))
    assert [each.data for each in old] == [b"\x001", b"4"]
    await database.write(lambda tx: secrets.put(tx, own, "B", key_id="k", data=b"5"))

    def replace(tx: Tx) -> None:
        for each in old:
            secrets.replace(tx, each, key_id="l", data=b"new")

    await database.write(replace)
    left = await database.read(lambda tx: secrets.closed_otherwise(tx, "l"))
    assert [each.data for each in left] == [b"5"], "what was stored meanwhile is not overwritten"
    await database.write(lambda tx: secrets.delete(tx, own, "B"))
    with pytest.raises(NotFound):
        await database.write(lambda tx: secrets.delete(tx, own, "B"))
