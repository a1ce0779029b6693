"""Cancelling, forced or not."""

from __future__ import annotations

from runyard.kernel import Status
from tests.kernel.scenario import Scenario, check_journal

MIXED = """
    on: push
    jobs:
      run: {runs-on: x, steps: [{run: a}, {run: b}]}
      wait: {runs-on: x, steps: [{run: a}]}
      block: {runs-on: x, needs: run, steps: [{run: a}]}
      on_success: {runs-on: x, needs: run, if: "needs.run.result == 'success'", steps: [{run: a}]}
      not_cancelled: {runs-on: x, needs: run, if: "!cancelled()", steps: [{run: a}]}
      cleanup: {runs-on: x, needs: [run, block], if: always(), steps: [{run: a}]}
      notify: {runs-on: x, needs: run, if: cancelled(), steps: [{run: a}]}
      maybe: {runs-on: x, needs: run, if: "always() && needs.run.result == 'cancelled'", steps: [{run: a}]}
      after: {runs-on: x, needs: cleanup, steps: [{run: a}]}
"""


def test_what_has_not_begun_is_cancelled_and_what_runs_is_told_to_stop() -> None:
    scenario = Scenario(MIXED)
    scenario.claim("run")
    scenario.cancel()
    assert scenario.statuses() == {
        "run": "cancelling",
        "wait": "cancelled",
        "block": "cancelled",
        "on_success": "cancelled",
        "not_cancelled": "cancelled",
        "cleanup": "blocked",
        "notify": "blocked",
        "maybe": "blocked",
        "after": "cancelled",
    }
    abort = scenario.attempt().abort
    assert abort is not None
    assert (abort.by, abort.reason, abort.force) == ("bob", "wrong branch", False)
    assert scenario.job("wait").cause == "cancelled by bob: wrong branch"
    task = scenario.job("run").task
    assert task is not None
    assert task.status is Status.CANCELLING
    check_journal(scenario)


def test_jobs_that_hold_on_cancellation_still_run() -> None:
    scenario = Scenario(MIXED)
    scenario.claim("run")
    scenario.cancel()
    scenario.report("run", Status.FAILURE)
    assert scenario.job("run").status is Status.CANCELLED
    assert [scenario.statuses()[name] for name in ("cleanup", "notify", "maybe")] == ["waiting"] * 3
    for name in ("cleanup", "notify", "maybe"):
        scenario.finish(name)
    assert scenario.status() is Status.CANCELLED


def test_a_condition_that_turns_out_false_after_cancellation_cancels() -> None:
    scenario = Scenario(MIXED.replace("== 'cancelled'", "== 'success'"))
    scenario.claim("run")
    scenario.cancel()
    assert scenario.statuses()["maybe"] == "blocked"
    scenario.report("run", Status.SUCCESS)
    assert scenario.statuses()["maybe"] == "cancelled"


def test_waiting_and_running_jobs_are_judged_by_what_they_know() -> None:
    scenario = Scenario(
        """
        on: push
        jobs:
          a: {runs-on: x, steps: [{run: a}]}
          goes: {runs-on: x, needs: a, if: "!cancelled() && needs.a.result == 'success'", steps: [{run: a}]}
          runs: {runs-on: x, needs: a, if: "!cancelled() && needs.a.result == 'success'", steps: [{run: a}]}
          stays: {runs-on: x, needs: a, if: "always() && needs.a.result == 'success'", steps: [{run: a}]}
        """
    )
    scenario.finish("a")
    scenario.claim("runs")
    scenario.cancel()
    assert scenario.statuses() == {"a": "success", "goes": "cancelled", "runs": "cancelling", "stays": "waiting"}


def test_a_condition_that_cannot_be_evaluated_yet_is_decided_when_its_needs_have_ended() -> None:
    scenario = Scenario(
        """
        on: push
        jobs:
          a: {runs-on: x, steps: [{run: a}]}
          z: {runs-on: x, needs: a, if: "always() && fromJSON(needs.a.outputs.go)", steps: [{run: a}]}
        """
    )
    scenario.claim("a")
    scenario.cancel()
    assert scenario.statuses() == {"a": "cancelling", "z": "blocked"}
    scenario.report("a", Status.CANCELLED, outputs={"go": "true"})
    assert scenario.statuses() == {"a": "cancelled", "z": "waiting"}


def test_a_running_job_that_holds_on_cancellation_goes_on() -> None:
    scenario = Scenario("on: push\njobs: {a: {runs-on: x, if: always(), steps: [{run: a}]}}\n")
    scenario.claim("a")
    scenario.cancel()
    assert scenario.statuses() == {"a": "running"}
    scenario.cancel(force=True)
    assert scenario.statuses() == {"a": "cancelled"}


def test_force_spares_nobody_and_waits_for_no_runner() -> None:
    scenario = Scenario(MIXED)
    scenario.claim("run")
    scenario.cancel()
    scenario.cancel(force=True)
    assert set(scenario.statuses().values()) == {"cancelled"}
    assert scenario.status() is Status.CANCELLED
    task = scenario.job("run").task
    assert task is not None
    assert {step.status for step in task.steps} == {Status.CANCELLED}
    assert scenario.report("run", Status.SUCCESS) == []
    check_journal(scenario)


def test_asking_again_or_too_late_changes_nothing() -> None:
    scenario = Scenario(MIXED)
    scenario.claim("run")
    scenario.cancel()
    assert scenario.cancel() == []
    scenario.cancel(force=True)
    assert scenario.cancel() == []
    assert scenario.cancel(force=True) == []


def test_an_ended_run_keeps_its_result() -> None:
    scenario = Scenario("on: push\njobs: {a: {runs-on: x, steps: [{run: a}]}}\n")
    scenario.finish("a")
    assert scenario.cancel() == []
    assert scenario.status() is Status.SUCCESS
    assert scenario.attempt().abort is None


def test_a_held_back_matrix_is_cancelled_too() -> None:
    scenario = Scenario(
        "on: push\njobs: {m: {runs-on: x, strategy: {max-parallel: 1, matrix: {n: [1, 2, 3]}}, steps: [{run: a}]}}\n"
    )
    scenario.claim("m (1)")
    scenario.cancel()
    assert list(scenario.statuses().values()) == ["cancelling", "cancelled", "cancelled"]


def test_an_aborted_attempt_does_not_mark_the_next_one() -> None:
    scenario = Scenario(MIXED)
    scenario.cancel(force=True)
    scenario.rerun()
    assert scenario.attempt().abort is None
    assert scenario.statuses()["run"] == "waiting"
