"""Which jobs of an attempt belong together: those of a key, and those that a call has led to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice

from runyard.kernel.state import Attempt, Job


class Family:
    """Job numbers by caller and key. `current` gives the attempt as it now is; jobs are only ever added to one."""

    def __init__(self, current: Callable[[], Attempt]) -> None:
        self._current = current
        self._attempt = 0
        self._seen = 0
        self._groups: dict[tuple[int, str], list[int]] = {}
        self._children: dict[int, list[int]] = {}

    def group(self, caller: int, key: str) -> Sequence[int]:
        """The jobs of a key in the file that `caller` calls (0: the run's own)."""
        self._look()
        return self._groups.get((caller, key), ())

    def children(self, caller: int) -> Sequence[int]:
        """All jobs of the file that `caller` calls; none as long as it has not been expanded."""
        self._look()
        return self._children.get(caller, ())

    def is_expanded(self, job: Job) -> bool:
        """Whether a job calls and its call has begun."""
        return bool(job.calls) and bool(self.children(job.number))

    def _look(self) -> None:
        """Take in the jobs that have come since the last time."""
        attempt = self._current()
        if attempt.number != self._attempt:
            self._attempt, self._seen = attempt.number, 0
            self._groups, self._children = {}, {}
        if len(attempt.jobs) == self._seen:
            return
        for job in islice(attempt.jobs.values(), self._seen, None):
            self._groups.setdefault((job.caller, job.key), []).append(job.number)
            self._children.setdefault(job.caller, []).append(job.number)
        self._seen = len(attempt.jobs)
