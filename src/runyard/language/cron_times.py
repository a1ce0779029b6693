"""When a schedule fires, by the clock of a time zone, which skips times in spring and repeats some in autumn.

Imported when the first time is asked for: reading workflows needs no calendar.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_DAY = 24 * 60 * 60
_LONGEST_WAIT = 41 * 366
"""Days without a match after which none comes: a 29 February on a given weekday is up to 40 years away."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """The numbers of the five fields (weekdays from Sunday, 0).

    `by_either_day`: day and weekday are both restricted, so one that fits is enough. `follows_clock`: minute or hour
    begin with `*`, so repeated times fire again and skipped ones do not fire.
    """

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    by_either_day: bool
    follows_clock: bool
    timezone: str

    def times(self, after: int) -> Iterator[int]:
        """Seconds since the epoch later than `after`, in order."""
        zone = ZoneInfo(self.timezone)
        minutes = [hour * 60 + minute for hour in sorted(self.hours) for minute in sorted(self.minutes)]
        for day in self._dates(datetime.fromtimestamp(after, zone).date()):
            for second in self._seconds(day, minutes, zone):
                if second > after:
                    yield second
                    after = second

    def _dates(self, day: date) -> Iterator[date]:
        waited = 0
        while waited < _LONGEST_WAIT:
            waited += 1
            if self._has_date(day):
                yield day
                waited = 0
            day += timedelta(days=1)

    def _has_date(self, day: date) -> bool:
        is_day, is_weekday = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        is_due = (is_day or is_weekday) if self.by_either_day else (is_day and is_weekday)
        return is_due and day.month in self.months

    def _seconds(self, day: date, minutes: list[int], zone: ZoneInfo) -> list[int]:
        """The times of one day, of which `minutes` are wanted."""
        midnight = datetime.combine(day, time(), zone)
        start = int(midnight.timestamp())
        if int((midnight + timedelta(days=1)).timestamp()) - start == _DAY:
            return [start + 60 * minute for minute in minutes]
        moments = [midnight + timedelta(minutes=minute) for minute in minutes]
        return sorted({second for moment in moments for second in self._around_a_change(moment, zone)})

    def _around_a_change(self, moment: datetime, zone: ZoneInfo) -> Iterator[int]:
        """The times of a local moment on a day on which the clock is changed: none, one or two."""
        first, second = (int(moment.replace(fold=fold).timestamp()) for fold in (0, 1))
        is_skipped = first > second
        if not is_skipped:
            yield first
            if self.follows_clock:
                yield second
        elif not self.follows_clock:
            yield next(each for each in range(second, first + 1, 60) if _offset(each, zone) != _offset(second, zone))


def _offset(second: int, zone: ZoneInfo) -> timedelta | None:
    return datetime.fromtimestamp(second, zone).utcoffset()
