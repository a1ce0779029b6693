"""Who may do what. A repository that the caller may not see does not exist for them.

Public repositories are read by everybody; private ones by their owner, administrators and their own running jobs. The
same three write.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runyard.services.errors import Forbidden, NotFound, Unauthenticated
from runyard.services.identity import Anonymous, Identity, TaskIdentity, UserIdentity
from runyard.store import repositories
from runyard.store.errors import NotFound as NoSuchRow
from runyard.store.users import User

if TYPE_CHECKING:
    from runyard.services.context import Services
    from runyard.store import Tx
    from runyard.store.repositories import Repository

BOT_NAME = "runyard-actions[bot]"


async def readable(services: Services, identity: Identity, owner: str, name: str) -> Repository:
    """The repository `owner/name`. Raises NotFound, also for one that the caller may not see."""
    return await services.database.read(lambda tx: find_readable(tx, identity, owner, name))


async def writable(services: Services, identity: Identity, owner: str, name: str) -> Repository:
    """The repository, for a caller who may change it. Raises NotFound, Unauthenticated or Forbidden."""
    return await services.database.read(lambda tx: find_writable(tx, identity, owner, name))


async def administrable(services: Services, identity: Identity, owner: str, name: str) -> Repository:
    """`writable`, but not for a running job. Raises NotFound, Unauthenticated or Forbidden."""
    repository = await writable(services, identity, owner, name)
    if isinstance(identity, TaskIdentity):
        raise Forbidden("a job's token may not do this; use the access token of the repository's owner")
    return repository


def find_readable(tx: Tx, identity: Identity, owner: str, name: str) -> Repository:
    """`readable` inside a transaction."""
    try:
        repository = repositories.get(tx, owner, name)
    except NoSuchRow:
        repository = None
    if repository is None or not may_read(identity, repository):
        raise NotFound(f"there is no repository {owner}/{name}, or you may not see it")
    return repository


def find_writable(tx: Tx, identity: Identity, owner: str, name: str) -> Repository:
    """`writable` inside a transaction."""
    repository = find_readable(tx, identity, owner, name)
    if isinstance(identity, Anonymous):
        raise Unauthenticated("this needs an access token")
    if not may_write(identity, repository):
        who = actor_of(identity).name
        raise Forbidden(f"you ({who}) may read {owner}/{name} but not change it with this token; ask its owner")
    return repository


def may_read(identity: Identity, repository: Repository) -> bool:
    """Whether the caller may see the repository and everything in it."""
    return _has_scope(identity, "repository", write=False) and (
        not repository.private or _belongs_to(identity, repository)
    )


def may_write(identity: Identity, repository: Repository) -> bool:
    """Whether the caller may push to the repository and steer its runs."""
    return _has_scope(identity, "repository", write=True) and _belongs_to(identity, repository)


def require_user(identity: Identity, *, write: bool = False) -> User:
    """The user behind the call. Raises Unauthenticated, or Forbidden by the token's scopes."""
    if not isinstance(identity, UserIdentity):
        raise Unauthenticated("this needs a user's access token")
    if not _has_scope(identity, "user", write=write):
        raise Forbidden(f"the token lacks the scope {'write' if write else 'read'}:user")
    return identity.user


def actor_of(identity: Identity) -> User:
    """Who is named as the cause of what the caller does; a job acts as a bot. Raises Unauthenticated for nobody."""
    match identity:
        case UserIdentity():
            return identity.user
        case TaskIdentity():
            return User(id=0, kind="user", name=BOT_NAME, email="", is_admin=False, created=0)
        case _:
            raise Unauthenticated("this needs an access token")


def require_admin(identity: Identity) -> User:
    """The administrator behind the call. Raises Unauthenticated or Forbidden."""
    user = require_user(identity)
    if not user.is_admin or not _has_scope(identity, "admin", write=True):
        raise Forbidden("only administrators may do this")
    return user


def _belongs_to(identity: Identity, repository: Repository) -> bool:
    if isinstance(identity, UserIdentity):
        return identity.user.is_admin or identity.user.id == repository.owner_id
    return isinstance(identity, TaskIdentity) and identity.repository_id == repository.id


def _has_scope(identity: Identity, area: str, *, write: bool) -> bool:
    if not isinstance(identity, UserIdentity) or not identity.scopes:
        return True
    wanted = {"all", f"write:{area}"} if write else {"all", f"write:{area}", f"read:{area}"}
    return not wanted.isdisjoint(identity.scopes)
