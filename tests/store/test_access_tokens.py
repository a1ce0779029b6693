"""Access tokens and sessions."""

from __future__ import annotations

from runyard.store import Database, access_tokens, users


async def test_a_token_leads_to_its_user(database: Database) -> None:
    user = await database.write(lambda tx: users.create(tx, "ada"))
    made = await database.write(lambda tx: access_tokens.create(tx, user.id, "laptop", "hash", ["read", "write"], 5))
    assert made == access_tokens.AccessToken(made.id, user.id, "laptop", "token", ("read", "write"), 5, 0)
    assert await database.read(lambda tx: access_tokens.find(tx, "hash", now=2**50)) == (made, user)
    assert await database.read(lambda tx: access_tokens.find(tx, "other")) is None


async def test_an_expired_session_is_not_found(database: Database) -> None:
    user = await database.write(lambda tx: users.create(tx, "ada"))
    made = await database.write(
        lambda tx: access_tokens.create(tx, user.id, "browser", "hash", (), 5, kind="session", expires=1000)
    )
    assert await database.read(lambda tx: access_tokens.find(tx, "hash", now=999)) == (made, user)
    assert await database.read(lambda tx: access_tokens.find(tx, "hash", now=1000)) is None


async def test_tokens_are_listed_and_deleted_by_their_user(database: Database) -> None:
    ada = await database.write(lambda tx: users.create(tx, "ada"))
    bob = await database.write(lambda tx: users.create(tx, "bob"))
    first = await database.write(lambda tx: access_tokens.create(tx, ada.id, "1", "a", (), 1))
    second = await database.write(lambda tx: access_tokens.create(tx, ada.id, "2", "b", (), 2))
    await database.write(lambda tx: access_tokens.create(tx, ada.id, "3", "c", (), 3, kind="session"))
    assert await database.read(lambda tx: access_tokens.list(tx, ada.id)) == [second, first]
    assert await database.read(lambda tx: len(access_tokens.list(tx, ada.id, "session"))) == 1
    assert not await database.write(lambda tx: access_tokens.delete(tx, bob.id, first.id))
    assert await database.write(lambda tx: access_tokens.delete(tx, ada.id, first.id))
    assert await database.read(lambda tx: access_tokens.list(tx, ada.id)) == [second]
