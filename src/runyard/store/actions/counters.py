"""Numbers that are given in the order of commits: who takes one keeps the others waiting until the commit."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from runyard.store.database import Tx
from runyard.store.plain import upsert
from runyard.store.schema import counter
from runyard.store.statement import Statement

_VALUE = Statement(select(counter.c.value).where(counter.c.name == bindparam("name")), "name")


def take(tx: Tx, name: str) -> int:
    """The next number of a counter, from 1."""
    insert: Any = sqlite_insert if tx.dialect == "sqlite" else postgresql_insert
    statement = insert(counter).values(name=name, value=1)
    statement = statement.on_conflict_do_update(index_elements=["name"], set_={"value": counter.c.value + 1})
    number: int = tx.connection.execute(statement.returning(counter.c.value)).scalar_one()
    return number


def raise_to(tx: Tx, name: str, least: int) -> None:
    """Let a number that only grows be at least this."""
    if value(tx, name) < least:
        upsert(tx, counter, ("name",), name=name, value=least)


def value(tx: Tx, name: str) -> int:
    """The number that was taken last, 0 = none."""
    row = _VALUE.first(tx, name)
    return row[0] if row else 0
