"""Matrix jobs: combinations, slots, fail-fast, results for dependents, matrices that wait for needs."""

from __future__ import annotations

import pytest

from runyard.kernel import RerunKind, Status
from tests.kernel.scenario import Scenario, check_journal

S, F, C = Status.SUCCESS, Status.FAILURE, Status.CANCELLED


def matrix_of(strategy: str, *, more: str = "") -> Scenario:
    """Job `m` with this strategy; `z` always runs after it."""
    return Scenario(
        f"""
        on: push
        jobs:
          m:
            runs-on: ${{{{ matrix.os || 'x' }}}}
            strategy: {strategy}
            steps: [{{run: a}}]
            {more}
          z: {{runs-on: x, needs: m, if: always(), steps: [{{run: z}}], name: "after ${{{{ needs.m.result }}}}"}}
        """
    )


def test_one_job_per_combination() -> None:
    scenario = matrix_of("{matrix: {os: [linux, mac], n: [1, 2]}}")
    assert list(scenario.statuses()) == ["m (linux, 1)", "m (linux, 2)", "m (mac, 1)", "m (mac, 2)", "z"]
    job = scenario.job("m (mac, 1)")
    assert (job.matrix, job.matrix_index, job.matrix_total) == ({"os": "mac", "n": 1}, 2, 4)
    assert job.runs_on == ("mac",)
    assert scenario.statuses()["z"] == "blocked"
    check_journal(scenario)


def test_numbers_that_json_does_not_have_become_text() -> None:
    scenario = matrix_of("{matrix: {n: [.inf, -.inf, 1.5]}}")
    assert [job.matrix for job in scenario.attempt().jobs.values()][:3] == [
        {"n": "Infinity"},
        {"n": "-Infinity"},
        {"n": 1.5},
    ]
    check_journal(scenario)


def test_max_parallel_is_a_hard_limit() -> None:
    scenario = matrix_of("{max-parallel: 2, fail-fast: false, matrix: {n: [1, 2, 3, 4]}}")
    assert list(scenario.statuses().values())[:4] == ["waiting", "waiting", "blocked", "blocked"]
    scenario.claim("m (2)")
    scenario.fail("m (1)")
    assert list(scenario.statuses().values())[:4] == ["failure", "running", "waiting", "blocked"]
    scenario.finish("m (2)")
    scenario.finish("m (3)")
    scenario.finish("m (4)")
    assert scenario.statuses()["after failure"] == "waiting"


def test_fail_fast_stops_the_rest_of_the_matrix() -> None:
    scenario = matrix_of("{max-parallel: 3, matrix: {n: [1, 2, 3, 4]}}")
    scenario.claim("m (1)", "m (2)")
    scenario.fail("m (2)")
    assert list(scenario.statuses().values()) == ["cancelling", "failure", "cancelled", "cancelled", "blocked"]
    assert scenario.status() is Status.CANCELLING
    assert scenario.job("m (3)").cause == "fail-fast: job 'm (2)' failed"
    scenario.report("m (1)", S)
    assert scenario.job("m (1)").status is C
    assert scenario.statuses()["after failure"] == "waiting"
    assert scenario.status() is Status.WAITING


def test_fail_fast_stops_only_its_own_matrix() -> None:
    scenario = Scenario(
        """
        on: push
        jobs:
          m: {runs-on: x, strategy: {matrix: {n: [1, 2]}}, steps: [{run: a}]}
          o: {runs-on: x, strategy: {matrix: {n: [1, 2]}}, steps: [{run: a}]}
        """
    )
    scenario.fail("m (1)")
    assert list(scenario.statuses().values()) == ["failure", "cancelled", "waiting", "waiting"]


def test_a_run_whose_matrix_stopped_itself_has_failed_and_is_not_cancelled() -> None:
    """As on GitHub. It stays so when only the failed job is run again; with the cancelled one all is well."""
    source = "on: push\njobs:\n  m: {runs-on: x, strategy: {matrix: {n: [1, 2]}}, steps: [{run: a}]}\n"
    scenario = Scenario(source)
    scenario.fail("m (1)")
    assert scenario.statuses() == {"m (1)": "failure", "m (2)": "cancelled"}
    assert scenario.status() is F
    scenario.rerun(RerunKind.JOB, scenario.job("m (1)").number)
    scenario.finish("m (1)")
    assert scenario.status() is F
    scenario.rerun(RerunKind.FAILED)
    scenario.finish("m (2)")
    assert scenario.status() is S

    by_hand = Scenario(source)
    by_hand.cancel("m (2)")
    by_hand.fail("m (1)")
    assert by_hand.status() is C


def test_a_failure_with_continue_on_error_stops_nobody() -> None:
    scenario = matrix_of(
        "{matrix: {n: [1, 2], include: [{n: 2, ok: true}]}}",
        more="continue-on-error: ${{ matrix.ok == true }}",
    )
    scenario.fail("m (2)")
    assert scenario.statuses()["m (1)"] == "waiting"
    scenario.finish("m (1)")
    assert scenario.statuses()["after success"] == "waiting"


def test_result_and_outputs_for_dependents() -> None:
    scenario = Scenario(
        """
        on: push
        jobs:
          m: {runs-on: x, strategy: {fail-fast: false, matrix: {n: [1, 2, 3]}}, steps: [{run: a}]}
          z:
            runs-on: x
            needs: m
            name: ${{ needs.m.outputs.who }} ${{ needs.m.outputs.tag }} ${{ needs.m.outputs.none }}
            steps: [{run: z}]
        """
    )
    scenario.finish("m (3)", who="three", tag="t3")
    scenario.finish("m (1)", who="one", tag="", none="")
    scenario.finish("m (2)", tag="")
    assert "one t3" in scenario.statuses()


def test_cancelled_beats_success_for_dependents() -> None:
    scenario = matrix_of("{fail-fast: false, matrix: {n: [1, 2]}}")
    scenario.finish("m (1)")
    scenario.finish("m (2)", C)
    assert scenario.statuses()["after cancelled"] == "waiting"


DYNAMIC = """
    on: push
    jobs:
      plan: {runs-on: x, steps: [{run: a}]}
      m:
        needs: plan
        name: part ${{ matrix.n }}
        runs-on: x
        strategy:
          max-parallel: 2
          fail-fast: ${{ needs.plan.outputs.fast == 'yes' }}
          matrix: ${{ fromJSON(needs.plan.outputs.matrix) }}
        steps: [{run: a}]
      z: {runs-on: x, needs: m, steps: [{run: z}]}
"""


def test_a_matrix_from_needs_expands_when_they_are_done() -> None:
    scenario = Scenario(DYNAMIC)
    assert scenario.statuses() == {"plan": "waiting", "m": "blocked", "z": "blocked"}
    assert scenario.job("m").deferred
    scenario.finish("plan", matrix='{"n": ["a", "b", "c"]}', fast="no")
    parts = {job.name: (job.number, job.status.label) for job in scenario.attempt().jobs.values() if job.key == "m"}
    assert parts == {"part a": (2, "waiting"), "part b": (4, "waiting"), "m (c)": (5, "blocked")}
    assert not any(job.deferred for job in scenario.attempt().jobs.values())
    scenario.fail("part a")
    scenario.finish("part b")
    scenario.finish("part c")
    assert scenario.statuses()["z"] == "skipped"
    check_journal(scenario)


def test_a_matrix_that_cannot_be_evaluated_fails_the_job() -> None:
    scenario = Scenario(DYNAMIC)
    scenario.finish("plan", matrix="oops")
    assert scenario.statuses() == {"plan": "success", "m": "failure", "z": "skipped"}
    assert "'strategy' of job 'm'" in scenario.job("m").cause


@pytest.mark.parametrize("matrix", ['{"n": []}', '{"n": [1], "o": []}', '{"include": []}'])
def test_an_empty_matrix_is_skipped(matrix: str) -> None:
    scenario = Scenario(DYNAMIC)
    scenario.finish("plan", matrix=matrix)
    assert scenario.statuses()["m"] == "skipped"
    assert scenario.job("m").cause == "its matrix is empty"


def test_a_matrix_that_never_had_a_vector_is_a_mistake() -> None:
    scenario = Scenario(DYNAMIC)
    scenario.finish("plan", matrix="{}")
    assert "must define at least one vector" in scenario.job("m").cause


def test_a_matrix_of_which_everything_is_excluded_is_skipped() -> None:
    assert matrix_of("{matrix: {n: [1], exclude: [{n: 1}]}}").statuses()["m"] == "skipped"


def test_a_matrix_from_wrong_inputs_fails_the_job() -> None:
    scenario = matrix_of("{matrix: {n: '${{ fromJSON(inputs.list) }}'}}")
    assert scenario.statuses() == {"m": "failure", "after failure": "waiting"}


def test_a_skipped_dynamic_matrix_stays_one_job() -> None:
    scenario = Scenario(DYNAMIC)
    scenario.fail("plan")
    assert scenario.statuses() == {"plan": "failure", "m": "skipped", "z": "skipped"}


def test_combinations_fail_one_by_one_when_their_keys_cannot_be_evaluated() -> None:
    scenario = matrix_of("{fail-fast: false, matrix: {os: [linux, '']}}", more="timeout-minutes: ${{ matrix.os || 5 }}")
    assert list(scenario.statuses().values())[:2] == ["failure", "waiting"]
