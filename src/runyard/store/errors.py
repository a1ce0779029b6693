"""What can go wrong in the store, as named classes. The message is a sentence for the user: what, where, what to do."""

# ruff: noqa: N818 (the names are what callers say: "except NotFound")

from __future__ import annotations


class StoreError(Exception):
    """Root of all errors of the store."""


class NotFound(StoreError):
    """The row asked for does not exist."""


class Conflict(StoreError):
    """The change contradicts what is stored: the name is taken, or somebody else changed the run first."""


class InvalidName(StoreError):
    """The name breaks the rules of `names`."""


class DataTooNew(StoreError):
    """The database was written by a newer Runyard."""


class DataUnwritable(StoreError):
    """The database cannot be opened or written."""


class DataLocked(StoreError):
    """Another server process holds the database file."""


class DatabaseClosed(StoreError):
    """The database was closed; nothing can be read or written any more."""
