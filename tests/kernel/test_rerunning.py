"""Re-runs: the plan, the attempt it makes, and what stays as it was."""

from __future__ import annotations

from typing import Any

import pytest

from runyard.kernel import Refused, Rerun, RerunKind, Status, plan_rerun
from tests.kernel.scenario import Scenario, check_journal

CHAIN = """
    on: push
    jobs:
      a: {runs-on: x, steps: [{run: a}]}
      b: {needs: a, runs-on: x, steps: [{run: a}]}
      c: {needs: b, runs-on: x, steps: [{run: a}], name: "c of ${{ github.run_attempt }}"}
      other: {runs-on: x, steps: [{run: a}]}
"""
ALL, FAILED, JOB = RerunKind.ALL, RerunKind.FAILED, RerunKind.JOB


def chain_with_failing_b() -> Scenario:
    scenario = Scenario(CHAIN)
    scenario.finish("a", tag="v1")
    scenario.fail("b")
    scenario.finish("other")
    return scenario


def plan_of(scenario: Scenario, kind: RerunKind, job: int = 0) -> tuple[tuple[int, ...], tuple[int, ...]]:
    planned = plan_rerun(scenario.run, Rerun(at=1, by="eve", kind=kind, job=job))
    return planned.execute, planned.carry


def refusal(scenario: Scenario, **fields: Any) -> str:
    with pytest.raises(Refused) as refused:
        plan_rerun(scenario.run, Rerun(at=1, by="eve", **fields))
    return refused.value.code


def test_plans() -> None:
    scenario = chain_with_failing_b()
    assert plan_of(scenario, ALL) == ((1, 2, 3, 4), ())
    assert plan_of(scenario, FAILED) == ((2, 3), (1, 4))
    assert plan_of(scenario, JOB, 1) == ((1, 2, 3), (4,))
    assert plan_of(scenario, JOB, 4) == ((4,), (1, 2, 3))


def test_refusals() -> None:
    assert refusal(Scenario(CHAIN)) == "run_not_finished"
    scenario = chain_with_failing_b()
    assert refusal(scenario, kind=JOB, job=9) == "job_not_found"
    assert refusal(scenario, max_attempts=1) == "too_many_attempts"
    assert refusal(Scenario("on: push\njobs: {}\n")) == "nothing_to_rerun"
    good = Scenario("on: push\njobs: {a: {runs-on: x, steps: [{run: a}]}}\n")
    good.finish("a")
    assert refusal(good, kind=FAILED) == "nothing_to_rerun"


def test_failed_jobs_run_again_and_the_others_are_carried_over() -> None:
    scenario = chain_with_failing_b()
    first = scenario.attempt()
    scenario.rerun(FAILED, debug=True)
    assert list(scenario.statuses().values()) == ["success", "waiting", "blocked", "success"]
    assert list(scenario.attempt().jobs) == [1, 2, 3, 4]
    assert (scenario.attempt().triggered_by, scenario.attempt().debug) == ("eve", True)
    carried = scenario.job("a")
    assert (carried.source_attempt, carried.outputs, carried.tasks) == (1, {"tag": "v1"}, ())
    assert (carried.started, carried.stopped) == (first.jobs[1].started, first.jobs[1].stopped)
    assert scenario.job("b").source_attempt == 0
    assert scenario.status() is Status.WAITING
    assert scenario.run.stopped == 0
    scenario.finish("b")
    scenario.finish("c of 2")
    assert scenario.status() is Status.SUCCESS
    assert scenario.attempt(1) == first
    check_journal(scenario)


def test_a_job_carried_over_twice_names_where_it_ran() -> None:
    scenario = chain_with_failing_b()
    scenario.rerun(FAILED)
    scenario.fail("b")
    scenario.rerun(FAILED)
    assert scenario.job("a").source_attempt == 1


def test_a_failure_that_is_carried_over_still_counts() -> None:
    scenario = chain_with_failing_b()
    scenario.rerun(JOB, 4)
    scenario.finish("other")
    assert scenario.status() is Status.FAILURE
    assert scenario.statuses()["b"] == "failure"


def test_one_combination_of_a_matrix() -> None:
    scenario = Scenario(
        """
        on: push
        jobs:
          m: {runs-on: x, strategy: {fail-fast: false, max-parallel: 1, matrix: {n: [1, 2, 3]}}, steps: [{run: a}]}
          z: {runs-on: x, needs: m, steps: [{run: z}]}
        """
    )
    for name, result in (("m (1)", Status.SUCCESS), ("m (2)", Status.FAILURE), ("m (3)", Status.SUCCESS)):
        scenario.finish(name, result)
    scenario.rerun(FAILED)
    assert list(scenario.statuses().values()) == ["success", "waiting", "success", "blocked"]
    scenario.finish("m (2)")
    scenario.finish("z")
    assert scenario.status() is Status.SUCCESS


DYNAMIC = """
    on: push
    jobs:
      plan: {runs-on: x, steps: [{run: a}]}
      m:
        needs: plan
        runs-on: x
        strategy: {fail-fast: false, matrix: "${{ fromJSON(needs.plan.outputs.matrix) }}"}
        steps: [{run: a}]
      z: {runs-on: x, needs: m, steps: [{run: z}]}
"""


def dynamic(*values: str) -> Scenario:
    scenario = Scenario(DYNAMIC)
    play_dynamic(scenario, *values)
    return scenario


def play_dynamic(scenario: Scenario, *values: str, failing: str = "") -> None:
    scenario.finish("plan", matrix='{"n": [%s]}' % ", ".join(f'"{value}"' for value in values))  # noqa: UP031
    for value in values:
        scenario.finish(f"m ({value})", Status.FAILURE if value == failing else Status.SUCCESS)


def numbers(scenario: Scenario) -> dict[str, int]:
    return {job.name: number for number, job in scenario.attempt().jobs.items()}


def test_a_matrix_from_needs_is_unknown_again_and_keeps_its_numbers() -> None:
    scenario = dynamic("a", "b", "c")
    assert numbers(scenario) == {"plan": 1, "m (a)": 2, "z": 3, "m (b)": 4, "m (c)": 5}
    scenario.finish("z")
    scenario.rerun()
    assert numbers(scenario) == {"plan": 1, "m": 2, "z": 3}
    play_dynamic(scenario, "a", "c", "d")
    assert numbers(scenario) == {"plan": 1, "m (a)": 2, "z": 3, "m (c)": 5, "m (d)": 6}
    check_journal(scenario)


def test_combinations_keep_their_numbers_in_any_order() -> None:
    scenario = dynamic("a", "b")
    scenario.finish("z")
    scenario.rerun()
    play_dynamic(scenario, "b", "a", "a2")
    assert numbers(scenario) == {"plan": 1, "m (a)": 2, "z": 3, "m (b)": 4, "m (a2)": 5}
    scenario.finish("z")
    scenario.rerun()
    play_dynamic(scenario, "b", "new")
    assert numbers(scenario) == {"plan": 1, "m (new)": 2, "z": 3, "m (b)": 4}


def test_equal_combinations_have_different_numbers() -> None:
    scenario = Scenario(DYNAMIC)
    scenario.finish("plan", matrix='{"n": [1, 1]}')
    assert [job.number for job in scenario.attempt().jobs.values() if job.key == "m"] == [2, 4]
    scenario.cancel(force=True)
    scenario.rerun()
    scenario.finish("plan", matrix='{"n": [1, 1]}')
    assert [job.number for job in scenario.attempt().jobs.values() if job.key == "m"] == [2, 4]


def test_a_matrix_whose_needs_are_carried_over_stays_known() -> None:
    scenario = Scenario(DYNAMIC)
    play_dynamic(scenario, "a", "b", failing="b")
    scenario.rerun(FAILED)
    assert numbers(scenario) == {"plan": 1, "m (a)": 2, "z": 3, "m (b)": 4}
    assert scenario.statuses() == {"plan": "success", "m (a)": "success", "m (b)": "waiting", "z": "blocked"}


def test_a_matrix_that_never_expanded_may_expand_later() -> None:
    scenario = Scenario(DYNAMIC)
    scenario.fail("plan")
    scenario.rerun(FAILED)
    play_dynamic(scenario, "a", "b")
    scenario.finish("z")
    assert scenario.status() is Status.SUCCESS
