"""Concurrency groups across runs: one row for each attempt or job that holds or waits for a group, in order of arrival.

The rows follow the runs' states (`runs.append` writes them): one is there from the request until the attempt or job
has ended. Whoever requests, or rules on a group, holds the lock of the repository (`runs.load` takes it).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import bindparam, select

from runyard.kernel.groups import Member, group_key
from runyard.store.database import Tx
from runyard.store.schema import concurrency, repository
from runyard.store.statement import Statement, deleting, inserting, updating


class Entry(msgspec.Struct, frozen=True):
    """One member of a group. `job` 0: the attempt itself."""

    run_id: int
    attempt: int
    job: int
    cancel_in_progress: bool
    queue: str
    granted: bool

    @property
    def member(self) -> Member:
        """As the kernel's rule sees it."""
        return Member(self.cancel_in_progress, self.queue, self.granted)


_COLUMNS = tuple(concurrency.c[name] for name in Entry.__struct_fields__)
_MEMBERS = Statement(
    select(*_COLUMNS)
    .where(concurrency.c.repository_id == bindparam("repository"), concurrency.c.group_key == bindparam("key"))
    .order_by(concurrency.c.id),
    "repository",
    "key",
)
_REPOSITORY = Statement(
    select(concurrency.c.group_key, *_COLUMNS)
    .where(concurrency.c.repository_id == bindparam("repository"))
    .order_by(concurrency.c.id),
    "repository",
)
_LOCK = Statement(
    select(repository.c.id).where(repository.c.id == bindparam("id")).with_for_update(key_share=True), "id"
)
_ENTER = inserting(concurrency, "repository_id group_key run_id attempt job cancel_in_progress queue granted")
_GRANT = updating(concurrency, "granted", where="run_id attempt job")
_LEAVE = deleting(concurrency, where="run_id attempt job")


def lock(tx: Tx, repository_id: int) -> None:
    """Be the only one who rules on the repository's groups until the transaction ends. SQLite has one writer anyway."""
    if tx.dialect == "postgresql":
        _LOCK.run(tx, repository_id)


def members(tx: Tx, repository_id: int, group: str) -> list[Entry]:
    """Who holds a group and who waits for it, in order of arrival."""
    return [_entry(row) for row in _MEMBERS.all(tx, repository_id, group_key(group))]


def of_repository(tx: Tx, repository_id: int) -> dict[str, list[Entry]]:
    """The members of all groups of a repository, by the group's key."""
    found: dict[str, list[Entry]] = {}
    for key, *row in _REPOSITORY.all(tx, repository_id):
        found.setdefault(key, []).append(_entry(row))
    return found


def enter(tx: Tx, rows: Sequence[Sequence[Any]]) -> None:
    """New members: rows of repository id, group key, run id, attempt, job, cancel-in-progress, queue, granted."""
    _ENTER.many(tx, rows)


def grant(tx: Tx, rows: Sequence[Sequence[Any]]) -> None:
    """Members hold their group: rows of granted (true), run id, attempt, job."""
    _GRANT.many(tx, rows)


def leave(tx: Tx, rows: Sequence[Sequence[Any]]) -> None:
    """Members have ended: rows of run id, attempt, job."""
    _LEAVE.many(tx, rows)


def _entry(row: Sequence[Any]) -> Entry:
    run_id, attempt, job, cancel_in_progress, queue, granted = row
    return Entry(run_id, attempt, job, bool(cancel_in_progress), queue, bool(granted))
