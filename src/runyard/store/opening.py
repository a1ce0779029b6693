"""From a database address to an open `Database`."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from runyard.store.database import Database
from runyard.store.errors import DataUnwritable


def open(url: str) -> Database:
    """Open `sqlite:///path/to/file.db` or `postgresql://user@host/name` and bring its schema up to date.

    Raises DataUnwritable, DataTooNew, DataLocked.
    """
    try:
        address = make_url(url)
    except ArgumentError as error:
        raise DataUnwritable(f"'{url}' is not a database address; {_EXAMPLES}") from error
    if address.get_backend_name() == "sqlite" and address.database and address.database != ":memory:":
        from runyard.store.sqlite import SqliteDatabase

        return SqliteDatabase(Path(address.database).absolute())
    if address.get_backend_name() == "postgresql":
        from runyard.store.postgresql import PostgresqlDatabase

        return PostgresqlDatabase(address)
    raise DataUnwritable(f"The database address '{address.render_as_string()}' is not supported; {_EXAMPLES}")


_EXAMPLES = "write sqlite:///path/to/runyard.db or postgresql://user:password@host/name."
