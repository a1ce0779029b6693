"""Configuration variables: plain texts by name that workflows read as `vars`. Names are stored in upper case."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import delete as deletion
from sqlalchemy import func, select
from sqlalchemy import update as change

from runyard.store.database import Tx
from runyard.store.errors import Conflict, NotFound
from runyard.store.plain import clean, insert_once
from runyard.store.schema import variable
from runyard.store.scopes import Scope, reaching, within
from runyard.store.statement import Statement


class Variable(msgspec.Struct, frozen=True):
    """A variable of a scope."""

    id: int
    owner_id: int | None
    repository_id: int | None
    name: str
    value: str
    description: str
    created: int
    updated: int


_REACHING = Statement(reaching(variable, variable.c.name, variable.c.value), "repository")
_SELECT = select(*(variable.c[name] for name in Variable.__struct_fields__))


def list(tx: Tx, scope: Scope, *, after: str = "", limit: int = 50) -> Sequence[Variable]:
    """The variables of exactly this scope whose names come after `after`, by name."""
    found = _SELECT.where(within(variable, scope), variable.c.name > after).order_by(variable.c.name).limit(limit)
    return [Variable(*row) for row in tx.connection.execute(found)]


def count(tx: Tx, scope: Scope) -> int:
    """How many variables the scope has."""
    return tx.connection.execute(select(func.count()).where(within(variable, scope))).scalar_one()


def get(tx: Tx, scope: Scope, name: str) -> Variable:
    """The variable of exactly this scope. Raises NotFound."""
    row = tx.connection.execute(_SELECT.where(within(variable, scope), variable.c.name == name)).one_or_none()
    if row is None:
        raise NotFound(f"There is no variable '{name}'.")
    return Variable(*row)


def create(tx: Tx, scope: Scope, name: str, value: str, *, description: str = "", at: int = 0) -> None:
    """Add a variable. Raises Conflict when the scope has one of that name."""
    texts = {"name": name, "value": clean(value), "description": clean(description)}
    if insert_once(tx, variable, **scope._asdict(), **texts, created=at, updated=at) is None:
        raise Conflict(f"There is already a variable '{name}'.")


def update(
    tx: Tx,
    scope: Scope,
    name: str,
    *,
    value: str,
    new_name: str | None = None,
    description: str | None = None,
    at: int = 0,
) -> None:
    """Change a variable; None leaves name and description. Raises NotFound, Conflict (the new name is taken)."""
    known = get(tx, scope, name)
    described = known.description if description is None else clean(description)
    values: dict[str, Any] = {"value": clean(value), "description": described, "updated": at}
    if new_name is None or new_name == name:
        tx.connection.execute(change(variable).where(variable.c.id == known.id).values(values))
        return
    fresh = {"name": new_name, "created": known.created, **values}
    if insert_once(tx, variable, **scope._asdict(), **fresh) is None:
        raise Conflict(f"There is already a variable '{new_name}'.")
    delete(tx, scope, name)


def delete(tx: Tx, scope: Scope, name: str) -> None:
    """Remove a variable. Raises NotFound."""
    statement = deletion(variable).where(within(variable, scope), variable.c.name == name)
    if tx.connection.execute(statement).rowcount == 0:
        raise NotFound(f"There is no variable '{name}'.")


def effective(tx: Tx, repository_id: int) -> dict[str, str]:
    """What the workflows of a repository see: its own variables win over its owner's, those over the server's."""
    return {name: value for _, name, value in sorted(_REACHING.all(tx, repository_id))}
