"""One feed of the events of all runs, safe to follow: what is behind a reader's cursor is never added to.

Each append to a journal is an entry. Entries are ordered by `xid`, then run, then sequence number. On SQLite `xid`
counts appends, and the one writer makes that the order of commits. On PostgreSQL it is the number of the transaction,
which is taken before the commit: a lower number may be committed later. So a read stops below the oldest transaction
that is still open, where nothing can be added any more, and an entry's `xid` is never lower than that of the run's
entry before it, so that a run's events always come in their order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import BigInteger, Text, and_, bindparam, cast, func, insert, literal_column, select, tuple_, update

from runyard.kernel.events import Event
from runyard.store import journal
from runyard.store.database import Tx
from runyard.store.schema import counter, feed
from runyard.store.schema import journal as events
from runyard.store.statement import Statement, arrays, inserting

_LAST = 2**63 - 1


class Cursor(NamedTuple):
    """A place in the feed: behind this event. As text `xid.run.seq`."""

    xid: int
    run_id: int
    seq: int

    def __str__(self) -> str:
        return f"{self.xid}.{self.run_id}.{self.seq}"


START = Cursor(0, 0, 0)


class Entry(msgspec.Struct, frozen=True):
    """An event of a run and its place in the feed."""

    cursor: Cursor
    repository_id: int
    event: Event


class Page(msgspec.Struct, frozen=True):
    """What a reader gets. `cursor`: where to read on. `more`: there is more at once.

    `pending`: more is committed, but an older transaction is still open. Its end may wake nobody: look again soon.
    """

    entries: list[Entry]
    cursor: Cursor
    more: bool = False
    pending: bool = False


def parse_cursor(text: str) -> Cursor | None:
    """The cursor that was written as this text; None when it is none."""
    parts = text.split(".")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) < 20 for part in parts):
        return None
    xid, run_id, seq = map(int, parts)
    return Cursor(xid, run_id, seq) if max(xid, run_id, seq) <= _LAST else None


def append(tx: Tx, appends: Sequence[tuple[int, int, int, int]]) -> None:
    """Enter events of different runs, which are locked, into the feed and wake those who follow it.

    For each the run's id, its repository's, the numbers of the first and of the last event.
    """
    if tx.dialect == "sqlite":
        row = _NEXT.first(tx, len(appends))
        assert row is not None
        start = row[0] - len(appends) + 1
        _ENTER.many(tx, [(*each, number) for number, each in enumerate(appends, start)])
    else:
        _ENTER_SHARED.many(tx, [(*each, each[0]) for each in appends])
    for run_id, repository_id, _, _ in appends:
        tx.notify(("run", run_id))
        tx.notify(("repository", repository_id))
    tx.notify(("feed",))


def end(tx: Tx) -> tuple[Cursor, dict[int, int]]:
    """The cursor of someone who starts with what this transaction sees, and what is seen beyond it.

    The latter are run ids with the last sequence number seen: these events will still come and are known already.
    """
    if tx.dialect == "sqlite":
        row = _COUNTED.first(tx)
        assert row is not None
        return Cursor(row[0], _LAST, _LAST), {}
    horizon = _horizon(tx)
    return Cursor(horizon - 1, _LAST, _LAST), dict(_BEYOND.all(tx, horizon))


def floor(tx: Tx) -> Cursor:
    """The oldest cursor behind which everything is there."""
    row = _FLOOR.first(tx)
    assert row is not None
    return Cursor(row[0], _LAST, _LAST)


def is_lost(tx: Tx, after: Cursor) -> bool:
    """Whether events behind the cursor have been removed: its holder must begin with a new snapshot."""
    return after.xid < floor(tx).xid


def read(tx: Tx, after: Cursor, limit: int = 100, *, repository_id: int | None = None) -> Page:
    """The events behind the cursor, of one repository or of all, from at most `limit` appends.

    Only to be asked with a cursor that is not lost.
    """
    horizon = _LAST if tx.dialect == "sqlite" else _horizon(tx)
    scope = () if repository_id is None else (repository_id,)
    rows = (_OF_ALL if repository_id is None else _OF_REPOSITORY).all(tx, *scope, *after, horizon, limit)
    entries = [
        Entry(Cursor(xid, run_id, seq), repository, journal.decode(payload))
        for xid, run_id, repository, _, seq, payload in rows
        if (xid, run_id, seq) > after
    ]
    more = len({row[:4] for row in rows}) == limit
    pending = not more and horizon < _LAST and bool(_ANY_BEYOND.all(tx, horizon))
    return Page(entries, entries[-1].cursor if entries else after, more, pending)


def raise_floor(tx: Tx, xid: int) -> None:
    """Events up to this `xid` have been removed: cursors below it are lost."""
    _RAISE_FLOOR.run(tx, xid, xid)


def _horizon(tx: Tx) -> int:
    row = _HORIZON.first(tx)
    assert row is not None
    horizon: int = row[0]
    return horizon


def _number(value: Any) -> Any:
    """PostgreSQL's xid8 as a number; it has no cast of its own."""
    return cast(cast(value, Text), BigInteger)


def _entering() -> Statement:
    """Parameters: run, repository, first, last, and the run once more."""
    before = select(feed.c.xid).where(feed.c.run_id == bindparam("of_run")).order_by(feed.c.seq.desc()).limit(1)
    xid = func.greatest(_number(func.pg_current_xact_id()), before.scalar_subquery())
    core = insert(feed).values(xid=xid)
    gathered = (
        "INSERT INTO feed (run_id, repository_id, first, seq, xid) SELECT run_id, repository_id, first, seq, "  # noqa: S608
        "greatest(pg_current_xact_id()::text::bigint, (SELECT xid FROM feed WHERE feed.run_id = of_run "
        "ORDER BY feed.seq DESC LIMIT 1)) "
        f"FROM unnest({arrays(feed, ['run_id', 'repository_id', 'first', 'seq', 'run_id'])}) "
        "AS given(run_id, repository_id, first, seq, of_run)"
    )
    return Statement(core, "run_id", "repository_id", "first", "seq", "of_run", gathered=gathered)


def _reading(*, in_repository: bool) -> Statement:
    place = tuple_(feed.c.xid, feed.c.run_id, feed.c.seq)
    after = tuple_(bindparam("xid"), bindparam("run"), bindparam("after"))
    scope = [feed.c.repository_id == bindparam("repository")] if in_repository else []
    page = (
        select(feed.c.xid, feed.c.run_id, feed.c.seq, feed.c.first, feed.c.repository_id)
        .where(*scope, place > after, feed.c.xid < bindparam("horizon"))
        .order_by(feed.c.xid, feed.c.run_id, feed.c.seq)
        .limit(bindparam("limit"))
        .subquery()
    )
    appended = and_(events.c.run_id == page.c.run_id, events.c.seq.between(page.c.first, page.c.seq))
    core = (
        select(page.c.xid, page.c.run_id, page.c.repository_id, page.c.seq, events.c.seq, events.c.payload)
        .join_from(page, events, appended)
        .order_by(page.c.xid, page.c.run_id, events.c.seq)
    )
    return Statement(core, *(("repository",) if in_repository else ()), "xid", "run", "after", "horizon", "limit")


def _counter(name: str) -> Any:
    return counter.c.name == literal_column(f"'{name}'")


_NEXT = Statement(
    update(counter)
    .where(_counter("feed"))
    .values(value=counter.c.value + bindparam("more"))
    .returning(counter.c.value),
    "more",
)
_COUNTED = Statement(select(counter.c.value).where(_counter("feed")))
_FLOOR = Statement(select(counter.c.value).where(_counter("feed_floor")))
_RAISE_FLOOR = Statement(
    update(counter)
    .where(and_(_counter("feed_floor"), counter.c.value < bindparam("below")))
    .values(value=bindparam("floor")),
    "floor",
    "below",
)
_ENTER = inserting(feed, "run_id repository_id first seq xid")
_ENTER_SHARED = _entering()
_OF_ALL, _OF_REPOSITORY = _reading(in_repository=False), _reading(in_repository=True)
_HORIZON = Statement(select(_number(func.pg_snapshot_xmin(func.pg_current_snapshot()))))
_BEYOND = Statement(
    select(feed.c.run_id, func.max(feed.c.seq)).where(feed.c.xid >= bindparam("horizon")).group_by(feed.c.run_id),
    "horizon",
)
_ANY_BEYOND = Statement(select(feed.c.run_id).where(feed.c.xid >= bindparam("horizon")).limit(1), "horizon")
