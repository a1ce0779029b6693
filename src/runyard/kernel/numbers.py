"""The numbers of new jobs: the same as in an earlier attempt if the same job had one, otherwise the next free one."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import msgspec

from runyard.kernel.draft import Draft


class Numbers:
    """Gives out the numbers of one decision."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    def earlier(self, caller: int, key: str, matrix: dict[str, Any] | None) -> int | None:
        """The number that earlier attempts had for a combination of a key."""
        return self._earlier.get((caller, key), {}).get(_identity(matrix))

    def take(self, caller: int, key: str, matrix: dict[str, Any] | None, *, deferred: bool = False) -> int:
        """A number for a new job. A placeholder (`deferred`) takes that of any job of its key."""
        if deferred:
            number = min(self._earlier.get((caller, key), {}).values(), default=None)
        else:
            number = self.earlier(caller, key, matrix)
        if number is None or number in self._draft.attempt.jobs or number in self._given:
            self._highest += 1
            number = self._highest
        self._given.add(number)
        return number

    @cached_property
    def _given(self) -> set[int]:
        return set()

    @cached_property
    def _highest(self) -> int:
        return max(max(attempt.jobs, default=0) for attempt in self._draft.run.attempts)

    @cached_property
    def _earlier(self) -> dict[tuple[int, str], dict[bytes, int]]:
        found: dict[tuple[int, str], dict[bytes, int]] = {}
        for attempt in self._draft.run.attempts[:-1]:
            for job in attempt.jobs.values():
                found.setdefault((job.caller, job.key), {})[_identity(job.matrix)] = job.number
        return found


def _identity(matrix: dict[str, Any] | None) -> bytes:
    return msgspec.json.encode(matrix, order="sorted")
