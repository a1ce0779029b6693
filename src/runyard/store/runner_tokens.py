"""Registration tokens: whoever shows one may add runners to its scope. Stored as hex SHA-256."""

from __future__ import annotations

import msgspec
from sqlalchemy import insert, select, update

from runyard.store.database import Tx
from runyard.store.schema import runner_token


class RunnerToken(msgspec.Struct, frozen=True):
    """A registration token: for one repository, else one owner, else (both None) the instance."""

    id: int
    owner_id: int | None
    repository_id: int | None
    active: bool


_COLUMNS = tuple(runner_token.c[name] for name in RunnerToken.__struct_fields__)


def create(tx: Tx, token_hash: str, owner_id: int | None = None, repository_id: int | None = None) -> RunnerToken:
    """Store a token. Others of the scope stay valid (see `invalidate`)."""
    values = {"token_hash": token_hash, "owner_id": owner_id, "repository_id": repository_id, "active": True}
    return RunnerToken(*tx.connection.execute(insert(runner_token).values(values).returning(*_COLUMNS)).one())


def find(tx: Tx, token_hash: str) -> RunnerToken | None:
    """The token with this hash, also when it is no longer active."""
    row = tx.connection.execute(select(*_COLUMNS).where(runner_token.c.token_hash == token_hash)).one_or_none()
    return None if row is None else RunnerToken(*row)


def invalidate(tx: Tx, owner_id: int | None = None, repository_id: int | None = None) -> int:
    """Make all tokens of exactly this scope worthless; how many were active."""
    where = (
        runner_token.c.owner_id.is_(None) if owner_id is None else runner_token.c.owner_id == owner_id,
        runner_token.c.repository_id.is_(None)
        if repository_id is None
        else runner_token.c.repository_id == repository_id,
        runner_token.c.active.is_(True),
    )
    return tx.connection.execute(update(runner_token).where(*where).values(active=False)).rowcount
