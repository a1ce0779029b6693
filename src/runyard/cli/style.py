"""How statuses, durations and log lines look in a terminal."""

from __future__ import annotations

import time
from datetime import datetime

import click

SYMBOLS = {
    "success": ("✓", "green"),
    "failure": ("✗", "red"),
    "cancelled": ("⊘", "yellow"),
    "skipped": ("–", "bright_black"),
    "waiting": ("○", "yellow"),
    "queued": ("○", "yellow"),
    "blocked": ("◌", "bright_black"),
    "pending": ("◌", "bright_black"),
    "running": ("●", "cyan"),
    "in_progress": ("●", "cyan"),
    "cancelling": ("⊘", "yellow"),
}


def symbol(status: str) -> str:
    """The coloured sign of a status."""
    sign, colour = SYMBOLS.get(status, ("?", "white"))
    return click.style(sign, fg=colour)


def word(status: str) -> str:
    """The coloured name of a status."""
    return click.style(status, fg=SYMBOLS.get(status, ("?", "white"))[1])


def dim(text: str) -> str:
    """Text of lesser weight."""
    return click.style(text, fg="bright_black")


def state_of(item: dict[str, object]) -> str:
    """One word for an API object that has `status` and `conclusion`."""
    return str(item.get("conclusion") or item.get("status") or "unknown")


def duration(seconds: float) -> str:
    """1.2s, 3m 04s, 2h 05m."""
    if seconds < 60:
        return f"{seconds:.1f}s"
    if seconds < 3600:
        return f"{int(seconds // 60)}m {int(seconds % 60):02}s"
    return f"{int(seconds // 3600)}h {int(seconds % 3600 // 60):02}m"


def moment(text: str | None) -> float:
    """Seconds since the epoch of an API time; 0 for none."""
    if not text or text.startswith(("0001-", "1970-01-01")):
        return 0.0
    return datetime.fromisoformat(text).timestamp()


def age(text: str | None) -> str:
    """How long ago, roughly: 12s ago, 5m ago, 3h ago, 2d ago."""
    at = moment(text)
    if not at:
        return ""
    seconds = max(0, int(time.time() - at))
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= size:
            return f"{seconds // size}{unit} ago"
    return f"{seconds}s ago"


def span(item: dict[str, object]) -> str:
    """The duration between `started_at` and `completed_at` (or now); "" when it has not started."""
    started = moment(str(item.get("started_at") or ""))
    if not started:
        return ""
    return duration((moment(str(item.get("completed_at") or "")) or time.time()) - started)


LEVELS = {"error": "red", "warning": "yellow", "notice": "blue", "debug": "bright_black", "command": "cyan"}


def opens_group(text: str) -> bool:
    """Whether a log line begins a group; the lines up to its end are of lesser interest."""
    return text.startswith(("##[group]", "::group::"))


def log_line(text: str) -> str | None:
    """A log line for a terminal: `##[…]` and `::…::` marks become colours; None for the end of a group."""
    if opens_group(text):
        return click.style("▸ " + text.partition("]" if text.startswith("##") else "up::")[2], bold=True)
    if text.startswith(("##[endgroup]", "::endgroup::")):
        return None
    for level, colour in LEVELS.items():
        if text.startswith(f"##[{level}]"):
            return click.style(text[len(level) + 4 :], fg=colour)
        if text.startswith((f"::{level}::", f"::{level} ")):
            return click.style(text[2:].partition("::")[2], fg=colour)
    return text
