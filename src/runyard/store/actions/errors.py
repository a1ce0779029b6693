"""What can go wrong with actions, besides the store's own errors."""

# ruff: noqa: N818 (the names are what callers say)

from __future__ import annotations

from runyard.store.errors import Conflict, NotFound, StoreError


class RunNotFound(NotFound):
    """There is no such run."""


class ActionNotFound(NotFound):
    """There is no such action."""


class EventNotFound(NotFound):
    """The action has no event of that attempt."""


class RootExists(Conflict):
    """The run has a root action with another name."""


class StateConflict(Conflict):
    """The state is at another version than expected. `version` is the one it is at."""

    def __init__(self, message: str, version: int) -> None:
        super().__init__(message)
        self.version = version


class StateTooLong(StoreError):
    """The state has more bytes than an action may keep."""


class InvalidList(StoreError):
    """The filter, order, place or length asked for makes no sense."""


class ReadOnlyAction(StoreError):
    """The action is part of a workflow run: it changes by what its runner reports and by aborts alone."""


class TooMany(StoreError):
    """The job has made as many actions, or the action has as many events, as there may be."""
