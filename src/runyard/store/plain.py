"""Small helpers for statements that are not hot: executed by SQLAlchemy Core as they stand."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from runyard.store.database import Tx


def insert_once(tx: Tx, table: Table, **values: Any) -> Any:
    """Insert a row and return its key; None when a unique key already holds one. Does not spoil the transaction."""
    insert: Any = sqlite_insert if tx.dialect == "sqlite" else postgresql_insert
    statement = insert(table).values(values).on_conflict_do_nothing().returning(next(iter(table.primary_key)))
    return tx.connection.execute(statement).scalar_one_or_none()


def upsert(tx: Tx, table: Table, keys: tuple[str, ...], **values: Any) -> None:
    """Insert a row, or overwrite the other columns of the row with these keys."""
    insert: Any = sqlite_insert if tx.dialect == "sqlite" else postgresql_insert
    changed = {name: value for name, value in values.items() if name not in keys}
    tx.connection.execute(insert(table).values(values).on_conflict_do_update(index_elements=keys, set_=changed))


def to_json(value: Any) -> str:
    """JSON text for a column."""
    return msgspec.json.encode(value).decode()


def clean(text: str) -> str:
    """Text that every database can hold: NUL and lone surrogates become U+FFFD."""
    if "\x00" in text:
        text = text.replace("\x00", "\ufffd")
    return text if text.isascii() else text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
