"""What a user shows instead of a password: named tokens and browser sessions, stored as hex SHA-256."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import msgspec
from sqlalchemy import bindparam, insert, literal_column, or_, select
from sqlalchemy import delete as deleting

from runyard.store import users
from runyard.store.database import Tx
from runyard.store.plain import clean, to_json
from runyard.store.schema import access_token, owner
from runyard.store.statement import Statement
from runyard.store.users import User

Kind = Literal["token", "session"]


class AccessToken(msgspec.Struct, frozen=True):
    """A token without its secret. `expires` is 0 for one that never does."""

    id: int
    user_id: int
    name: str
    kind: Kind
    scopes: tuple[str, ...]
    created: int
    expires: int


_COLUMNS = tuple(access_token.c[name] for name in AccessToken.__struct_fields__)
_scopes = msgspec.json.Decoder(tuple[str, ...]).decode
_FIND = Statement(
    select(*_COLUMNS, *users.COLUMNS)
    .join_from(access_token, owner)
    .where(access_token.c.token_hash == bindparam("token_hash"))
    .where(or_(access_token.c.expires == literal_column("0"), access_token.c.expires > bindparam("now"))),
    "token_hash",
    "now",
)


def create(
    tx: Tx,
    user_id: int,
    name: str,
    token_hash: str,
    scopes: Sequence[str],
    created: int,
    kind: Kind = "token",
    expires: int = 0,
) -> AccessToken:
    """Store a token of a user."""
    values = {
        "user_id": user_id, "name": clean(name), "kind": kind, "scopes": to_json(tuple(scopes)), "created": created,
        "expires": expires,
    }  # fmt: skip
    statement = insert(access_token).values(token_hash=token_hash, **values).returning(*_COLUMNS)
    return _token(tx.connection.execute(statement).one())


def find(tx: Tx, token_hash: str, *, now: int = 0) -> tuple[AccessToken, User] | None:
    """The token with this hash and its user, unless it expired at or before `now`."""
    row = _FIND.first(tx, token_hash, now)
    if row is None:
        return None
    return _token(row[: len(_COLUMNS)]), users.user_of(row[len(_COLUMNS) :])


def delete(tx: Tx, user_id: int, token_id: int) -> bool:
    """Remove a token of this user; False when there is none."""
    where = (access_token.c.id == token_id, access_token.c.user_id == user_id)
    return tx.connection.execute(deleting(access_token).where(*where)).rowcount == 1


def list(tx: Tx, user_id: int, kind: Kind = "token") -> Sequence[AccessToken]:
    """The tokens or sessions of a user, newest first."""
    where = (access_token.c.user_id == user_id, access_token.c.kind == kind)
    statement = select(*_COLUMNS).where(*where).order_by(access_token.c.id.desc())
    return [_token(row) for row in tx.connection.execute(statement)]


def _token(row: Sequence[Any]) -> AccessToken:
    token_id, user_id, name, kind, scopes, created, expires = row
    return AccessToken(token_id, user_id, name, kind, _scopes(scopes), created, expires)
