"""Users: looked up by everybody, created by administrators."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runyard.services.access import require_admin
from runyard.services.errors import ConflictError, Invalid, NotFound
from runyard.store import users
from runyard.store.errors import Conflict, InvalidName
from runyard.store.errors import NotFound as NoSuchRow
from runyard.store.users import User

if TYPE_CHECKING:
    from runyard.services.context import Services
    from runyard.services.identity import Identity


async def find_user(services: Services, name: str) -> User:
    """The user or organisation of this name, in any case. Raises NotFound."""
    try:
        return await services.database.read(lambda tx: users.get(tx, name))
    except NoSuchRow as error:
        raise NotFound(f"there is no user '{name}'") from error


async def create_user(
    services: Services, identity: Identity, name: str, *, email: str = "", is_admin: bool = False
) -> User:
    """Add a user; they sign in with a token that the administrator makes for them.

    Raises Unauthenticated, Forbidden, Invalid (bad name), ConflictError (taken).
    """
    require_admin(identity)
    created = services.clock()
    try:
        return await services.database.write(
            lambda tx: users.create(tx, name, is_admin=is_admin, email=email, created=created)
        )
    except InvalidName as error:
        raise Invalid(str(error)) from error
    except Conflict as error:
        raise ConflictError(str(error)) from error
