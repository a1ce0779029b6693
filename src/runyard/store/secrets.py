"""Secrets: encrypted texts by name. The store sees no clear text and has no key; names are stored in upper case."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import Any

import msgspec
from sqlalchemy import delete as deletion
from sqlalchemy import func, select, update

from runyard.store.database import Tx
from runyard.store.errors import NotFound
from runyard.store.plain import clean, insert_once
from runyard.store.schema import secret
from runyard.store.scopes import Scope, reaching, within
from runyard.store.statement import Statement


class Secret(msgspec.Struct, frozen=True):
    """What is told of a secret."""

    name: str
    description: str
    created: int
    updated: int


class Sealed(msgspec.Struct, frozen=True):
    """An encrypted value with what is needed to open it: where it belongs, its name, and which key closed it."""

    id: int
    scope: Scope
    name: str
    key_id: str
    data: bytes


_SEALED = (secret.c.id, secret.c.owner_id, secret.c.repository_id, secret.c.name, secret.c.key_id, secret.c.data)
_REACHING = Statement(reaching(secret, *_SEALED), "repository")


def list(tx: Tx, scope: Scope, *, after: str = "", limit: int = 50) -> Sequence[Secret]:
    """The secrets of exactly this scope whose names come after `after`, by name."""
    columns = (secret.c[name] for name in Secret.__struct_fields__)
    found = select(*columns).where(within(secret, scope), secret.c.name > after).order_by(secret.c.name).limit(limit)
    return [Secret(*row) for row in tx.connection.execute(found)]


def count(tx: Tx, scope: Scope) -> int:
    """How many secrets the scope has."""
    return tx.connection.execute(select(func.count()).where(within(secret, scope))).scalar_one()


def put(
    tx: Tx, scope: Scope, name: str, *, key_id: str, data: bytes, description: str | None = None, at: int = 0
) -> bool:
    """Store a value in place of an earlier one; whether the name is new. None leaves the description."""
    values: dict[str, Any] = {"key_id": key_id, "data": data, "updated": at}
    if description is not None:
        values["description"] = clean(description)
    fresh = {"description": "", "created": at, **values}
    if insert_once(tx, secret, **scope._asdict(), name=name, **fresh) is not None:
        return True
    tx.connection.execute(update(secret).where(within(secret, scope), secret.c.name == name).values(values))
    return False


def delete(tx: Tx, scope: Scope, name: str) -> None:
    """Remove a secret. Raises NotFound."""
    if tx.connection.execute(deletion(secret).where(within(secret, scope), secret.c.name == name)).rowcount == 0:
        raise NotFound(f"There is no secret '{name}'.")


def effective(tx: Tx, repository_id: int) -> dict[str, Sealed]:
    """What holds for a repository, by name: its own secrets win over its owner's, those over the server's."""
    rows = sorted(_REACHING.all(tx, repository_id), key=itemgetter(0))
    return {sealed.name: sealed for sealed in (_sealed(row[1:]) for row in rows)}


def closed_otherwise(tx: Tx, key_id: str, *, after: int = 0, limit: int = 100) -> Sequence[Sealed]:
    """Secrets of all scopes that another key closed, with ids above `after`."""
    wanted = select(*_SEALED).where(secret.c.key_id != key_id, secret.c.id > after).order_by(secret.c.id).limit(limit)
    return [_sealed(row) for row in tx.connection.execute(wanted)]


def replace(tx: Tx, sealed: Sealed, *, key_id: str, data: bytes) -> None:
    """Store the same value closed by another key, unless it was changed or removed meanwhile."""
    same = (secret.c.id == sealed.id, secret.c.data == sealed.data)
    tx.connection.execute(update(secret).where(*same).values(key_id=key_id, data=data))


def _sealed(row: Any) -> Sealed:
    secret_id, owner_id, repository_id, name, key_id, data = row
    return Sealed(secret_id, Scope(owner_id, repository_id), name, key_id, bytes(data))
