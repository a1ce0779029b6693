"""Who listens to an execution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from runyard.runner.task import Conclusion


class Reporter(Protocol):
    """Hears what happens, in order, from the thread of the job; must return at once and must not raise.

    Every text is already masked. Times are nanoseconds since the epoch. Rows between `step_started` and
    `step_finished` of an index belong to that step; rows before the first and after the last are set-up and
    completion of the job.
    """

    def log(self, time_ns: int, text: str) -> None:
        """One row: a single line of at most 64 KiB of UTF-8."""

    def steps(self, titles: Sequence[str]) -> None:
        """The job's steps are known. Called once, before the first of them starts."""

    def step_started(self, index: int, time_ns: int) -> None:
        """Step `index` (0-based) begins."""

    def step_finished(self, index: int, conclusion: Conclusion, time_ns: int) -> None:
        """Step `index` ended; a skipped step was never started."""

    def output(self, name: str, value: str) -> None:
        """An output of the job."""

    def summary(self, index: int, markdown: str) -> None:
        """What step `index` wrote to GITHUB_STEP_SUMMARY; at most 1 MiB."""
