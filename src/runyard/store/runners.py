"""Runners: their identity, where they may work, what they declared, and when they were last heard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy import delete as deleting

from runyard.store.database import Tx
from runyard.store.errors import NotFound
from runyard.store.plain import clean, to_json
from runyard.store.schema import runner
from runyard.store.statement import Statement


class Runner(msgspec.Struct, frozen=True):
    """A runner. Scope: one repository, else one owner's repositories, else (both None) all. Times in milliseconds."""

    id: int
    uuid: str
    name: str
    token_hash: str
    owner_id: int | None
    repository_id: int | None
    version: str
    labels: tuple[str, ...]
    capabilities: tuple[str, ...]
    ephemeral: bool
    last_online: int
    last_active: int
    created: int


_COLUMNS = tuple(runner.c[name] for name in Runner.__struct_fields__)
_texts = msgspec.json.Decoder(tuple[str, ...]).decode
_BY_UUID = Statement(select(*_COLUMNS).where(runner.c.uuid == bindparam("uuid")), "uuid")
_ONLINE = Statement(
    update(runner)
    .where(runner.c.id == bindparam("runner"), runner.c.last_online < bindparam("online"))
    .values(last_online=bindparam("online")),
    "runner",
    "online",
)
_ACTIVE = Statement(
    update(runner)
    .where(runner.c.id == bindparam("runner"), runner.c.last_active < bindparam("active"))
    .values(last_active=bindparam("active")),
    "runner",
    "active",
)


def create(
    tx: Tx,
    *,
    uuid: str,
    name: str,
    token_hash: str,
    owner_id: int | None = None,
    repository_id: int | None = None,
    version: str = "",
    labels: Sequence[str] = (),
    capabilities: Sequence[str] = (),
    ephemeral: bool = False,
    created: int = 0,
) -> Runner:
    """Add a runner. `uuid` must be new; the token is stored as hex SHA-256."""
    values = {
        "uuid": uuid, "name": clean(name), "token_hash": token_hash, "owner_id": owner_id,
        "repository_id": repository_id, "version": clean(version), "labels": to_json(tuple(labels)),
        "capabilities": to_json(tuple(capabilities)), "ephemeral": ephemeral, "last_online": 0, "last_active": 0,
        "created": created,
    }  # fmt: skip
    return _runner(tx.connection.execute(insert(runner).values(values).returning(*_COLUMNS)).one())


def by_uuid(tx: Tx, uuid: str) -> Runner | None:
    """The runner with this identity."""
    row = _BY_UUID.first(tx, uuid)
    return None if row is None else _runner(row)


def by_id(tx: Tx, runner_id: int) -> Runner:
    """The runner with this id. Raises NotFound."""
    row = tx.connection.execute(select(*_COLUMNS).where(runner.c.id == runner_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no runner {runner_id}.")
    return _runner(row)


def declare(
    tx: Tx, runner_id: int, version: str, labels: Sequence[str], capabilities: Sequence[str] | None = None
) -> Runner:
    """Store what a starting runner says of itself; None leaves the capabilities as they are. Raises NotFound."""
    values = {"version": clean(version), "labels": to_json(tuple(labels))}
    if capabilities is not None:
        values["capabilities"] = to_json(tuple(capabilities))
    tx.connection.execute(update(runner).where(runner.c.id == runner_id).values(values))
    return by_id(tx, runner_id)


def touch(tx: Tx, runner_id: int, online: int, active: int = 0) -> None:
    """The runner was heard at `online`, working at `active` (0: not working). Times never go back."""
    _ONLINE.run(tx, runner_id, online)
    if active:
        _ACTIVE.run(tx, runner_id, active)


def list(tx: Tx, *, owner_id: int | None = None, repository_id: int | None = None) -> Sequence[Runner]:
    """The runners of exactly this scope (both None: those for all repositories), oldest first."""
    where = (
        runner.c.owner_id.is_(None) if owner_id is None else runner.c.owner_id == owner_id,
        runner.c.repository_id.is_(None) if repository_id is None else runner.c.repository_id == repository_id,
    )
    return [_runner(row) for row in tx.connection.execute(select(*_COLUMNS).where(*where).order_by(runner.c.id))]


def delete(tx: Tx, runner_id: int) -> bool:
    """Remove a runner; False when there is none. Its tasks keep its name."""
    return tx.connection.execute(deleting(runner).where(runner.c.id == runner_id)).rowcount == 1


def _runner(row: Sequence[Any]) -> Runner:
    values = dict(zip(Runner.__struct_fields__, row, strict=True))
    values["labels"] = _texts(values["labels"])
    values["capabilities"] = _texts(values["capabilities"])
    values["ephemeral"] = bool(values["ephemeral"])
    return Runner(**values)
