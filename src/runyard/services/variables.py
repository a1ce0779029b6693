"""Configuration variables of repositories, owners and the server. Callers find the scope with `services.scopes`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runyard.services.errors import ConflictError, NotFound
from runyard.services.scopes import checked_description, checked_name, checked_value
from runyard.store import variables
from runyard.store.errors import Conflict
from runyard.store.errors import NotFound as NoSuchRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runyard.services.context import Services
    from runyard.store import Tx
    from runyard.store.scopes import Scope
    from runyard.store.variables import Variable


async def list_variables(
    services: Services, scope: Scope, *, after: str = "", limit: int = 50
) -> tuple[Sequence[Variable], int]:
    """Variables of exactly this scope, by name, and how many there are."""

    def read(tx: Tx) -> tuple[Sequence[Variable], int]:
        return variables.list(tx, scope, after=after, limit=limit), variables.count(tx, scope)

    return await services.database.read(read)


async def get_variable(services: Services, scope: Scope, name: str) -> Variable:
    """One variable. Raises NotFound."""
    try:
        return await services.database.read(lambda tx: variables.get(tx, scope, name.upper()))
    except NoSuchRow as error:
        raise _unknown(name) from error


async def create_variable(services: Services, scope: Scope, name: str, value: str, description: str = "") -> None:
    """Add a variable. Raises Invalid, ConflictError."""
    checked = checked_name("variable", name)
    text, described = checked_value("variable", value), checked_description(description) or ""
    at = services.clock()
    try:
        await services.database.write(
            lambda tx: variables.create(tx, scope, checked, text, description=described, at=at)
        )
    except Conflict as error:
        raise ConflictError(f"variable name {checked} already exists") from error


async def update_variable(
    services: Services, scope: Scope, name: str, value: str, *, new_name: str = "", description: str | None = None
) -> None:
    """Change a variable, and its name unless `new_name` is empty. Raises Invalid, NotFound, ConflictError."""
    renamed = checked_name("variable", new_name) if new_name else None
    text, described = checked_value("variable", value), checked_description(description)
    at = services.clock()

    def write(tx: Tx) -> None:
        variables.update(tx, scope, name.upper(), value=text, new_name=renamed, description=described, at=at)

    try:
        await services.database.write(write)
    except NoSuchRow as error:
        raise _unknown(name) from error
    except Conflict as error:
        raise ConflictError(f"variable name {renamed} already exists") from error


async def delete_variable(services: Services, scope: Scope, name: str) -> None:
    """Remove a variable. Raises NotFound."""
    try:
        await services.database.write(lambda tx: variables.delete(tx, scope, name.upper()))
    except NoSuchRow as error:
        raise _unknown(name) from error


def _unknown(name: str) -> NotFound:
    return NotFound(f"there is no variable '{name.upper()}' here")
