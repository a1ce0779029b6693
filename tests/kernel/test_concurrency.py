"""Concurrency of a run and its jobs, as one run sees it: it asks, waits, begins, or would wait for itself."""

from __future__ import annotations

import pytest

from runyard.kernel import Cause, RerunKind, Status
from runyard.kernel.events import ConcurrencyRequested
from runyard.kernel.groups import next_for_itself
from tests.kernel.scenario import Scenario, check_journal

RUN = """\
on: push
concurrency: {group: "Deploy-${{ github.ref_name }}", cancel-in-progress: "${{ github.ref_name == 'main' }}"}
jobs:
  a: {runs-on: x, steps: [{run: a}]}
  b: {runs-on: x, needs: a, if: always(), steps: [{run: b}]}
"""
JOBS = """\
on: push
jobs:
  a: {runs-on: x, steps: [{run: a}]}
  b:
    runs-on: x
    needs: a
    concurrency: {group: "${{ needs.a.outputs.g || 'g' }}", queue: max}
    steps: [{run: b}]
"""
MATRIX = """\
on: push
jobs:
  m:
    runs-on: x
    strategy: {max-parallel: 2, matrix: {n: [1, 2, 3]}}
    concurrency: {group: "g${{ matrix.n }}", queue: max}
    steps: [{run: b}]
"""


def test_a_run_waits_for_its_group_before_any_job_starts() -> None:
    scenario = Scenario(RUN)
    wanted = scenario.attempt().concurrency
    assert wanted is not None
    assert (wanted.group, wanted.cancel_in_progress, wanted.queue, wanted.granted) == (
        "Deploy-main",
        True,
        "single",
        False,
    )
    assert scenario.statuses() == {"a": "blocked", "b": "blocked"}
    scenario.grant()
    assert scenario.statuses() == {"a": "waiting", "b": "blocked"}
    assert scenario.grant() == []
    check_journal(scenario)


def test_a_run_that_has_not_begun_is_cancelled_whole() -> None:
    scenario = Scenario(RUN)
    scenario.cancel()
    assert scenario.statuses() == {"a": "cancelled", "b": "cancelled"}
    assert scenario.grant() == []


def test_a_job_asks_when_it_would_start() -> None:
    scenario = Scenario(JOBS)
    scenario.finish("a", g="Prod")
    wanted = scenario.job("b").concurrency
    assert wanted is not None
    assert (wanted.group, wanted.queue, scenario.job("b").status) == ("Prod", "max", Status.BLOCKED)
    scenario.grant("b")
    scenario.finish("b")
    assert scenario.status() is Status.SUCCESS
    check_journal(scenario)


def test_a_job_that_waits_for_its_group_keeps_its_slot() -> None:
    scenario = Scenario(MATRIX)
    asked = [event.job for event in scenario.events if isinstance(event, ConcurrencyRequested)]
    assert asked == [1, 2]
    scenario.grant(2)
    scenario.finish(2)
    assert scenario.job(3).concurrency is not None


def test_a_rerun_asks_again() -> None:
    scenario = Scenario(JOBS)
    scenario.finish("a")
    scenario.grant("b")
    scenario.fail("b")
    scenario.rerun(RerunKind.FAILED)
    wanted = scenario.job("b").concurrency
    assert wanted is not None
    assert not wanted.granted
    assert scenario.job("b", attempt=1).concurrency != wanted


@pytest.mark.parametrize("level", ["run", "job"])
def test_a_mistake_in_the_group_fails_with_its_place(level: str) -> None:
    broken = "concurrency: {group: \"${{ fromJSON('oops') }}\"}"
    job = "{runs-on: x, steps: [{run: a}]}" if level == "run" else f"{{runs-on: x, {broken}, steps: [{{run: a}}]}}"
    scenario = Scenario(f"on: push\n{broken if level == 'run' else 'name: x'}\njobs:\n  a: {job}\n")
    found = scenario.job("a")
    line = 2 if level == "run" else 4
    where = "the workflow" if level == "run" else "job 'a'"
    assert (found.status, found.code) == (Status.FAILURE, Cause.MISTAKE)
    assert found.cause.startswith(f".github/workflows/ci.yml:{line}: cannot evaluate 'concurrency' of {where}: ")
    assert scenario.status() is Status.FAILURE


def test_an_empty_group_is_a_mistake() -> None:
    scenario = Scenario(JOBS.replace("needs.a.outputs.g || 'g'", "needs.a.outputs.g"))
    scenario.finish("a")
    assert "Concurrency group name cannot be empty" in scenario.job("b").cause


def test_a_job_that_wants_the_group_of_its_own_run_is_cancelled() -> None:
    scenario = Scenario("on: push\nconcurrency: G\njobs:\n  a: {runs-on: x, concurrency: g, steps: [{run: a}]}\n")
    scenario.grant()
    found = scenario.job("a")
    assert (found.status, found.code) == (Status.CANCELLED, Cause.DEADLOCK)
    assert found.cause == "deadlock: the concurrency group 'g' is held by its own run until this job has ended"


CALL = """\
on: push
jobs:
  call: {uses: ./.github/workflows/called.yml, concurrency: deploy}
"""
CALLED = "on: workflow_call\njobs:\n  inner: {runs-on: x, steps: [{run: a}]}\n"


def called(source: str, text: str) -> Scenario:
    return Scenario(source, called={"./.github/workflows/called.yml": text})


def test_a_caller_waits_for_its_group_before_the_call_begins() -> None:
    scenario = called(CALL, CALLED)
    assert scenario.statuses() == {"call": "blocked"}
    scenario.grant("call")
    assert scenario.statuses() == {"call": "waiting", "call / inner": "waiting"}
    scenario.finish("call / inner")
    assert scenario.status() is Status.SUCCESS


def test_the_group_of_a_called_file_is_the_callers() -> None:
    scenario = called(CALL.replace(", concurrency: deploy", ""), f"concurrency: inside\n{CALLED}")
    assert scenario.statuses() == {"call": "blocked", "call / inner": "blocked"}
    scenario.grant("call")
    assert scenario.statuses()["call / inner"] == "waiting"


def test_a_called_job_that_wants_its_callers_group_is_cancelled() -> None:
    scenario = called(CALL, CALLED.replace("runs-on: x", "runs-on: x, concurrency: DEPLOY"))
    scenario.grant("call")
    assert scenario.job("call / inner").code == Cause.DEADLOCK
    assert scenario.status() is Status.CANCELLED


def test_a_run_by_itself_is_ruled_on_by_itself() -> None:
    scenario = Scenario(
        "on: push\njobs:\n"
        + "".join(f"  j{n}: {{runs-on: x, concurrency: g, steps: [{{run: a}}]}}\n" for n in (1, 2, 3))
    )
    while (command := next_for_itself(scenario.run, scenario.later())) is not None:
        scenario.send(command)
    assert scenario.statuses() == {"j1": "waiting", "j2": "cancelled", "j3": "blocked"}
    assert scenario.job("j2").cause == "cancelled by job 'j3': it is newer in the concurrency group 'g'"
