"""The only SQL of Runyard: schema, migrations and queries, on SQLite and PostgreSQL.

`open(url)` gives a `Database` with two doors, `write` and `read`; both run plain functions of a transaction. The
modules `runs`, `journal`, `queue`, `tasks`, `logs`, `summaries`, `users`, `access_tokens`, `repositories`, `runners`
and `runner_tokens` hold those functions. The store decides nothing: statuses change by the kernel's events alone.
"""

from __future__ import annotations

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

__all__ = [
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
