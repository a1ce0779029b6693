"""Times at the edge of the store: `datetime` in UTC outside, integer milliseconds (0 = not yet) inside."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

Time = datetime | int | float | str | None
"""Accepted: a datetime (a naive one is UTC), milliseconds since the epoch, ISO 8601 text, None or 0 = not yet."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def to_milliseconds(time: Time) -> int:
    """Milliseconds since the epoch, rounded down."""
    if time is None:
        return 0
    if isinstance(time, str):
        time = datetime.fromisoformat(time)
    if isinstance(time, datetime):
        aware = time if time.tzinfo is not None else time.replace(tzinfo=UTC)
        return (aware - _EPOCH) // _MILLISECOND
    return int(time)


def to_datetime(milliseconds: int) -> datetime | None:
    """The time in UTC; None for 0."""
    return _EPOCH + milliseconds * _MILLISECOND if milliseconds else None
