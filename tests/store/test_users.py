"""Users and organisations."""

from __future__ import annotations

import pytest

from runyard.store import Conflict, Database, InvalidName, NotFound, users


async def test_a_user_is_found_by_name_in_any_case_and_by_id(database: Database) -> None:
    made = await database.write(lambda tx: users.create(tx, "Ada", is_admin=True, email="ada@example.org", created=5))
    assert made == users.User(made.id, "user", "Ada", "ada@example.org", True, 5)
    assert await database.read(lambda tx: users.get(tx, "aDA")) == made
    assert await database.read(lambda tx: users.by_id(tx, made.id)) == made


async def test_users_and_organisations_share_their_names(database: Database) -> None:
    await database.write(lambda tx: users.create(tx, "acme", kind="organization"))
    with pytest.raises(Conflict, match="'ACME' is taken"):
        await database.write(lambda tx: users.create(tx, "ACME"))


async def test_unknown_users_are_not_found(database: Database) -> None:
    with pytest.raises(NotFound, match="'nobody'"):
        await database.read(lambda tx: users.get(tx, "nobody"))
    with pytest.raises(NotFound):
        await database.read(lambda tx: users.by_id(tx, 99))


async def test_a_name_that_nobody_may_have(database: Database) -> None:
    with pytest.raises(InvalidName, match="'login' is reserved"):
        await database.write(lambda tx: users.create(tx, "login"))
