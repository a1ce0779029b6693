"""The first decision of a run."""

from __future__ import annotations

import pytest

from runyard.kernel import ClaimJob, Diagnostic, Refused, Status, decide
from tests.kernel.scenario import Scenario, check_journal, create_command

TWO_JOBS = """
    on: push
    jobs:
      build:
        runs-on: ubuntu-latest
        steps: [{run: make}]
      test:
        needs: build
        runs-on: [self-hosted, linux]
        steps: [{run: make test}]
"""


def test_jobs_without_needs_wait_and_the_others_are_blocked() -> None:
    scenario = Scenario(TWO_JOBS)
    assert scenario.statuses() == {"build": "waiting", "test": "blocked"}
    assert scenario.status() is Status.WAITING
    assert scenario.job("build").runs_on == ("ubuntu-latest",)
    assert scenario.job("test").needs == ("build",)
    assert [job.number for job in scenario.attempt().jobs.values()] == [1, 2]
    assert scenario.attempt().triggered_by == "ada"
    check_journal(scenario)


def test_needs_are_found_whatever_their_case() -> None:
    scenario = Scenario(TWO_JOBS.replace("needs: build", "needs: BUILD"))
    assert scenario.job("test").needs == ("build",)
    scenario.finish("build")
    assert scenario.statuses()["test"] == "waiting"


def test_an_unusable_file_is_a_failed_run_without_jobs() -> None:
    scenario = Scenario("on: push\njobs:\n  build:\n    runs-on: x\n    steps: [{run: a, nonsense: b}]\n")
    assert scenario.status() is Status.FAILURE
    assert scenario.attempt().jobs == {}
    assert scenario.run.diagnostics[0].line == 5
    assert scenario.run.stopped == 1000
    check_journal(scenario)


def test_given_diagnostics_fail_the_run() -> None:
    missing = Diagnostic("ci.yml", 0, 0, "file-too-large", "The file is larger than 1 MiB.")
    scenario = Scenario(TWO_JOBS, diagnostics=(missing,))
    assert scenario.status() is Status.FAILURE
    assert scenario.run.diagnostics == (missing,)


def test_warnings_do_not_fail_the_run() -> None:
    warning = Diagnostic("ci.yml", 1, 1, "odd", "This is odd.", severity="warning")
    scenario = Scenario(TWO_JOBS, diagnostics=(warning,))
    assert scenario.status() is Status.WAITING
    assert scenario.run.diagnostics == ()


def test_a_run_whose_jobs_are_all_skipped_is_skipped() -> None:
    scenario = Scenario(
        """
        on: push
        jobs:
          a: {runs-on: x, if: github.ref == 'refs/heads/other', steps: [{run: a}]}
          b: {runs-on: x, needs: a, steps: [{run: b}]}
        """
    )
    assert scenario.statuses() == {"a": "skipped", "b": "skipped"}
    assert scenario.status() is Status.SKIPPED
    assert "github.ref == 'refs/heads/other'" in scenario.job("a").cause
    assert "'a'" in scenario.job("b").cause


@pytest.mark.parametrize(
    ("run_name", "title"),
    [
        ("Deploy ${{ inputs.target }} by ${{ github.actor }}", "Deploy live by ada"),
        ("${{ vars.MISSING }}", "Add a thing"),
        ("${{ fromJSON('nonsense') }}", "Add a thing"),
        ("Nightly", "Nightly"),
        ("${{ github.run_number }}/${{ github.run_attempt }} ${{ vars.ENV }}", "7/1 prod"),
    ],
)
def test_run_name(run_name: str, title: str) -> None:
    source = f"run-name: {run_name}\non: push\njobs: {{a: {{runs-on: x, steps: [{{run: a}}]}}}}\n"
    scenario = Scenario(source, inputs={"target": "live"}, vars={"ENV": "prod"})
    assert scenario.run.title == title


def test_names_are_shown_before_the_job_is_prepared() -> None:
    scenario = Scenario(
        """
        on: push
        jobs:
          a: {runs-on: x, steps: [{run: a}]}
          plain: {name: Plain, needs: a, runs-on: x, steps: [{run: a}]}
          early: {name: "for ${{ github.actor }}", needs: a, runs-on: x, steps: [{run: a}]}
          late: {name: "tag ${{ needs.a.outputs.tag }}", needs: a, runs-on: x, steps: [{run: a}]}
        """
    )
    assert set(scenario.statuses()) == {"a", "Plain", "for ada", "late"}
    scenario.finish("a", tag="v1")
    assert set(scenario.statuses()) == {"a", "Plain", "for ada", "tag v1"}


def test_only_some_jobs_and_what_they_need() -> None:
    source = TWO_JOBS + "      other: {runs-on: x, steps: [{run: a}]}\n"
    assert list(Scenario(source).statuses()) == ["build", "test", "other"]
    scenario = Scenario(source, jobs=("test",))
    assert list(scenario.statuses()) == ["build", "test"]
    scenario.finish("build")
    scenario.fail("test")
    assert scenario.run.status is Status.FAILURE
    scenario.rerun()
    assert list(scenario.statuses()) == ["build", "test"]
    with pytest.raises(Refused) as refused:
        Scenario(source, jobs=("nothing",))
    assert refused.value.code == "job_not_found"


def test_what_needs_a_run_is_refused_without_one() -> None:
    with pytest.raises(Refused) as refused:
        decide(None, ClaimJob(at=1, job=1, runner_id=1, runner_name="box"))
    assert refused.value.code == "run_not_found"
    with pytest.raises(Refused) as refused:
        decide(Scenario(TWO_JOBS).run, create_command(TWO_JOBS))
    assert refused.value.code == "run_exists"
