"""Which runs must move on, and when: the column `deadline` of open runs, which every append keeps (0 = ended)."""

from __future__ import annotations

from sqlalchemy import bindparam, func, literal_column, select

from runyard.kernel.deadlines import next_deadline
from runyard.kernel.limits import Limits
from runyard.kernel.state import Run
from runyard.store.database import Tx
from runyard.store.schema import run
from runyard.store.statement import Statement, updating

_OPEN = run.c.deadline > literal_column("0")
"""The index holds only these; a parameter instead of the number has SQLite prepare the statement anew every time."""

_OVERDUE = Statement(
    select(run.c.id)
    .where(_OPEN, run.c.deadline <= bindparam("now"))
    .order_by(run.c.deadline)
    .limit(bindparam("limit")),
    "now",
    "limit",
)
_UPCOMING = Statement(select(func.min(run.c.deadline)).where(_OPEN))
_REFRESH = updating(run, "deadline", where="id")


def overdue(tx: Tx, now: int, limit: int = 1000) -> list[int]:
    """Runs whose deadline was at or before `now`, the longest overdue first."""
    return [row[0] for row in _OVERDUE.all(tx, now, limit)]


def upcoming(tx: Tx) -> int | None:
    """The first deadline of all runs; None when all have ended."""
    row = _UPCOMING.first(tx)
    return None if row is None else row[0]


def refresh(tx: Tx, run_id: int, state: Run, limits: Limits) -> None:
    """Write a run's deadline anew, when the limits are not those that it was written with."""
    found = next_deadline(state, limits)
    _REFRESH.run(tx, 0 if found is None else found.at, run_id)
