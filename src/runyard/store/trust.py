"""Authors whose pull requests from forks run without being approved one by one, per repository."""

from __future__ import annotations

import msgspec
from sqlalchemy import delete, func, select

from runyard.store.database import Tx
from runyard.store.plain import upsert
from runyard.store.schema import run, trusted_author


class Grant(msgspec.Struct, frozen=True):
    """Who trusts an author, since when (ms)."""

    by: str
    at: int


def trust(tx: Tx, repository_id: int, author: str, *, by: str, at: int) -> None:
    """Trust an author (a user's name, compared without case) from now on."""
    values = {"repository_id": repository_id, "author": author.casefold(), "granted_by": by, "at": at}
    upsert(tx, trusted_author, ("repository_id", "author"), **values)


def distrust(tx: Tx, repository_id: int, author: str) -> bool:
    """Trust an author no longer; False when nobody did."""
    where = (trusted_author.c.repository_id == repository_id, trusted_author.c.author == author.casefold())
    return tx.connection.execute(delete(trusted_author).where(*where)).rowcount == 1


def grant_of(tx: Tx, repository_id: int, author: str) -> Grant | None:
    """Who trusts this author; None for nobody."""
    where = (trusted_author.c.repository_id == repository_id, trusted_author.c.author == author.casefold())
    row = tx.connection.execute(select(trusted_author.c.granted_by, trusted_author.c.at).where(*where)).first()
    return None if row is None else Grant(*row)


def is_trusted(tx: Tx, repository_id: int, author: str) -> bool:
    """Whether somebody trusts this author."""
    return grant_of(tx, repository_id, author) is not None


def open_runs(tx: Tx, repository_id: int, *, pull_request: int = 0, author: str = "") -> list[int]:
    """Runs of a pull request, or of all pull requests of an author, that have not ended; oldest first."""
    where = [run.c.repository_id == repository_id, run.c.status >= 5, run.c.pull_request > 0]
    if pull_request:
        where.append(run.c.pull_request == pull_request)
    if author:
        where.append(func.lower(run.c.author) == author.lower())
    return list(tx.connection.execute(select(run.c.id).where(*where).order_by(run.c.id)).scalars())
