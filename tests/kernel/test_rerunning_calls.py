"""Re-runs of calls and of the jobs that were called."""

from __future__ import annotations

import pytest

from runyard.kernel import RerunKind, Status
from tests.kernel.scenario import Scenario
from tests.kernel.test_calling import call, calls, plain

CHILD = "on: {workflow_call: {outputs: {n: {value: '${{ jobs.a.outputs.n }}'}}}}\njobs:\n" + (
    plain("a") + plain("b", "needs: a") + plain("other")
)


def ended(*failing: str) -> Scenario:
    """A run that has called, with these jobs failed."""
    jobs = plain("first") + call("lib", "needs: first") + plain("last", "needs: lib, if: always()") + plain("aside")
    scenario = calls(jobs, CHILD)
    for name in ("first", "aside", "lib / a", "lib / other", "lib / b", "last"):
        if scenario.job(name).status is Status.WAITING:
            scenario.finish(name, Status.FAILURE if name in failing else Status.SUCCESS, n="1")
    assert scenario.status().is_terminal
    return scenario


def again(scenario: Scenario) -> dict[str, str]:
    """The jobs that are not carried over, and their statuses."""
    return {job.name: job.status.label for job in scenario.attempt().jobs.values() if not job.source_attempt}


def test_a_called_job_runs_again_with_its_dependents_and_those_of_its_caller() -> None:
    scenario = ended()
    scenario.rerun(RerunKind.JOB, scenario.job("lib / a").number)
    assert again(scenario) == {"lib": "waiting", "last": "blocked", "lib / a": "waiting", "lib / b": "blocked"}
    assert scenario.job("lib / other").source_attempt == 1
    scenario.finish("lib / a", n="2")
    scenario.finish("lib / b")
    assert scenario.job("lib").outputs == {"n": "2"}
    scenario.finish("last")
    assert scenario.status() is Status.SUCCESS
    assert scenario.attempt(1).jobs.keys() == scenario.attempt(2).jobs.keys()


def test_a_caller_that_runs_again_calls_anew_under_the_same_numbers() -> None:
    scenario = ended()
    scenario.rerun(RerunKind.JOB, scenario.job("lib").number)
    assert again(scenario) == {
        "lib": "waiting", "last": "blocked", "lib / a": "waiting", "lib / b": "blocked", "lib / other": "waiting",
    }  # fmt: skip
    assert {job.name: job.number for job in scenario.attempt(1).jobs.values()} == {
        job.name: job.number for job in scenario.attempt(2).jobs.values()
    }


def test_failed_jobs_run_again_where_they_failed() -> None:
    scenario = ended("lib / b")
    scenario.rerun(RerunKind.FAILED)
    assert again(scenario) == {"lib": "waiting", "last": "blocked", "lib / b": "waiting"}
    scenario.finish("lib / b")
    assert scenario.job("lib").outputs == {"n": "1"}


def test_a_caller_that_failed_by_itself_runs_again() -> None:
    scenario = calls(plain("a") + call("lib", "needs: a, with: {count: '${{ needs.a.outputs.n }}'}"))
    scenario.finish("a", n="three")
    scenario.rerun(RerunKind.FAILED)
    assert again(scenario) == {"lib": "failure"}


def test_a_carried_caller_keeps_its_outputs_inputs_and_jobs() -> None:
    scenario = ended()
    scenario.rerun(RerunKind.JOB, scenario.job("aside").number)
    assert again(scenario) == {"aside": "waiting"}
    first, second = scenario.job("lib", 1), scenario.job("lib", 2)
    assert (second.outputs, second.status, second.source_attempt) == (first.outputs, first.status, 1)


def test_a_called_job_of_a_nested_call_opens_every_caller_above_it() -> None:
    middle = "on: workflow_call\njobs:\n" + call("inner", called="./.github/workflows/deeper.yml") + plain("x")
    scenario = calls(call("outer") + plain("aside"), middle)
    for name in ("aside", "outer / x", "outer / inner / only"):
        scenario.finish(name)
    scenario.rerun(RerunKind.JOB, scenario.job("outer / inner / only").number)
    assert again(scenario) == {"outer": "waiting", "outer / inner": "waiting", "outer / inner / only": "waiting"}


def test_the_whole_run_again_starts_without_what_was_called() -> None:
    scenario = ended()
    scenario.rerun()
    assert again(scenario) == {"first": "waiting", "lib": "blocked", "last": "blocked", "aside": "waiting"}


@pytest.mark.parametrize("name", ["", "c / a"])
def test_a_cancelled_re_run_that_waits_for_its_group_ends_the_call_with_its_jobs(name: str) -> None:
    called = "on: workflow_call\njobs:\n  a: {runs-on: linux, steps: [{run: a}]}\n"
    caller = "on: push\nconcurrency: one\njobs:\n  c: {uses: ./.github/workflows/one.yml}\n"
    scenario = Scenario(caller, called={"./.github/workflows/one.yml": called})
    scenario.grant()
    scenario.fail("c / a")
    scenario.rerun(RerunKind.JOB, scenario.job("c / a").number)
    assert scenario.statuses() == {"c": "blocked", "c / a": "blocked"}
    scenario.cancel(name)
    assert scenario.statuses() == {"c": "cancelled", "c / a": "cancelled"}
    assert scenario.status().is_terminal
