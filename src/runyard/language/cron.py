"""Schedules: the strict five-field grammar of GitHub, and when a schedule fires."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from runyard.language.errors import LanguageError

INVALID = "Invalid cron expression. Expected format: '* * * * *' (minute hour day month weekday)"
SHORTEST_INTERVAL = 5
"""Minutes between two runs that GitHub allows."""

_DIGITS = frozenset("0123456789")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


class _Field(NamedTuple):
    """What a field may hold: numbers from `least` to `most`, or names that stand for them in order."""

    least: int
    most: int
    names: tuple[str, ...] = ()


_NO_FIELD = _Field(0, 0)
_FIELDS = (_Field(0, 59), _Field(0, 23), _Field(1, 31), _Field(1, 12, _MONTHS), _Field(0, 6, _DAYS))


class CronCheck(NamedTuple):
    """`interval`: the shortest time between two runs, at most an hour, in minutes; 0 when the text is not valid."""

    ok: bool
    too_frequent: bool
    interval: int


def check_cron(text: str) -> CronCheck:
    """Whether a text is a schedule, and whether it runs more often than every five minutes."""
    fields = _split(text)
    values = _all_values(fields)
    if not values:
        return CronCheck(False, False, 0)
    interval = _interval(fields[0], values[0], values[1])
    return CronCheck(True, interval < SHORTEST_INTERVAL, interval)


def next_times(cron: str, timezone: str, after: int) -> Iterator[int]:
    """When a schedule fires after `after`: milliseconds since the epoch, in order, without end.

    A time that the clock skips in spring counts at the next minute that exists, one that it repeats in autumn counts
    once, unless minute or hour begin with `*`. Ends for a date that never comes. Raises LanguageError for a wrong
    schedule or an unknown time zone.
    """
    fields = _split(cron)
    values = _all_values(fields)
    if not values:
        raise LanguageError(INVALID)
    if not is_timezone(timezone):
        raise LanguageError(f"Unknown time zone '{timezone}'. Use a name such as 'Europe/Berlin'.")
    from runyard.language.cron_times import Schedule

    minutes, hours, days, months, weekdays = values
    is_open = [text.startswith("*") for text in fields]
    schedule = Schedule(
        minutes,
        hours,
        days,
        months,
        weekdays,
        by_either_day=not (is_open[2] or is_open[4]),
        follows_clock=is_open[0] or is_open[1],
        timezone=timezone,
    )
    return (second * 1000 for second in schedule.times(after // 1000))


def is_timezone(name: str) -> bool:
    """Whether a name is in the time zone database."""
    return name in _timezones()


@cache
def _timezones() -> frozenset[str]:
    # Costs 20 ms that the reading of a workflow should not pay.
    from zoneinfo import available_timezones

    return frozenset(available_timezones())


# --- grammar ---


def _split(text: str) -> list[str]:
    """The parts between spaces. A space at an end leaves an empty part, which no field takes."""
    first, *parts = text.split(" ")
    return [first, *filter(None, parts[:-1]), *parts[-1:]]


def _all_values(fields: Sequence[str]) -> list[frozenset[int]]:
    """The numbers of each of the five fields; empty when one is wrong."""
    if len(fields) != len(_FIELDS):
        return []
    values = [_values(part, field) for part, field in zip(fields, _FIELDS, strict=True)]
    return values if all(values) else []


def _values(text: str, field: _Field) -> frozenset[int]:
    """The numbers that a field stands for; empty when it is wrong."""
    found: set[int] = set()
    for part in text.split(","):
        values = _part(part, field)
        if not values:
            return frozenset()
        found.update(values)
    return frozenset(found)


def _part(text: str, field: _Field) -> range:
    """One part of a list: `*`, `a`, `a-b`, each with `/step` or without; empty when it is wrong."""
    base, slash, step_text = text.partition("/")
    step = _number(step_text) if slash else 1
    first, dash, last = base.partition("-")
    if base == "*":
        low, high = field.least, field.most
    else:
        low = _number(first, field)
        high = _number(last, field) if dash else low
    if step < 1 or not field.least <= low <= high <= field.most:
        return range(0)
    if slash and not dash:
        high = field.most
    return range(low, high + 1, step)


def _number(text: str, field: _Field = _NO_FIELD) -> int:
    """A number or the name of one; -1 for anything else."""
    name = text.upper()
    if name in field.names:
        return field.least + field.names.index(name)
    if not text or not _DIGITS.issuperset(text):
        return -1
    digits = text.lstrip("0")
    return int(digits or "0") if len(digits) < 10 else -1


def _interval(text: str, minutes: frozenset[int], hours: frozenset[int]) -> int:
    """The shortest time between two runs, in minutes. A lone `*/7` is taken at its word: seven, even across hours."""
    ordered = sorted(minutes)
    gaps = [later - earlier for earlier, later in pairwise(ordered)]
    is_step = "/" in text and "," not in text
    if any((hour + 1) % 24 in hours for hour in hours) and not (is_step and gaps):
        gaps.append(60 + ordered[0] - ordered[-1])
    return min(gaps, default=60)
