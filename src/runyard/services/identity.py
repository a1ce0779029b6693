"""Who is calling: nobody, a user with an access token or a session, or a running job with its own token."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

from runyard.services.errors import Unauthenticated
from runyard.store import access_tokens, tasks
from runyard.store.users import User

if TYPE_CHECKING:
    from runyard.services.context import Services
    from runyard.store import Tx


class Anonymous(msgspec.Struct, frozen=True):
    """Nobody in particular."""


class UserIdentity(msgspec.Struct, frozen=True):
    """A user. `scopes` limits what the token allows; empty = everything the user may do."""

    user: User
    scopes: tuple[str, ...] = ()


class TaskIdentity(msgspec.Struct, frozen=True):
    """A job that is running now: may read and write its own repository and nothing else."""

    task_id: int
    repository_id: int
    run_id: int


Identity = Anonymous | UserIdentity | TaskIdentity


def token_hash(token: str) -> str:
    """How random tokens are stored: hex SHA-256."""
    return hashlib.sha256(token.encode()).hexdigest()


async def authenticate(services: Services, token: str | None) -> Identity:
    """Find out whose `token` it is. None or empty = anonymous; an unknown or expired one raises `Unauthenticated`."""
    if not token:
        return Anonymous()
    digest = token_hash(token)

    def find(tx: Tx) -> Identity | None:
        found = access_tokens.find(tx, digest, now=services.clock())
        if found is not None:
            return UserIdentity(found[1], found[0].scopes)
        task = tasks.by_token(tx, digest)
        return None if task is None else TaskIdentity(task.id, task.repository_id, task.run_id)

    identity = await services.database.read(find)
    if identity is None:
        raise Unauthenticated("the token is unknown or no longer valid; create a new one and try again")
    return identity
