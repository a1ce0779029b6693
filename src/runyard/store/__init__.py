"""The only SQL of Runyard: schema, migrations and queries, on SQLite and PostgreSQL.

`open(url)` gives a `Database` with two doors, `write` and `read`; both run plain functions of a transaction. The
modules `runs`, `journal`, `queue`, `tasks`, `logs`, `summaries`, `users`, `access_tokens`, `repositories`, `runners`
and `runner_tokens` hold those functions. The store decides nothing: statuses change by the kernel's events alone.

`ActionRepo(database)` shows runs as trees of actions; it and the names of `runyard.store.actions` are imported when
they are first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runyard.store.database import Database, Tx
from runyard.store.errors import (
    Conflict,
    DatabaseClosed,
    DataLocked,
    DataTooNew,
    DataUnwritable,
    InvalidName,
    NotFound,
    StoreError,
)
from runyard.store.opening import open

if TYPE_CHECKING:
    from runyard.store.actions import ActionRepo

__all__ = [
    "ActionRepo",
    "Conflict",
    "DataLocked",
    "DataTooNew",
    "DataUnwritable",
    "Database",
    "DatabaseClosed",
    "InvalidName",
    "NotFound",
    "StoreError",
    "Tx",
    "open",
]


if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """What `runyard.store.actions` offers."""
        if name[:1].isupper():
            from runyard.store import actions

            if name in actions.__all__:
                return getattr(actions, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
