"""Consumers of the feed: each has a name and a durable position, and is worked for by one server process at a time."""

from __future__ import annotations

from sqlalchemy import and_, bindparam, or_, select, update

from runyard.store import feed
from runyard.store.database import Tx
from runyard.store.errors import Conflict
from runyard.store.feed import Cursor
from runyard.store.plain import insert_once
from runyard.store.schema import consumer
from runyard.store.statement import Statement

_POSITION = Statement(
    select(consumer.c.xid, consumer.c.run_id, consumer.c.seq).where(consumer.c.name == bindparam("name")), "name"
)
_HOLD = Statement(
    update(consumer)
    .where(
        consumer.c.name == bindparam("of_name"),
        or_(consumer.c.holder == bindparam("by"), consumer.c.expires <= bindparam("now")),
    )
    .values(holder=bindparam("new_holder"), expires=bindparam("new_expires")),
    "new_holder",
    "new_expires",
    "of_name",
    "by",
    "now",
)
_ADVANCE = Statement(
    update(consumer)
    .where(and_(consumer.c.name == bindparam("of_name"), consumer.c.holder == bindparam("by")))
    .values(xid=bindparam("new_xid"), run_id=bindparam("new_run"), seq=bindparam("new_seq")),
    "new_xid",
    "new_run",
    "new_seq",
    "of_name",
    "by",
)


def position(tx: Tx, name: str) -> Cursor:
    """How far the consumer has read. One that is new begins with what happens from now on: write it first."""
    row = _POSITION.first(tx, name)
    if row is not None:
        return Cursor(*row)
    xid, run_id, seq = feed.end(tx)[0]
    insert_once(tx, consumer, name=name, xid=xid, run_id=run_id, seq=seq, holder="", expires=0)
    row = _POSITION.first(tx, name)
    assert row is not None
    return Cursor(*row)


def hold(tx: Tx, name: str, holder: str, now: int, expires: int) -> bool:
    """Take the consumer, or keep it, for this process until `expires`. False while another process has it."""
    held: int = _HOLD.run(tx, holder, expires, name, holder, now).rowcount
    return held == 1


def release(tx: Tx, name: str, holder: str) -> None:
    """Let another process have it at once."""
    _HOLD.run(tx, "", 0, name, holder, -1)


def advance(tx: Tx, name: str, cursor: Cursor, holder: str) -> None:
    """Everything up to the cursor is dealt with. Raises Conflict when another process has taken the consumer."""
    if _ADVANCE.run(tx, *cursor, name, holder).rowcount != 1:
        raise Conflict(f"The consumer '{name}' is held by another server.")
