"""Schedules: grammar and times."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runyard.language import LanguageError, check_cron, next_times
from runyard.language.cron import CronCheck, is_timezone

GOOD = [
    "0 0 * * *",
    "0   0  *  *   *",
    "0 000 001 * *",
    "59 23 31 12 6",
    "2,10 4,5 * * *",
    "20/15 * * * *",
    "28 5,*/4,6-8 * * *",
    "0 2-4/5 * * *",
    "0 4-4 * * *",
    "0 0 * JAN-mar,dec SUN-2,sat",
    "*/100 * * * *",
]
BAD = [
    "",
    "*",
    "invalid",
    "0 0 * *",
    "0 0 * * * *",
    " 0 0 * * *",
    "0 0 * * * ",
    "0\t0 * * *",
    "60 0 * * *",
    "0 24 * * *",
    "0 0 0 * *",
    "0 0 32 * *",
    "0 0 * 13 *",
    "0 0 * 0 *",
    "0 0 * * 7",
    "0 -1 * * *",
    "0 +1 * * *",
    "0 1.5 * * *",
    "0 1- * * *",
    "0 /1 * * *",
    "0 1/ * * *",
    "0 ,1 * * *",
    "0 1, * * *",
    "0 5--5 * * *",
    "0 2-4-6 * * *",
    "0 12-4 * * *",
    "0 *-4 * * *",
    "0 ** * * *",
    "0 */* * * *",
    "0 */0 * * *",
    "0 2/4-5 * * *",
    "0 2/4/6 * * *",
    "0 0 * SUN *",
    "0 0 * * JAN",
    "0 0 * * FRI-TUE",
    "0 0 * */FEB *",
    "@daily",
    "0 0 L * *",
    "0 0 15W * *",
    "0 0 ? * *",
    "0 0 * * 1#2",
    "0 " + "1" * 5000 + " * * *",
    "٣ 0 * * *",
]


@pytest.mark.parametrize("text", GOOD)
def test_good(text: str) -> None:
    assert check_cron(text).ok


@pytest.mark.parametrize("text", BAD)
def test_bad(text: str) -> None:
    assert check_cron(text) == CronCheck(False, False, 0)
    with pytest.raises(LanguageError, match="Invalid cron expression"):
        next_times(text, "UTC", 0)


@pytest.mark.parametrize(
    ("text", "interval"),
    [
        ("* * * * *", 1),
        ("*/4 * * * *", 4),
        ("*/5 * * * *", 5),
        ("*/7 * * * *", 7),
        ("0,10,12 * * * *", 2),
        ("0,58 * * * *", 2),
        ("2,59 * * * *", 3),
        ("0,58 3 * * *", 58),
        ("0,58 3,4 * * *", 2),
        ("0,58 23,0 * * *", 2),
        ("0-4 * * * *", 1),
        ("0-30/10 * * * *", 10),
        ("58/4 * * * *", 60),
        ("0 * * * *", 60),
        ("0 3 * * *", 60),
    ],
)
def test_interval(text: str, interval: int) -> None:
    assert check_cron(text) == CronCheck(True, interval < 5, interval)


def times(cron: str, timezone: str, after: str, count: int = 3) -> list[str]:
    """The next times in UTC."""
    start = int(datetime.fromisoformat(after).timestamp()) * 1000
    found = islice(next_times(cron, timezone, start), count)
    return [datetime.fromtimestamp(time / 1000, UTC).strftime("%m-%d %H:%M") for time in found]


@pytest.mark.parametrize(
    ("cron", "timezone", "after", "expected"),
    [
        ("30 4 * * *", "UTC", "2026-01-01T04:30:00Z", ["01-02 04:30", "01-03 04:30", "01-04 04:30"]),
        ("*/20 0 1 1 *", "UTC", "2026-01-01T00:19:59Z", ["01-01 00:20", "01-01 00:40", "01-01 00:00"]),
        ("0 0 13 * FRI", "UTC", "2026-04-01T00:00:00Z", ["04-03 00:00", "04-10 00:00", "04-13 00:00"]),
        ("0 9 * * MON-2", "Asia/Tokyo", "2026-01-01T00:00:00Z", ["01-05 00:00", "01-06 00:00", "01-12 00:00"]),
        ("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", ["03-29 01:00", "03-30 00:30", "03-31 00:30"]),
        ("0 2,3 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", ["03-29 01:00", "03-30 00:00", "03-30 01:00"]),
        ("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", ["10-25 00:30", "10-26 01:30", "10-27 01:30"]),
        ("45 2 * * *", "Europe/Berlin", "2026-10-25T01:15:00Z", ["10-26 01:45", "10-27 01:45", "10-28 01:45"]),
        ("0 * * * *", "Europe/Berlin", "2026-10-24T23:30:00Z", ["10-25 00:00", "10-25 01:00", "10-25 02:00"]),
        ("0 0 29 2 *", "UTC", "2026-01-01T00:00:00Z", ["02-29 00:00", "02-29 00:00", "02-29 00:00"]),
        ("0 0 31 2 *", "UTC", "2026-01-01T00:00:00Z", []),
        ("0 0 31 4,6 *", "UTC", "2026-01-01T00:00:00Z", []),
    ],
)
def test_times(cron: str, timezone: str, after: str, expected: list[str]) -> None:
    assert times(cron, timezone, after) == expected


def test_unknown_time_zone() -> None:
    assert is_timezone("Europe/Berlin")
    assert not is_timezone("../etc/passwd")
    with pytest.raises(LanguageError, match="Unknown time zone 'Mars/Olympus'"):
        next_times("0 0 * * *", "Mars/Olympus", 0)


@given(
    st.sampled_from(["0 * * * *", "*/15 1-3 * * *", "30 2 * * *", "0 0,2 * * SUN", "59 1,2,3 25 * *"]),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]),
    st.integers(1_700_000_000_000, 1_900_000_000_000),
)
def test_times_are_later_and_in_order(cron: str, timezone: str, after: int) -> None:
    found = list(islice(next_times(cron, timezone, after), 5))
    assert all(earlier < later for earlier, later in pairwise([after, *found]))
    assert all(time % 60_000 == 0 for time in found)


@given(st.text("0123*/-, SUNJA", max_size=14))
def test_the_check_always_answers(text: str) -> None:
    assert check_cron(text).ok in (True, False)
