"""Lists of runs, newest first, read by key ranges only: a page costs the same among 10^3 and 10^6 runs."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import BigInteger, bindparam, func, select, tuple_

from runyard.kernel.status import Status
from runyard.store.database import Dialect, Tx
from runyard.store.mapping import STATUSES
from runyard.store.schema import repository, run
from runyard.store.statement import Statement

END = 2**63 - 1
INDEXED = ("repository_id", "status", "workflow")
"""What leads an index that ends with the id: the repository, alone or with one of the others."""


class RunSummary(msgspec.Struct, frozen=True):
    """What a list shows of a run. `attempt` is the number of the latest attempt."""

    id: int
    repository_id: int
    number: int
    title: str
    workflow: str
    event: str
    ref: str
    sha: str
    actor: str
    status: Status
    created: int
    started: int
    stopped: int
    attempt: int


_COLUMNS = tuple(run.c[name] for name in RunSummary.__struct_fields__)
_STATUS = RunSummary.__struct_fields__.index("status")


def list_runs(
    tx: Tx,
    *,
    repository_ids: Sequence[int] | None,
    before: int | None = None,
    limit: int = 30,
    status: Status | None = None,
    workflow: str | None = None,
    event: str | None = None,
    branch: str | None = None,
    actor: str | None = None,
    sha: str | None = None,
) -> list[RunSummary]:
    """Runs with ids below `before`, newest first; None for all repositories. Filters are equalities."""
    wanted = {
        "status": None if status is None else int(status),
        "workflow": workflow,
        "event": event,
        "ref": None if branch is None else f"refs/heads/{branch}",
        "actor": actor,
        "sha": sha,
    }
    filters = {name: value for name, value in wanted.items() if value is not None}
    page = _page(tx.dialect, repository_ids is not None, tuple(filters))
    end = END if before is None else before
    if repository_ids is None:
        return [_summary(row) for row in page.all(tx, *filters.values(), 0, end, limit)]
    newest: list[tuple[Any, ...]] = []
    floor = 0
    for repository_id in dict.fromkeys(repository_ids):
        newest += page.all(tx, repository_id, *filters.values(), floor, end, limit)
        if len(newest) > limit:
            newest.sort(reverse=True)
            del newest[limit:]
            floor = newest[-1][0]
    return [_summary(row) for row in sorted(newest, reverse=True)]


def latest_runs(tx: Tx, repository_ids: Sequence[int]) -> dict[int, RunSummary]:
    """The newest run of each of the repositories by repository id: one statement, one row read for each."""
    newest = select(func.max(run.c.id)).where(run.c.repository_id == repository.c.id).scalar_subquery()
    ids = select(newest).where(repository.c.id.in_(repository_ids))
    rows = tx.connection.execute(select(*_COLUMNS).where(run.c.id.in_(ids)))
    return {summary.repository_id: summary for summary in map(_summary, rows)}


@functools.cache
def _page(dialect: Dialect, in_repository: bool, filters: tuple[str, ...]) -> Statement:
    """One page: the filters are equal, and the id lies in a range.

    For PostgreSQL the index's key is compared and ordered as a whole: its planner takes a repository's runs for evenly
    spread, and would else walk through those of all others to find them. SQLite does not use a range of whole keys.
    """
    names = ("repository_id", *filters) if in_repository else filters
    led = [name for name in names if name in INDEXED][:2] if in_repository and dialect == "postgresql" else []
    key = [run.c[name] for name in (*led, "id")]
    above, below = (
        tuple_(*(bindparam(name, type_=run.c[name].type) for name in led), bindparam(end, type_=BigInteger))
        for end in ("after", "before")
    )
    core = (
        select(*_COLUMNS)
        .where(*(run.c[name] == bindparam(name) for name in names if name not in led))
        .where(tuple_(*key) > above, tuple_(*key) < below)
        .order_by(*(column.desc() for column in key))
        .limit(bindparam("limit"))
    )
    return Statement(core, *names, "after", "before", "limit")


def _summary(row: Sequence[Any]) -> RunSummary:
    values = list(row)
    values[_STATUS] = STATUSES[values[_STATUS]]
    return RunSummary(*values)
