"""Creating hosted repositories."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from runyard.services.access import require_user, writable
from runyard.services.errors import ConflictError, Forbidden, Invalid, NotFound
from runyard.services.identity import UserIdentity
from runyard.store import repositories, users
from runyard.store.errors import Conflict, InvalidName
from runyard.store.errors import NotFound as NoSuchRow

_BRANCH = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._/-]*[A-Za-z0-9_])?")

if TYPE_CHECKING:
    from runyard.services.context import Services
    from runyard.services.identity import Identity
    from runyard.store import Tx
    from runyard.store.repositories import Repository


async def create_repository(
    services: Services,
    identity: Identity,
    owner: str,
    name: str,
    *,
    private: bool = False,
    description: str = "",
    default_branch: str = "main",
) -> Repository:
    """Create `owner/name`, in the database and on the disk. Users create for themselves, administrators for everybody.

    Raises Unauthenticated, Forbidden, NotFound (no such owner), Invalid (bad name), ConflictError (it exists).
    """
    require_user(identity)
    if not _BRANCH.fullmatch(default_branch) or ".." in default_branch:
        raise Invalid(f"'{default_branch}' cannot be the name of a branch")
    if not _may_create(identity, owner):
        raise Forbidden(f"only {owner} and administrators may create repositories of {owner}")

    def create(tx: Tx) -> Repository:
        found = users.get(tx, owner)
        return repositories.create(
            tx,
            found.id,
            name,
            private=private,
            description=description,
            default_branch=default_branch,
            created=services.clock(),
        )

    try:
        repository = await services.database.write(create)
    except NoSuchRow as error:
        raise NotFound(f"there is no user or organisation '{owner}'") from error
    except InvalidName as error:
        raise Invalid(str(error)) from error
    except Conflict as error:
        raise ConflictError(f"the repository {owner}/{name} exists already") from error
    await services.hosting.create(repository.id, repository.default_branch)
    return repository


async def repository_for_push(services: Services, identity: Identity, owner: str, name: str) -> Repository:
    """The repository to push to. One that does not exist yet is created, private, when its owner or an administrator
    pushes to it. Raises NotFound, Unauthenticated or Forbidden.
    """
    try:
        repository = await writable(services, identity, owner, name)
    except NotFound:
        if not _may_create(identity, owner):
            raise
        try:
            return await create_repository(services, identity, owner, name, private=True)
        except ConflictError:
            repository = await writable(services, identity, owner, name)
    await services.hosting.create(repository.id, repository.default_branch)
    return repository


def _may_create(identity: Identity, owner: str) -> bool:
    return isinstance(identity, UserIdentity) and (
        identity.user.is_admin or identity.user.name.lower() == owner.lower()
    )
