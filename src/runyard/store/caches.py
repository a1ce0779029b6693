"""Cache entries: immutable bytes that later jobs find by key. Rows only; `blob` names the bytes.

A key belongs to a scope (the ref that wrote it) and a version (a digest of the cached paths); both must be equal.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import IntEnum
from typing import Any

import msgspec
from sqlalchemy import delete, func, select, update

from runyard.store.database import Tx
from runyard.store.errors import Conflict, NotFound
from runyard.store.plain import insert_once
from runyard.store.schema import cache


class CacheStatus(IntEnum):
    """RESERVED: the upload is not complete. DOOMED: nobody finds it any more, its bytes are to go."""

    RESERVED = 1
    READY = 2
    DOOMED = 3


class Cache(msgspec.Struct, frozen=True):
    """An entry. `used`: when it was last written or found; `size` in bytes."""

    id: int
    repository_id: int
    scope: str
    key: str
    version: str
    status: CacheStatus
    size: int
    blob: str
    created: int
    used: int


_SELECT = select(*(cache.c[name] for name in Cache.__struct_fields__))


def reserve(tx: Tx, *, repository_id: int, scope: str, key: str, version: str, blob: str, at: int) -> int:
    """Begin an upload; the id. Raises Conflict when scope, version and key are taken: entries do not change."""
    place = {"repository_id": repository_id, "scope": scope, "key": key, "version": version}
    fields = {"status": int(CacheStatus.RESERVED), "size": 0, "blob": blob, "created": at, "used": at}
    cache_id: int | None = insert_once(tx, cache, **place, **fields)
    if cache_id is None:
        raise Conflict(f"There is already a cache entry '{key}'.")
    return cache_id


def commit(tx: Tx, repository_id: int, cache_id: int, *, size: int, at: int) -> None:
    """The upload is complete: from now on it is found. Raises NotFound."""
    mine = (cache.c.id == cache_id, cache.c.repository_id == repository_id, cache.c.status == CacheStatus.RESERVED)
    statement = update(cache).where(*mine).values(status=int(CacheStatus.READY), size=size, used=at)
    if tx.connection.execute(statement).rowcount == 0:
        raise NotFound(f"The repository has no reserved cache entry {cache_id}.")


def find(
    tx: Tx, repository_id: int, scopes: Sequence[str], version: str, keys: Sequence[str], *, at: int
) -> Cache | None:
    """The entry to restore, marked as used: scope by scope, and in each key by key.

    A key means the entry of exactly that key, else the newest one whose key begins with it.
    """
    for scope in scopes:
        for key in keys:
            found = _SELECT.where(
                cache.c.repository_id == repository_id,
                cache.c.scope == scope,
                cache.c.version == version,
                cache.c.status == int(CacheStatus.READY),
                func.substr(cache.c.key, 1, len(key)) == key,
            ).order_by((cache.c.key == key).desc(), cache.c.created.desc(), cache.c.id.desc())
            row = tx.connection.execute(found.limit(1)).first()
            if row is not None:
                tx.connection.execute(update(cache).where(cache.c.id == row.id).values(used=at))
                return cache_of(row)
    return None


def list(
    tx: Tx, repository_id: int, *, prefix: str = "", before: int | None = None, limit: int = 30
) -> Sequence[Cache]:
    """Complete entries whose keys begin with `prefix`, with ids below `before`, newest first."""
    found = _SELECT.where(cache.c.repository_id == repository_id, cache.c.status == int(CacheStatus.READY))
    if prefix:
        found = found.where(func.substr(cache.c.key, 1, len(prefix)) == prefix)
    if before is not None:
        found = found.where(cache.c.id < before)
    return [cache_of(row) for row in tx.connection.execute(found.order_by(cache.c.id.desc()).limit(limit))]


def doom(
    tx: Tx, ids: Collection[int], *, status: CacheStatus = CacheStatus.READY, repository_id: int | None = None
) -> int:
    """Nobody shall find these entries, which have that status, any more; how many there were."""
    statement = update(cache).where(cache.c.id.in_(ids), cache.c.status == int(status))
    if repository_id is not None:
        statement = statement.where(cache.c.repository_id == repository_id)
    return tx.connection.execute(statement.values(status=int(CacheStatus.DOOMED))).rowcount


def doomed(tx: Tx, limit: int = 100) -> Sequence[Cache]:
    """Entries whose bytes are to go."""
    found = _SELECT.where(cache.c.status == int(CacheStatus.DOOMED)).order_by(cache.c.used, cache.c.id).limit(limit)
    return [cache_of(row) for row in tx.connection.execute(found)]


def remove(tx: Tx, ids: Collection[int]) -> None:
    """Forget doomed entries whose bytes are gone."""
    tx.connection.execute(delete(cache).where(cache.c.id.in_(ids), cache.c.status == int(CacheStatus.DOOMED)))


def cache_of(row: Sequence[Any]) -> Cache:
    """From the columns in the order of the fields."""
    values = [*row]
    values[5] = CacheStatus(values[5])
    return Cache(*values)
