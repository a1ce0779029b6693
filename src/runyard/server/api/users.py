"""Users and their access tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litestar import delete, get, post
from litestar.params import JSONBody

from runyard.server.api.inputs import Caller, Text, TheServices
from runyard.server.api.shapes import NewToken, NewUser, Token
from runyard.services.access import require_admin, require_user
from runyard.services.context import Services
from runyard.services.errors import Forbidden
from runyard.services.identity import Identity, UserIdentity
from runyard.services.payload import sender_json, timestamp
from runyard.services.token import create_token, delete_token, list_tokens
from runyard.services.user import create_user, find_user

if TYPE_CHECKING:
    from runyard.store.access_tokens import AccessToken
    from runyard.store.users import User


@get("/user", tags=["user"])
async def me(services: TheServices, identity: Caller) -> dict[str, Any]:
    """The caller."""
    return sender_json(services.settings.base_url, require_user(identity))


@get("/users/{username:str}", tags=["user"])
async def user(services: TheServices, username: Text) -> dict[str, Any]:
    """A user or organisation; the e-mail address is left out."""
    found = await find_user(services, username)
    return sender_json(services.settings.base_url, found) | {"email": ""}


@post("/admin/users", tags=["user"])
async def new_user(services: TheServices, identity: Caller, data: JSONBody[NewUser]) -> dict[str, Any]:
    """Add a user (administrators)."""
    made = await create_user(services, identity, data.username, email=data.email, is_admin=data.admin)
    return sender_json(services.settings.base_url, made)


@get("/users/{username:str}/tokens", tags=["user"])
async def tokens(services: TheServices, identity: Caller, username: Text) -> list[Token]:
    """The tokens of a user, without their texts."""
    owner = await _token_owner(services, identity, username)
    return [_token(each, "") for each in await list_tokens(services, owner)]


@post("/users/{username:str}/tokens", tags=["user"])
async def new_token(services: TheServices, identity: Caller, username: Text, data: JSONBody[NewToken]) -> Token:
    """Make a token; its text is shown this once. A token cannot make one that may do more than itself."""
    owner = await _token_owner(services, identity, username)
    made, secret = await create_token(services, owner, data.name, _limited(identity, data.scopes))
    return _token(made, secret)


@delete("/users/{username:str}/tokens/{token:str}", tags=["user"])
async def remove_token(services: TheServices, identity: Caller, username: Text, token: Text) -> None:
    """Make a token useless, by id or name."""
    await delete_token(services, await _token_owner(services, identity, username), token)


async def _token_owner(services: Services, identity: Identity, username: str) -> User:
    """The user whose tokens are meant: oneself, or for administrators anybody."""
    caller = require_user(identity, write=True)
    if caller.name.lower() == username.lower():
        return caller
    if not caller.is_admin:
        raise Forbidden("these are somebody else's tokens")
    require_admin(identity)
    return await find_user(services, username)


def _limited(identity: Identity, scopes: list[str]) -> list[str]:
    """The scopes of a new token. Raises Forbidden when they go beyond those of the token that asks."""
    own = identity.scopes if isinstance(identity, UserIdentity) else ()
    if own and "all" not in own and not (scopes and set(scopes) <= set(own)):
        raise Forbidden(f"this token may only make tokens with scopes of its own: {', '.join(own)}")
    return scopes


def _token(token: AccessToken, secret: str) -> Token:
    return Token(token.id, token.name, secret, secret[-8:], list(token.scopes), timestamp(token.created))
