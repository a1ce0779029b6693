"""Lists of runs, newest first, read by key ranges only: a page costs the same among 10^3 and 10^6 runs."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import bindparam, literal_column, select

from runyard.kernel.status import Status
from runyard.store.database import Tx
from runyard.store.mapping import STATUSES
from runyard.store.schema import run
from runyard.store.statement import Statement

END = 2**63 - 1
OPEN = (Status.WAITING, Status.RUNNING, Status.BLOCKED, Status.CANCELLING)


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
    page = _page(repository_ids is not None, tuple(filters), status in OPEN)
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


@functools.cache
def _page(in_repository: bool, filters: tuple[str, ...], only_open: bool) -> Statement:
    names = ("repository_id", *filters) if in_repository else filters
    core = select(*_COLUMNS).where(*(run.c[name] == bindparam(name) for name in names))
    if only_open:
        core = core.where(run.c.status >= literal_column("5"))
    core = (
        core.where(run.c.id > bindparam("after"), run.c.id < bindparam("before"))
        .order_by(run.c.id.desc())
        .limit(bindparam("limit"))
    )
    return Statement(core, *names, "after", "before", "limit")


def _summary(row: tuple[Any, ...]) -> RunSummary:
    values = list(row)
    values[_STATUS] = STATUSES[values[_STATUS]]
    return RunSummary(*values)
