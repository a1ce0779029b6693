"""Outputs of jobs."""

from __future__ import annotations

from collections.abc import Mapping

from runyard.kernel.draft import Draft
from runyard.kernel.events import OutputSet

LONGEST_NAME = 255
LARGEST_VALUE = 1024 * 1024


def set_outputs(draft: Draft, number: int, outputs: Mapping[str, str]) -> None:
    """The first value of a name stays. Names over 255 bytes and values over 1 MiB are not kept, as on Gitea."""
    known = draft.job(number).outputs
    for name, value in outputs.items():
        fits = _size(name) <= LONGEST_NAME and _size(value) <= LARGEST_VALUE
        if name not in known and fits:
            draft.emit(OutputSet(at=draft.at, attempt=draft.attempt.number, job=number, name=name, value=value))


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
