"""One decision about a run with 256 jobs stays far below what a person or a runner would notice."""

from __future__ import annotations

import time
from collections.abc import Callable

from runyard.kernel import ClaimJob, Command, ReportTask, Status, StepReport, decide
from tests.kernel.scenario import Scenario, create_command

MANY_KEYS = "on: push\njobs:\n" + "".join(
    f"  k{index}: {{runs-on: x, needs: [{f'k{index - 16}' if index >= 16 else ''}], steps: [{{run: a}}]}}\n"
    for index in range(256)
)
ONE_MATRIX = (
    "on: push\njobs: {m: {runs-on: x, steps: [{run: a}], strategy: {fail-fast: false, "
    f"matrix: {{a: {list(range(16))}, b: {list(range(16))}}}}}}}}}\n"
)


def best_seconds(action: Callable[[], object]) -> float:
    """The processor time of the fastest of a few tries: the machine may be busy with other things."""
    times = []
    for _ in range(9):
        start = time.process_time()
        action()
        times.append(time.process_time() - start)
    return min(times)


FAN_IN = ONE_MATRIX.replace("jobs: {m:", "jobs: {last: {runs-on: x, needs: m, steps: [{run: a}]}, m:")
CALLS = (
    "on: push\njobs: {m: {uses: ./.github/workflows/c.yml, strategy: {fail-fast: false, "
    f"matrix: {{a: {list(range(16))}, b: {list(range(8))}}}}}}}}}\n"
)
CALLED = "on: workflow_call\njobs:\n" + "".join(f"  k{n}: {{runs-on: x, steps: [{{run: a}}]}}\n" for n in range(8))


def cost(scenario: Scenario, command: Command) -> float:
    return best_seconds(lambda: decide(scenario.run, command))


def test_planning_256_jobs_with_a_fan_in() -> None:
    assert best_seconds(lambda: decide(None, create_command(FAN_IN))) < 0.15


def test_a_thousand_called_jobs_cost_no_more_each_than_a_few() -> None:
    command = create_command(CALLS, called={"./.github/workflows/c.yml": CALLED})
    scenario = Scenario(CALLS, called=command.called)
    assert len(scenario.attempt().jobs) == 128 * 9
    assert best_seconds(lambda: decide(None, command)) < 0.3
    scenario.claim(500)
    assert cost(scenario, ReportTask(at=1, attempt=1, job=500, task=1, result=Status.SUCCESS)) < 0.03


def test_decisions_about_256_jobs() -> None:
    for source in (MANY_KEYS, ONE_MATRIX):
        scenario = Scenario(source)
        assert len(scenario.attempt().jobs) == 256
        assert cost(scenario, ClaimJob(at=1, job=1, runner_id=1, runner_name="box")) < 0.002
        scenario.claim(1)
        step = StepReport(0, Status.UNKNOWN, 5, 0, 0, 0)
        assert cost(scenario, ReportTask(at=1, attempt=1, job=1, task=1, steps=(step,))) < 0.0005
        assert cost(scenario, ReportTask(at=1, attempt=1, job=1, task=1, result=Status.SUCCESS)) < 0.003
