"""What a job's execution says, as commands for the kernel."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from runyard.kernel.commands import Command, ReportTask, StepReport
from runyard.kernel.status import Status
from runyard.runner.task import Conclusion


class LocalReporter:
    """The `runner.reporter.Reporter` of a local run."""

    def __init__(
        self,
        job: int,
        send: Callable[[Command], None],
        log: Callable[[int, str], None],
        summarise: Callable[[int, str], None],
    ) -> None:
        self._job = job
        self._send = send
        self._log = log
        self._summarise = summarise
        self._rows = 0
        self._steps: dict[int, StepReport] = {}
        self.outputs: dict[str, str] = {}

    def reports(self) -> tuple[StepReport, ...]:
        """The state of every step that was heard of."""
        return tuple(self._steps.values())

    def log(self, time_ns: int, text: str) -> None:
        """One row."""
        self._rows += 1
        self._log(self._job, text)

    def steps(self, titles: Sequence[str]) -> None:
        """The kernel knows them already."""

    def step_started(self, index: int, time_ns: int) -> None:
        """Step `index` begins."""
        self._steps[index] = StepReport(index, Status.UNKNOWN, time_ns // 1_000_000, 0, self._rows, 0)
        self._report(self._steps[index])

    def step_finished(self, index: int, conclusion: Conclusion, time_ns: int) -> None:
        """Step `index` ended."""
        begun = self._steps.get(index) or StepReport(index, Status.UNKNOWN, 0, 0, self._rows, 0)
        self._steps[index] = replace(
            begun,
            result=Status[conclusion.name],
            stopped=time_ns // 1_000_000,
            log_length=self._rows - begun.log_index,
        )
        self._report(self._steps[index])

    def output(self, name: str, value: str) -> None:
        """A job output."""
        self.outputs[name] = value

    def summary(self, index: int, markdown: str) -> None:
        """What a step wrote to GITHUB_STEP_SUMMARY."""
        self._summarise(self._job, markdown)

    def _report(self, step: StepReport) -> None:
        self._send(ReportTask(at=time.time_ns() // 1_000_000, attempt=1, job=self._job, task=1, steps=(step,)))
