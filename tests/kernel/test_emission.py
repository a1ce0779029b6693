"""When blocked jobs are let go, with what, and when they are not."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from runyard.kernel import Status
from tests.kernel.scenario import Scenario, check_journal

DIAMOND = """
    on: push
    jobs:
      a: {runs-on: x, steps: [{run: a}]}
      b: {needs: a, runs-on: x, steps: [{run: a}]}
      c: {needs: a, runs-on: x, steps: [{run: a}]}
      d: {needs: [b, c], runs-on: x, steps: [{run: a}]}
"""


def after_a(result: Status, condition: str, *, needs: str = "a", more: str = "") -> Scenario:
    """Job `a` ends; `z` needs it with this condition."""
    scenario = Scenario(
        f"""
        on: push
        jobs:
          a: {{runs-on: x, steps: [{{run: a}}]{more}}}
          skipped: {{runs-on: x, if: false, steps: [{{run: a}}]}}
          between: {{runs-on: x, if: always(), needs: [a, skipped], steps: [{{run: a}}]}}
          z:
            needs: [{needs}]
            runs-on: x
            if: {condition}
            steps: [{{run: z}}]
        """
    )
    scenario.finish("a", result)
    if scenario.job("between").status is Status.WAITING:
        scenario.finish("between")
    return scenario


def test_a_diamond_goes_step_by_step() -> None:
    scenario = Scenario(DIAMOND)
    scenario.finish("a")
    assert scenario.statuses() == {"a": "success", "b": "waiting", "c": "waiting", "d": "blocked"}
    scenario.finish("b")
    assert scenario.statuses()["d"] == "blocked"
    scenario.finish("c")
    scenario.finish("d")
    assert scenario.status() is Status.SUCCESS
    check_journal(scenario)


def test_a_failure_skips_everything_after_it_at_once() -> None:
    scenario = Scenario(DIAMOND)
    scenario.fail("a")
    assert scenario.statuses() == {"a": "failure", "b": "skipped", "c": "skipped", "d": "skipped"}
    assert scenario.status() is Status.FAILURE
    assert scenario.job("d").cause == "skipped because of 'b' and 'c'"


S, F, C, K = Status.SUCCESS, Status.FAILURE, Status.CANCELLED, Status.SKIPPED


@pytest.mark.parametrize(
    ("result", "condition", "expected"),
    [
        (S, "success()", "waiting"),
        (F, "success()", "skipped"),
        (F, "always()", "waiting"),
        (F, "failure()", "waiting"),
        (S, "failure()", "skipped"),
        (C, "failure()", "skipped"),
        (K, "failure()", "skipped"),
        (F, "'!cancelled()'", "waiting"),
        (C, "'!cancelled()'", "waiting"),
        (C, "cancelled()", "skipped"),
        (F, "needs.a.result == 'failure'", "skipped"),
        (F, "always() && needs.a.result == 'failure'", "waiting"),
        (S, "github.event_name == 'push'", "waiting"),
        (S, "github.event_name == 'pull_request'", "skipped"),
        (F, "failure('a')", "waiting"),
        (F, "success('a') || failure('a')", "waiting"),
        (K, "success()", "skipped"),
    ],
)
def test_conditions(result: Status, condition: str, expected: str) -> None:
    assert after_a(result, condition).statuses()["z"] == expected


def test_success_and_failure_look_at_all_ancestors() -> None:
    assert after_a(S, "success()", needs="between").statuses()["z"] == "skipped"  # 'skipped' is an ancestor
    assert after_a(F, "failure()", needs="between").statuses()["z"] == "waiting"
    assert after_a(F, "success('between')", needs="between").statuses()["z"] == "waiting"


def test_continue_on_error_is_a_success_for_dependents_and_the_run() -> None:
    scenario = after_a(F, "needs.a.result == 'success'", more=", continue-on-error: true")
    assert scenario.job("a").status is F
    assert scenario.statuses()["z"] == "waiting"
    scenario.finish("z")
    assert scenario.status() is S


def test_evaluated_keys() -> None:
    scenario = Scenario(
        """
        on: push
        jobs:
          a: {runs-on: x, steps: [{run: a}]}
          z:
            needs: a
            name: Build ${{ needs.a.outputs.tag }} (${{ strategy.job-total }})
            runs-on: ${{ fromJSON(needs.a.outputs.labels) }}
            continue-on-error: ${{ needs.a.outputs.tag == 'v1' }}
            timeout-minutes: ${{ fromJSON(needs.a.outputs.minutes) }}
            steps: [{run: z}]
          group: {runs-on: {group: big, labels: [linux, x64]}, steps: [{run: a}]}
        """
    )
    scenario.finish("a", tag="v1", labels='["linux", "arm"]', minutes="1.5")
    job = scenario.job("Build v1 (1)")
    assert (job.runs_on, job.continue_on_error, job.timeout_minutes) == (("linux", "arm"), True, 1.5)
    assert scenario.job("group").runs_on == ("linux", "x64", "big")
    assert scenario.job("a").timeout_minutes == 360


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("if", "fromJSON('{')", "'if'"),
        ("name", "${{ fromJSON('{') }}", "'name'"),
        ("runs-on", "${{ github.nothing }}", "'runs-on'"),
        ("continue-on-error", "${{ github.actor }}", "expected true or false, got 'ada'"),
        ("timeout-minutes", "${{ github.actor }}", "expected a number greater than 0, got 'ada'"),
        ("timeout-minutes", "${{ inputs.zero == 0 }}", "expected a number greater than 0, got 'true'"),
        ("timeout-minutes", "${{ inputs.zero }}", "expected a number greater than 0, got '0'"),
    ],
)
def test_what_cannot_be_evaluated_fails_the_job_with_the_reason(key: str, value: str, message: str) -> None:
    keys = {"runs-on": "x", key: value}
    lines = "\n".join(f"    {name}: {text}" for name, text in keys.items())
    source = f"on: push\njobs:\n  a:\n{lines}\n    steps: [{{run: a}}]\n  b:\n    needs: a\n    runs-on: x\n"
    scenario = Scenario(source + "    steps: [{run: b}]\n", inputs={"zero": 0})
    assert list(scenario.statuses().values()) == ["failure", "skipped"]
    cause = scenario.job(1).cause
    assert message in cause
    assert cause.startswith(".github/workflows/ci.yml:3: ")
    assert scenario.status() is Status.FAILURE
    check_journal(scenario)


def test_a_job_that_the_file_no_longer_has_fails_instead_of_waiting_for_ever() -> None:
    scenario = Scenario(DIAMOND)
    scenario.claim("a")
    scenario.run = replace(scenario.run, source="not a workflow")
    scenario.report("a", Status.SUCCESS)
    assert scenario.statuses() == {"a": "success", "b": "failure", "c": "failure", "d": "failure"}
    assert "'b' cannot be found in '.github/workflows/ci.yml'" in scenario.job("b").cause


def test_a_run_whose_file_is_no_longer_readable_can_be_cancelled() -> None:
    scenario = Scenario(DIAMOND)
    scenario.run = replace(scenario.run, source="not a workflow")
    scenario.cancel()
    assert scenario.run.status is Status.CANCELLED


def test_missing_values_stand_for_the_defaults() -> None:
    scenario = Scenario(
        """
        on: push
        jobs:
          a:
            runs-on: x
            timeout-minutes: ${{ vars.TIMEOUT }}
            continue-on-error: ${{ vars.IGNORE }}
            name: ${{ vars.NAME }}
            steps: [{run: a}]
        """
    )
    job = scenario.job("a")
    assert (job.timeout_minutes, job.continue_on_error) == (360, False)


def test_contexts_of_the_server() -> None:
    scenario = Scenario(
        """
        on: push
        jobs:
          a:
            runs-on: x
            if: >-
              github.ref_name == 'main' && github.ref_type == 'branch' && github.run_attempt == '1'
              && github.workflow == '.github/workflows/ci.yml' && github.event.before != null
              && github.triggering_actor == 'ada' && inputs.deep == true && vars.COLOR == 'red'
            steps: [{run: a}]
        """,
        inputs={"deep": True},
        vars={"COLOR": "red"},
    )
    assert scenario.statuses() == {"a": "waiting"}
