"""How values read on a page: durations, moments, refs, commits, statuses. Times are milliseconds, 0 = not yet."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runyard.kernel.status import Status

_SECOND, _MINUTE, _HOUR, _DAY = 1_000, 60_000, 3_600_000, 86_400_000
_EVENTS = {
    "push": "Push",
    "pull_request": "Pull request",
    "workflow_dispatch": "Manual run",
    "schedule": "Schedule",
    "release": "Release",
    "create": "Ref created",
    "delete": "Ref deleted",
}


def duration(milliseconds: int) -> str:
    """`0s`, `42s`, `3m 07s`, `2h 05m`, `3d 4h`. Negative counts as nothing."""
    seconds = max(0, milliseconds) // _SECOND
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86_400
    if days:
        return f"{days}d {hours % 24}h"
    if hours:
        return f"{hours}h {minutes % 60:02}m"
    if minutes:
        return f"{minutes}m {seconds % 60:02}s"
    return f"{seconds}s"


def ago(then: int, now: int) -> str:
    """`just now`, `3 minutes ago`, `yesterday`, `12 days ago`, and the date from 30 days on."""
    passed = now - then
    if passed < _MINUTE:
        return "just now"
    if passed < _HOUR:
        return _count(passed // _MINUTE, "minute")
    if passed < _DAY:
        return _count(passed // _HOUR, "hour")
    if passed < 2 * _DAY:
        return "yesterday"
    if passed < 30 * _DAY:
        return _count(passed // _DAY, "day")
    return datetime.fromtimestamp(then / 1000, UTC).strftime("%d %b %Y").lstrip("0")


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}{'' if number == 1 else 's'} ago"


def iso(moment: int) -> str:
    """For `<time datetime>`: UTC, whole seconds."""
    return datetime.fromtimestamp(moment / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def full_time(moment: int) -> str:
    """For tooltips: `21 Nov 2026, 02:47:57 UTC`."""
    return datetime.fromtimestamp(moment / 1000, UTC).strftime("%d %b %Y, %H:%M:%S UTC").lstrip("0")


def clock(nanoseconds: int) -> str:
    """The time of a log line: `02:47:57` UTC."""
    return datetime.fromtimestamp(nanoseconds // 1_000_000_000, UTC).strftime("%H:%M:%S")


def short_ref(ref: str) -> str:
    """`main` for `refs/heads/main`, `v1` for `refs/tags/v1`, `#7` for a pull request."""
    for prefix in ("refs/heads/", "refs/tags/"):
        if ref.startswith(prefix):
            return ref.removeprefix(prefix)
    if ref.startswith("refs/pull/"):
        return f"#{ref.split('/')[2]}"
    return ref


def ref_kind(ref: str) -> str:
    """`branch`, `tag` or `pull request`."""
    if ref.startswith("refs/tags/"):
        return "tag"
    return "pull request" if ref.startswith("refs/pull/") else "branch"


def short_sha(sha: str) -> str:
    """The first seven digits."""
    return sha[:7]


def event_name(event: str) -> str:
    """`Manual run` for `workflow_dispatch`."""
    return _EVENTS.get(event, event.replace("_", " ").capitalize())


def workflow_name(path: str) -> str:
    """The file's own name: `ci.yml`."""
    return path.rsplit("/", 1)[-1]


def status_word(status: Status) -> str:
    """`Success`, `Running`, …"""
    return status.label.capitalize()


def size(number_of: int) -> str:
    """A count with thin thousands: `12 345`."""
    return f"{number_of:,}".replace(",", "\u2009")


def sentence(text: str) -> str:
    """A message as a sentence: a capital first, a full stop last."""
    if not text:
        return ""
    return text[:1].upper() + text[1:] + ("" if text[-1] in ".!?" else ".")
