"""Words of forms and addresses as the values that services take."""

from __future__ import annotations

from runyard.services.states import RerunKind, Status


def status_of(label: str) -> Status:
    """The status called `running`, `success`, …; raises KeyError."""
    return Status[label.upper()]


def rerun_kind(word: str) -> RerunKind:
    """`all`, `failed` or `job`; raises ValueError."""
    return RerunKind(word)
