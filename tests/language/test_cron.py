"""Schedules against a slow reading of every minute. Grammar and single times are in `cases/events/schedules.yaml`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import islice, pairwise, takewhile
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runyard.language import LanguageError, check_cron, next_times
from runyard.language.cron import is_timezone

MINUTE = 60_000
DAY = 24 * 60 * MINUTE
CHANGES = [
    ("UTC", "2026-02-25"),
    ("Asia/Kolkata", "2026-12-28"),
    ("Europe/Berlin", "2026-03-29"),
    ("Europe/Berlin", "2026-10-25"),
    ("America/New_York", "2026-03-08"),
    ("America/St_Johns", "2026-11-01"),
    ("America/Santiago", "2026-04-05"),
    ("America/Santiago", "2026-09-06"),
    ("Australia/Lord_Howe", "2026-04-05"),
    ("Australia/Lord_Howe", "2026-10-04"),
    ("Africa/Cairo", "2026-04-24"),
    ("Africa/Casablanca", "2026-02-15"),
    ("Pacific/Apia", "2011-12-30"),
]
"""Time zones, and a day on which the clock is changed (but for the first two)."""


class Minute(NamedTuple):
    """A minute of the clock: local time, whether it comes for the second time, what was skipped just before."""

    time: int
    local: datetime
    is_repeated: bool
    skipped: tuple[datetime, ...]


@lru_cache
def minutes_around(timezone: str, day: str) -> tuple[Minute, ...]:
    """All minutes of the five days around a day."""
    zone = ZoneInfo(timezone)
    start = int(datetime.fromisoformat(day).replace(tzinfo=zone).timestamp() * 1000) - 2 * DAY
    return tuple(read_minutes(zone, start - start % MINUTE))


def read_minutes(zone: ZoneInfo, start: int) -> Iterator[Minute]:
    before = datetime.fromtimestamp(start / 1000 - 60, zone).replace(tzinfo=None)
    for time in range(start, start + 5 * DAY, MINUTE):
        moment = datetime.fromtimestamp(time / 1000, zone)
        local = moment.replace(tzinfo=None, fold=0)
        gap = int((local - before) / timedelta(minutes=1)) - 1
        yield Minute(time, local, moment.fold == 1, tuple(before + timedelta(minutes=n + 1) for n in range(gap)))
        before = local


class Field(NamedTuple):
    """A field as text, and the numbers it stands for."""

    text: str
    numbers: frozenset[int]


def field(least: int, most: int, names: str = "") -> st.SearchStrategy[Field]:
    words = names.split()
    numbers = st.integers(least, most)

    def shown(number: int) -> str:
        return words[number - least] if words and number % 2 else str(number)

    def stepped(start: int, step: int, end: int = most) -> frozenset[int]:
        return frozenset(range(start, end + 1, step))

    steps = st.integers(1, most + 3)
    single = numbers.map(lambda number: Field(shown(number), frozenset({number})))
    from_number = st.tuples(numbers, steps).map(lambda pair: Field(f"{shown(pair[0])}/{pair[1]}", stepped(*pair)))
    every = steps.map(lambda step: Field(f"*/{step}", stepped(least, step)))
    spans = st.tuples(numbers, numbers).map(sorted)
    ranges = st.tuples(spans, st.none() | steps).map(
        lambda given: Field(
            f"{shown(given[0][0])}-{shown(given[0][1])}" + (f"/{given[1]}" if given[1] else ""),
            stepped(given[0][0], given[1] or 1, given[0][1]),
        )
    )
    one = st.one_of(single, from_number, every, ranges)
    several = st.lists(one, min_size=2, max_size=3).map(
        lambda parts: Field(",".join(part.text for part in parts), frozenset().union(*(p.numbers for p in parts)))
    )
    return st.one_of(st.just(Field("*", stepped(least, 1))), one, several)


SCHEDULES = st.tuples(
    field(0, 59),
    field(0, 23),
    field(1, 31),
    field(1, 12, "JAN feb Mar APR may JUN jul AUG sep OCT nov DEC"),
    field(0, 6, "SUN mon Tue WED thu FRI sat"),
)


def is_due(schedule: tuple[Field, ...], local: datetime) -> bool:
    minutes, hours, days, months, weekdays = schedule
    if local.minute not in minutes.numbers or local.hour not in hours.numbers or local.month not in months.numbers:
        return False
    is_day, is_weekday = local.day in days.numbers, local.isoweekday() % 7 in weekdays.numbers
    is_either = not days.text.startswith("*") and not weekdays.text.startswith("*")
    return (is_day or is_weekday) if is_either else (is_day and is_weekday)


@settings(max_examples=40)
@given(SCHEDULES, st.sampled_from(CHANGES), st.integers(0, 3 * DAY))
def test_exactly_the_due_minutes(schedule: tuple[Field, ...], change: tuple[str, str], offset: int) -> None:
    minutes = minutes_around(*change)
    after = minutes[0].time + offset
    cron = " ".join(part.text for part in schedule)
    follows_clock = schedule[0].text.startswith("*") or schedule[1].text.startswith("*")
    expected = [
        minute.time
        for minute in minutes
        if minute.time > after
        and (
            is_due(schedule, minute.local)
            if follows_clock
            else (is_due(schedule, minute.local) and not minute.is_repeated)
            or (minute.skipped and any(is_due(schedule, skipped) for skipped in minute.skipped))
        )
    ]
    found = takewhile(lambda time: time <= minutes[-1].time, next_times(cron, change[0], after))
    assert list(found) == expected


@given(SCHEDULES, st.sampled_from(CHANGES), st.integers(1_700_000_000_000, 1_900_000_000_000))
@settings(max_examples=30)
def test_times_are_later_in_order_and_go_on_where_they_were_left(
    schedule: tuple[Field, ...], change: tuple[str, str], after: int
) -> None:
    cron = " ".join(part.text for part in schedule)
    found = list(islice(next_times(cron, change[0], after), 4))
    for earlier, later in pairwise([after, *found]):
        assert earlier < later
        assert later % MINUTE == 0
        assert next(next_times(cron, change[0], earlier)) == later


@given(st.sets(st.integers(0, 59), min_size=1), st.sets(st.integers(0, 23), min_size=1))
@settings(max_examples=30)
def test_the_interval_is_the_shortest_time_between_two_runs(minutes: set[int], hours: set[int]) -> None:
    cron = f"{','.join(map(str, minutes))} {','.join(map(str, hours))} * * *"
    times = list(islice(next_times(cron, "UTC", 0), len(minutes) * len(hours) + 1))
    shortest = min(later - earlier for earlier, later in pairwise(times)) // MINUTE
    assert check_cron(cron) == (True, shortest < 5, min(60, shortest))


def test_a_lone_step_is_taken_at_its_word() -> None:
    assert check_cron("*/7 * * * *") == (True, False, 7)
    assert check_cron("58/4 * * * *") == (True, False, 60)


@given(st.text("0123*/-, SUNJA", max_size=14))
def test_the_check_always_answers_and_the_times_agree(text: str) -> None:
    if check_cron(text).ok:
        assert next(next_times(text, "UTC", 0), 1) > 0
    else:
        with pytest.raises(LanguageError, match="Invalid cron expression"):
            next_times(text, "UTC", 0)


@pytest.mark.parametrize("text", ["0 " + "1" * 5000 + " * * *", "٣ 0 * * *", " 0 0 * * *", "0 0 * * * ", "0\t0 * * *"])
def test_odd_texts(text: str) -> None:
    assert check_cron(text) == (False, False, 0)


def test_unknown_time_zone() -> None:
    assert is_timezone("Europe/Berlin")
    assert not is_timezone("../etc/passwd")
    with pytest.raises(LanguageError, match="Unknown time zone 'Mars/Olympus'"):
        next_times("0 0 * * *", "Mars/Olympus", 0)
