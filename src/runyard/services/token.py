"""Access tokens of users, and the sessions of people who use the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runyard.services.errors import Invalid, NotFound, Unauthenticated
from runyard.services.identity import UserIdentity, authenticate, token_hash
from runyard.store import access_tokens
from runyard.store.access_tokens import AccessToken, Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runyard.services.context import Services
    from runyard.store import Tx
    from runyard.store.users import User

AREAS = ("activitypub", "admin", "issue", "misc", "notification", "organization", "package", "repository", "user")
SCOPES = frozenset({"all", *(f"{verb}:{area}" for verb in ("read", "write") for area in AREAS)})
SESSION_MS = 30 * 24 * 3600 * 1000
_NAME_LIMIT = 100


async def create_token(
    services: Services, user: User, name: str, scopes: Sequence[str] = ()
) -> tuple[AccessToken, str]:
    """Make a token; the second value is its text, which is kept nowhere. No scopes = everything the user may do.

    Raises Invalid for a bad or used name and unknown scopes.
    """
    name = name.strip()
    if not name or len(name) > _NAME_LIMIT:
        raise Invalid(f"a token needs a name of at most {_NAME_LIMIT} characters")
    if unknown := sorted(set(scopes) - SCOPES):
        raise Invalid(
            f"unknown scope '{unknown[0]}'; the scopes are all, read:AREA and write:AREA with {', '.join(AREAS)}"
        )
    if any(token.name == name for token in await list_tokens(services, user)):
        raise Invalid(f"there is a token named '{name}' already")
    return await _create(services, user, name, tuple(scopes), "token")


async def list_tokens(services: Services, user: User) -> list[AccessToken]:
    """The user's tokens, without sessions."""
    return list(await services.database.read(lambda tx: access_tokens.list(tx, user.id)))


async def delete_token(services: Services, user: User, id_or_name: str) -> None:
    """Make a token of this user useless. Raises NotFound."""
    tokens = await list_tokens(services, user)
    token = next((token for token in tokens if id_or_name in (str(token.id), token.name)), None)
    if token is None:
        raise NotFound(f"you have no token '{id_or_name}'")
    await services.database.write(lambda tx: access_tokens.delete(tx, user.id, token.id))


async def open_session(services: Services, token: str) -> tuple[str, User]:
    """Sign in with an access token: the secret of a new session (for a cookie) and its user. Raises Unauthenticated."""
    identity = await authenticate(services, token)
    if not isinstance(identity, UserIdentity):
        raise Unauthenticated("sign in with the access token of a user")
    _, secret = await _create(
        services, identity.user, "session", identity.scopes, "session", services.clock() + SESSION_MS
    )
    return secret, identity.user


async def close_session(services: Services, secret: str) -> None:
    """Sign out. A session that is gone already is no error."""

    def close(tx: Tx) -> None:
        found = access_tokens.find(tx, token_hash(secret))
        if found is not None and found[0].kind == "session":
            access_tokens.delete(tx, found[1].id, found[0].id)

    await services.database.write(close)


async def _create(
    services: Services, user: User, name: str, scopes: tuple[str, ...], kind: Kind, expires: int = 0
) -> tuple[AccessToken, str]:
    secret, created = services.new_token(), services.clock()
    token = await services.database.write(
        lambda tx: access_tokens.create(tx, user.id, name, token_hash(secret), scopes, created, kind, expires)
    )
    return token, secret
