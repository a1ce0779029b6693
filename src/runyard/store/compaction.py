"""Removing old events: what remains of a run are its rows and the event that created it, which holds its fixed part.

Only runs that ended long ago are touched; for all others rows are the fold of the journal. Whoever stands before a
removed event is told so (`feed.is_lost`, `watches.Resync`).
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, delete, func, select, tuple_

from runyard.kernel.status import TERMINAL
from runyard.store import feed
from runyard.store.database import Tx
from runyard.store.feed import Cursor
from runyard.store.schema import feed as entries
from runyard.store.schema import journal, run
from runyard.store.statement import Statement, deleting

_OLDEST = Statement(
    select(entries.c.xid, entries.c.run_id, entries.c.seq, run.c.created)
    .join_from(entries, run, run.c.id == entries.c.run_id)
    .where(
        tuple_(entries.c.xid, entries.c.run_id, entries.c.seq)
        > tuple_(bindparam("xid"), bindparam("run"), bindparam("after"))
    )
    .order_by(entries.c.xid, entries.c.run_id, entries.c.seq)
    .limit(bindparam("limit")),
    "xid",
    "run",
    "after",
    "limit",
)
_LOCK = Statement(select(run.c.status, run.c.stopped).where(run.c.id == bindparam("id")).with_for_update(), "id")
_NEWEST = Statement(select(func.max(entries.c.xid)).where(entries.c.run_id == bindparam("run")), "run")
_LEAVE = deleting(entries, where="run_id")
_REMOVE = Statement(delete(journal).where(journal.c.run_id == bindparam("run"), journal.c.seq > 1), "run")


class Pass(NamedTuple):
    """How far one bounded step of a pass through the oldest entries came, and what it removed."""

    cursor: Cursor
    runs: int
    done: bool


def compact(tx: Tx, after: Cursor, before: int, limit: int = 200) -> Pass:
    """Look at `limit` entries behind `after`, and remove the events of their runs that ended before the time `before`.

    Done when entries follow that are too young, or none.
    """
    page = _OLDEST.all(tx, *after, limit)
    removed: set[int] = set()
    seen: set[int] = set()
    for xid, run_id, seq, created in page:
        if created >= before:
            return Pass(after, len(removed), True)
        after = Cursor(xid, run_id, seq)
        if run_id not in seen:
            seen.add(run_id)
            if _remove(tx, run_id, before):
                removed.add(run_id)
    return Pass(after, len(removed), len(page) < limit)


def _remove(tx: Tx, run_id: int, before: int) -> bool:
    row = _LOCK.first(tx, run_id)
    if row is None or row[0] not in TERMINAL or not 0 < row[1] < before:
        return False
    newest = _NEWEST.first(tx, run_id)
    if newest is not None and newest[0] is not None:
        feed.raise_floor(tx, newest[0])
    _LEAVE.run(tx, run_id)
    _REMOVE.run(tx, run_id)
    return True
