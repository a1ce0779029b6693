"""Calls of reusable workflows: inputs, children, outputs, and how callers follow what they call."""

from __future__ import annotations

from typing import Any

import pytest

from runyard.kernel import ClaimJob, Refused, Status
from runyard.kernel.first_jobs import MAX_JOBS
from tests.kernel.scenario import Scenario

CALLED = "./.github/workflows/called.yml"
DEEPER = "./.github/workflows/deeper.yml"
PAIR = """
on:
  workflow_call:
    inputs: {name: {type: string, default: nobody}, count: {type: number}, deep: {type: boolean, default: true}}
    outputs: {made: {value: "${{ jobs.make.outputs.file }} ${{ jobs.check.result }}"}}
jobs:
  make: {runs-on: "${{ inputs.name }}", steps: [{run: a}]}
  check: {runs-on: x, needs: make, if: inputs.deep, steps: [{run: a}]}
"""
ONE = "on: workflow_call\njobs: {only: {runs-on: x, steps: [{run: a}]}}"


def calls(jobs: str, called: str = PAIR, deeper: str = ONE, **changes: Any) -> Scenario:
    """A run whose jobs may call two files."""
    scenario = Scenario(f"on: push\njobs:\n{jobs}", called={CALLED: called, DEEPER: deeper}, **changes)
    assert scenario.run.diagnostics == ()
    return scenario


def call(key: str, rest: str = "", called: str = CALLED) -> str:
    """A job that calls."""
    return f"  {key}: {{uses: {called}, {rest}}}\n"


def plain(key: str, rest: str = "") -> str:
    """A job that does not."""
    return f"  {key}: {{runs-on: x, steps: [{{run: a}}], {rest}}}\n"


def test_a_call_is_its_jobs_and_gives_their_outputs_to_its_dependents() -> None:
    scenario = calls(
        call("lib", "with: {NAME: linux, count: 3}")
        + plain("last", "needs: lib, name: '${{ needs.lib.outputs.made }}'")
    )
    assert scenario.statuses() == {
        "lib": "waiting",
        "last": "blocked",
        "lib / make": "waiting",
        "lib / check": "blocked",
    }
    assert scenario.job("lib / make").runs_on == ("linux",)
    assert scenario.job("lib").inputs == {"name": "linux", "count": 3.0, "deep": True}
    scenario.claim("lib / make")
    assert scenario.job("lib").status is scenario.status() is Status.RUNNING
    scenario.finish("lib / make", file="app.zip")
    assert scenario.job("lib").status is Status.WAITING
    scenario.finish("lib / check")
    assert scenario.job("lib").status is Status.SUCCESS
    assert scenario.job("lib").outputs == {"made": "app.zip success"}
    assert scenario.statuses()["app.zip success"] == "waiting"


def test_a_call_whose_condition_does_not_hold_calls_nothing() -> None:
    scenario = calls(call("lib", "if: false") + plain("last", "needs: lib, if: always()"))
    assert scenario.statuses() == {"lib": "skipped", "last": "waiting"}
    assert scenario.job("lib").outputs == {}


def test_needs_and_status_functions_mean_the_jobs_of_the_same_file() -> None:
    child = "on: workflow_call\njobs:\n" + plain("a") + plain("b", "needs: a, if: failure()") + plain("c", "needs: a")
    scenario = calls(plain("a") + call("lib", "needs: a, if: failure()") + plain("after", "needs: lib"), child)
    scenario.fail("a")
    assert scenario.statuses()["lib / a"] == "waiting"
    scenario.finish("lib / a")
    assert scenario.statuses()["lib / b"] == "skipped"
    scenario.finish("lib / c")
    assert scenario.statuses()["after"] == "skipped", "an ancestor of it has failed"


def test_calls_may_be_nested_and_end_from_the_inside() -> None:
    middle = "on: workflow_call\njobs:\n" + call("inner", called=DEEPER) + plain("last", "needs: inner")
    scenario = calls(call("outer", "name: Outer"), middle)
    assert scenario.statuses()["Outer / inner / only"] == "waiting"
    scenario.fail("Outer / inner / only")
    assert scenario.statuses() == {
        "Outer": "failure", "Outer / inner": "failure", "Outer / last": "skipped", "Outer / inner / only": "failure",
    }  # fmt: skip
    assert scenario.job("Outer").cause == "job 'Outer / inner' failed"


def test_each_combination_of_a_matrix_calls() -> None:
    scenario = calls(call("lib", "strategy: {max-parallel: 1, matrix: {os: [a, b]}}, with: {name: '${{ matrix.os }}'}"))
    assert scenario.statuses() == {
        "lib (a)": "waiting", "lib (b)": "blocked", "lib (a) / make": "waiting", "lib (a) / check": "blocked",
    }  # fmt: skip
    scenario.finish("lib (a) / make")
    scenario.finish("lib (a) / check")
    assert scenario.job("lib (b) / make").runs_on == ("b",)


def test_a_matrix_of_calls_that_skip_everything_frees_its_slots() -> None:
    child = ONE.replace("runs-on: x", "runs-on: x, if: false")
    scenario = calls(call("lib", "strategy: {max-parallel: 1, matrix: {os: [a, b, c]}}"), child)
    assert set(scenario.statuses().values()) == {"skipped"}
    assert scenario.status() is Status.SKIPPED


def test_a_failed_call_stops_the_other_calls_of_its_matrix() -> None:
    scenario = calls(call("lib", "strategy: {matrix: {os: [a, b]}}, with: {name: '${{ matrix.os }}'}"))
    scenario.claim("lib (b) / make")
    scenario.fail("lib (a) / make")
    assert scenario.statuses()["lib (a)"] == "failure"
    assert scenario.statuses()["lib (b) / make"] == "cancelling"
    assert scenario.statuses()["lib (b) / check"] == "cancelled"
    scenario.finish("lib (b) / make", Status.CANCELLED)
    assert scenario.statuses()["lib (b)"] == "cancelled"
    assert scenario.job("lib (b)").cause == "fail-fast: job 'lib (a)' failed"


def test_a_failure_beats_a_cancellation_among_the_jobs_of_a_call() -> None:
    child = "on: workflow_call\njobs:\n" + plain("m", "strategy: {matrix: {n: [1, 2]}}")
    scenario = calls(call("lib", "") + plain("alarm", "needs: lib, if: failure()"), child)
    scenario.fail("lib / m (1)")
    assert scenario.statuses()["lib"] == "failure"
    assert scenario.statuses()["alarm"] == "waiting"


def test_a_cancelled_run_stops_what_was_called_but_not_what_always_runs() -> None:
    child = "on: workflow_call\njobs:\n" + plain("a") + plain("clean", "needs: a, if: always()")
    scenario = calls(call("lib") + plain("last", "needs: lib"), child)
    scenario.claim("lib / a")
    scenario.cancel()
    assert scenario.statuses()["lib"] == "cancelling"
    scenario.finish("lib / a", Status.CANCELLED)
    assert scenario.statuses() == {
        "lib": "cancelling",
        "last": "cancelled",
        "lib / a": "cancelled",
        "lib / clean": "waiting",
    }
    scenario.finish("lib / clean")
    assert scenario.statuses()["lib"] == "cancelled"
    assert scenario.status() is Status.CANCELLED


def test_a_value_of_another_type_fails_the_call_with_the_reason() -> None:
    scenario = calls(plain("a") + call("lib", "needs: a, with: {count: '${{ needs.a.outputs.n }}'}"))
    scenario.finish("a", n="three")
    lib = scenario.job("lib")
    assert lib.status is Status.FAILURE
    assert lib.cause == (
        ".github/workflows/ci.yml:4: cannot evaluate 'with' of job 'lib': "
        "Input count: unexpected value 'three', a number is expected"
    )
    assert scenario.status() is Status.FAILURE


def test_outputs_that_cannot_be_evaluated_fail_the_call() -> None:
    child = ONE.replace("workflow_call", "{workflow_call: {outputs: {n: {value: \"${{ fromJSON('{') }}\"}}}}")
    scenario = calls(call("lib"), child)
    scenario.finish("lib / only")
    assert scenario.job("lib").status is Status.FAILURE
    assert f"cannot evaluate 'outputs of '{CALLED}'' of job 'lib'" in scenario.job("lib").cause


def test_a_matrix_that_comes_from_needs_may_call() -> None:
    matrix = "strategy: {matrix: {os: '${{ fromJSON(needs.plan.outputs.os) }}'}}, with: {name: '${{ matrix.os }}'}"
    scenario = calls(plain("plan") + call("lib", f"needs: plan, {matrix}"))
    assert scenario.job("lib").deferred
    scenario.finish("plan", os='["a", "b"]')
    assert scenario.statuses()["lib (b) / make"] == "waiting"


def test_an_expression_in_a_called_file_sees_the_inputs_of_its_call_only() -> None:
    middle = "on: {workflow_call: {inputs: {n: {type: string}}}}\njobs:\n" + call(
        "inner", "with: {n: '${{ inputs.n }}!'}", DEEPER
    )
    deeper = ONE.replace("workflow_call", "{workflow_call: {inputs: {n: {type: string}}}}")
    deeper = deeper.replace("runs-on: x", "runs-on: '${{ inputs.n }}'")
    scenario = calls(call("lib", "with: {n: a}"), middle, deeper, inputs={"n": "dispatched"})
    assert scenario.job("lib / inner / only").runs_on == ("a!",)


def test_a_caller_is_never_given_to_a_runner() -> None:
    scenario = calls(call("lib"))
    with pytest.raises(Refused, match="job 'lib' of run 7 is waiting"):
        scenario.send(ClaimJob(at=5000, job=scenario.job("lib").number, runner_id=1, runner_name="box"))


def test_mistakes_in_a_call_fail_the_run_where_the_call_stands() -> None:
    jobs = "on: push\njobs:\n  lib:\n    uses: ./.github/workflows/called.yml\n    with: {nope: 1}\n"
    (unknown,) = Scenario(jobs, called={CALLED: PAIR}).run.diagnostics
    assert (unknown.line, unknown.column) == (5, 12)
    assert unknown.message == "Invalid input, nope is not defined in the referenced workflow."
    (missing,) = Scenario(jobs).run.diagnostics
    assert (missing.line, missing.column) == (4, 11)


def test_an_attempt_has_a_limit_of_jobs() -> None:
    wide = "strategy: {matrix: {a: [%s], b: [%s]}}" % (("0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15",) * 2)
    child = "on: workflow_call\njobs:\n" + plain("m", wide)
    scenario = calls(call("lib", f"{wide.replace('{matrix', '{fail-fast: false, matrix')}"), child)
    assert len(scenario.attempt().jobs) <= MAX_JOBS
    refused = [job for job in scenario.attempt().jobs.values() if job.status is Status.FAILURE]
    assert "jobs, 4096 are allowed" in refused[0].cause
