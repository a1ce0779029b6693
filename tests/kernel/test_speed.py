"""One decision about a run with 256 jobs stays far below what a person or a runner would notice."""

from __future__ import annotations

import time
from collections.abc import Callable

from runyard.kernel import ClaimJob, Command, ReportTask, Status, StepReport, decide
from tests.kernel.scenario import Scenario

MANY_KEYS = "on: push\njobs:\n" + "".join(
    f"  k{index}: {{runs-on: x, needs: [{f'k{index - 16}' if index >= 16 else ''}], steps: [{{run: a}}]}}\n"
    for index in range(256)
)
ONE_MATRIX = (
    "on: push\njobs: {m: {runs-on: x, steps: [{run: a}], strategy: {fail-fast: false, "
    f"matrix: {{a: {list(range(16))}, b: {list(range(16))}}}}}}}}}\n"
)


def best_seconds(action: Callable[[], object]) -> float:
    """The fastest of a few tries: the machine may be busy with other things."""
    times = []
    for _ in range(9):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return min(times)


def cost(scenario: Scenario, command: Command) -> float:
    return best_seconds(lambda: decide(scenario.run, command))


def test_decisions_about_256_jobs() -> None:
    for source in (MANY_KEYS, ONE_MATRIX):
        scenario = Scenario(source)
        assert len(scenario.attempt().jobs) == 256
        assert cost(scenario, ClaimJob(at=1, job=1, runner_id=1, runner_name="box")) < 0.002
        scenario.claim(1)
        step = StepReport(0, Status.UNKNOWN, 5, 0, 0, 0)
        assert cost(scenario, ReportTask(at=1, attempt=1, job=1, task=1, steps=(step,))) < 0.0005
        assert cost(scenario, ReportTask(at=1, attempt=1, job=1, task=1, result=Status.SUCCESS)) < 0.003
