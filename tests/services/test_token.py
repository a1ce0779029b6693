"""Access tokens and sessions."""

from __future__ import annotations

import pytest

from runyard.services.context import Services
from runyard.services.errors import Invalid, NotFound, Unauthenticated
from runyard.services.identity import Anonymous, UserIdentity, authenticate
from runyard.services.token import close_session, create_token, delete_token, list_tokens, open_session
from runyard.store import users
from runyard.store.users import User
from tests.support.fleet import Clock


@pytest.fixture
async def ada(services: Services) -> User:
    """A user."""
    return await services.database.write(lambda tx: users.create(tx, "ada", email="ada@example.org"))


async def test_a_token_is_its_user_until_it_is_deleted(services: Services, ada: User) -> None:
    token, secret = await create_token(services, ada, " laptop ", ["read:repository"])
    assert (token.name, token.scopes, token.created) == ("laptop", ("read:repository",), services.clock())
    assert await authenticate(services, secret) == UserIdentity(ada, ("read:repository",))
    assert await list_tokens(services, ada) == [token]
    await delete_token(services, ada, "laptop")
    with pytest.raises(Unauthenticated):
        await authenticate(services, secret)
    with pytest.raises(NotFound):
        await delete_token(services, ada, "laptop")


async def test_tokens_are_deleted_by_id_too_and_only_ones_own(services: Services, ada: User) -> None:
    bob = await services.database.write(lambda tx: users.create(tx, "bob", email=""))
    token, _ = await create_token(services, ada, "one")
    with pytest.raises(NotFound):
        await delete_token(services, bob, str(token.id))
    await delete_token(services, ada, str(token.id))
    assert await list_tokens(services, ada) == []


@pytest.mark.parametrize(
    ("name", "scopes", "reason"),
    [("", [], "needs a name"), ("x" * 101, [], "needs a name"), ("a", ["fly"], "unknown scope 'fly'")],
)
async def test_bad_tokens(services: Services, ada: User, name: str, scopes: list[str], reason: str) -> None:
    with pytest.raises(Invalid, match=reason):
        await create_token(services, ada, name, scopes)


async def test_names_are_used_once(services: Services, ada: User) -> None:
    await create_token(services, ada, "a")
    with pytest.raises(Invalid, match="already"):
        await create_token(services, ada, "a")


async def test_a_session_is_opened_with_a_token_and_closed(services: Services, ada: User) -> None:
    _, secret = await create_token(services, ada, "a", ["all"])
    session, user = await open_session(services, secret)
    assert user == ada
    assert await authenticate(services, session) == UserIdentity(ada, ("all",))
    assert len(await list_tokens(services, ada)) == 1
    await close_session(services, secret)
    assert await authenticate(services, secret) == UserIdentity(ada, ("all",))
    await close_session(services, session)
    await close_session(services, session)
    with pytest.raises(Unauthenticated):
        await authenticate(services, session)


async def test_a_session_ends_by_itself(services: Services, ada: User) -> None:
    _, secret = await create_token(services, ada, "a")
    session, _ = await open_session(services, secret)
    assert isinstance(services.clock, Clock)
    services.clock.advance(30 * 24 * 3600)
    with pytest.raises(Unauthenticated):
        await authenticate(services, session)


async def test_nobody_opens_a_session_with_nothing(services: Services) -> None:
    with pytest.raises(Unauthenticated):
        await open_session(services, "")
    with pytest.raises(Unauthenticated):
        await open_session(services, "0" * 40)
    assert await authenticate(services, None) == Anonymous()
