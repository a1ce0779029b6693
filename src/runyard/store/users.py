"""Users and organisations: the owners of repositories, in one table under one set of names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import msgspec
from sqlalchemy import bindparam, select

from runyard.store.database import Tx
from runyard.store.errors import Conflict, NotFound
from runyard.store.names import check_owner_name, key_of
from runyard.store.plain import clean, insert_once
from runyard.store.schema import owner
from runyard.store.statement import Statement

Kind = Literal["user", "organization"]


class User(msgspec.Struct, frozen=True):
    """A user, or an organisation (`kind`), which cannot sign in."""

    id: int
    kind: Kind
    name: str
    email: str
    is_admin: bool
    created: int


COLUMNS = tuple(owner.c[name] for name in User.__struct_fields__)
_BY_ID = Statement(select(*COLUMNS).where(owner.c.id == bindparam("id")), "id")


def create(
    tx: Tx, name: str, *, is_admin: bool = False, email: str = "", kind: Kind = "user", created: int = 0
) -> User:
    """Add a user or organisation. Raises InvalidName, and Conflict when the name is taken in any case."""
    check_owner_name(name)
    fields: dict[str, Any] = {
        "kind": kind, "name": name, "email": clean(email), "is_admin": is_admin, "created": created
    }  # fmt: skip
    user_id = insert_once(tx, owner, name_key=key_of(name), **fields)
    if user_id is None:
        raise Conflict(f"The name '{name}' is taken.")
    return User(id=user_id, **fields)


def get(tx: Tx, name: str) -> User:
    """The user or organisation of this name, in any case. Raises NotFound."""
    row = tx.connection.execute(select(*COLUMNS).where(owner.c.name_key == key_of(name))).one_or_none()
    if row is None:
        raise NotFound(f"There is no user or organisation '{name}'.")
    return User(*row)


def by_id(tx: Tx, user_id: int) -> User:
    """The user or organisation with this id. Raises NotFound."""
    row = _BY_ID.first(tx, user_id)
    if row is None:
        raise NotFound(f"There is no user or organisation with the id {user_id}.")
    return user_of(row)


def user_of(row: Sequence[Any]) -> User:
    """From COLUMNS, as the driver gives them."""
    user_id, kind, name, email, is_admin, created = row
    return User(user_id, kind, name, email, bool(is_admin), created)
