"""Claims and what runners report."""

from __future__ import annotations

import pytest

from runyard.kernel import ClaimJob, Refused, ReportTask, Status, StepReport
from runyard.kernel.events import OutputSet, StepChanged
from tests.kernel.scenario import Scenario, check_journal

ONE = """
    on: push
    jobs:
      a:
        runs-on: x
        steps: [{run: one}, {name: Two, run: two}, {run: three}]
"""
NO, S, F, C, K = Status.UNKNOWN, Status.SUCCESS, Status.FAILURE, Status.CANCELLED, Status.SKIPPED


def running() -> Scenario:
    scenario = Scenario(ONE)
    scenario.claim("a")
    return scenario


def steps_of(scenario: Scenario) -> list[str]:
    task = scenario.job("a").task
    assert task is not None
    return [step.status.label for step in task.steps]


def test_a_claim_makes_a_task_with_its_steps() -> None:
    scenario = running()
    task = scenario.job("a").task
    assert task is not None
    assert (task.number, task.runner_id, task.runner_name, task.status) == (1, 3, "box", Status.RUNNING)
    assert [step.name for step in task.steps] == ["Run one", "Two", "Run three"]
    assert scenario.status() is Status.RUNNING
    assert scenario.run.started == task.started == scenario.job("a").started


def test_of_two_claims_one_wins() -> None:
    scenario = running()
    with pytest.raises(Refused) as refused:
        scenario.claim("a")
    assert refused.value.code == "job_not_waiting"
    with pytest.raises(Refused) as refused:
        scenario.send(ClaimJob(at=1, job=99, runner_id=1, runner_name="box"))
    assert refused.value.code == "job_not_found"


def test_steps_move_forward_and_only_changes_are_events() -> None:
    scenario = running()
    first = StepReport(0, NO, 5000, 0, 2, 0)
    events = scenario.report("a", steps=[first, StepReport(1, NO, 0, 0, 0, 0)])
    assert [type(event) for event in events] == [StepChanged]
    assert scenario.report("a", steps=[StepReport(0, NO, 5000, 0, 2, 17)]) == []
    scenario.report("a", steps=[StepReport(0, S, 5000, 6000, 2, 20), StepReport(1, NO, 6000, 0, 22, 0)])
    assert steps_of(scenario) == ["success", "running", "waiting"]
    assert scenario.report("a", steps=[first, StepReport(0, F, 5000, 9000, 2, 30)]) == []
    task = scenario.job("a").task
    assert task is not None
    step = task.steps[0]
    assert (step.started, step.stopped, step.log_index, step.log_length) == (5000, 6000, 2, 20)


def test_a_step_may_be_reported_only_when_it_has_ended() -> None:
    scenario = running()
    scenario.report("a", steps=[StepReport(0, K, 0, 0, 4, 0), StepReport(7, S, 1, 2, 0, 0)])
    assert steps_of(scenario) == ["skipped", "waiting", "waiting"]


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (S, ["success", "success", "skipped"]),
        (F, ["success", "failure", "skipped"]),
        (C, ["success", "cancelled", "cancelled"]),
        (K, ["success", "skipped", "skipped"]),
    ],
)
def test_open_steps_are_closed_with_the_task(result: Status, expected: list[str]) -> None:
    scenario = running()
    scenario.report("a", steps=[StepReport(0, S, 1, 2, 0, 1), StepReport(1, NO, 2, 0, 1, 0)])
    scenario.report("a", result)
    assert steps_of(scenario) == expected
    assert scenario.status() is result
    check_journal(scenario)


def test_late_and_repeated_reports_change_nothing() -> None:
    scenario = running()
    scenario.report("a", S)
    assert scenario.report("a", F, steps=[StepReport(0, F, 1, 2, 0, 0)], outputs={"late": "1"}) == []
    scenario.rerun()
    assert scenario.send(ReportTask(at=9, attempt=1, job=1, task=1, result=F)) == []


def test_unknown_tasks_are_refused() -> None:
    for attempt, job, task in ((1, 1, 2), (1, 2, 1), (2, 1, 1), (1, 1, 0)):
        with pytest.raises(Refused) as refused:
            running().send(ReportTask(at=1, attempt=attempt, job=job, task=task))
        assert refused.value.code == "task_not_found"


def test_outputs_keep_their_first_value() -> None:
    scenario = running()
    events = scenario.report("a", outputs={"tag": "v1"})
    assert [type(event) for event in events] == [OutputSet]
    assert scenario.report("a", outputs={"tag": "v2"}) == []
    scenario.report("a", S, outputs={"tag": "v3", "more": ""})
    assert scenario.job("a").outputs == {"tag": "v1", "more": ""}


def test_outputs_that_are_too_large_are_not_kept() -> None:
    scenario = running()
    scenario.report("a", S, outputs={"n" * 256: "x", "big": "x" * (1024 * 1024 + 1), "ok": "x" * 1024 * 1024})
    assert list(scenario.job("a").outputs) == ["ok"]


def test_a_job_that_is_being_cancelled_ends_as_cancelled_whatever_is_reported() -> None:
    for result in (S, F, C, K):
        scenario = running()
        scenario.cancel()
        scenario.report("a", outputs={"tag": "v1"})
        assert scenario.statuses() == {"a": "cancelling"}
        scenario.report("a", result, cause="stopped")
        assert scenario.statuses() == {"a": "cancelled"}
        assert scenario.status() is C


def test_the_cause_of_a_result_is_kept() -> None:
    scenario = running()
    scenario.report("a", F, cause="The job ran longer than 6 hours.")
    assert scenario.job("a").cause == "The job ran longer than 6 hours."


def test_a_lost_runner_fails_the_job_with_the_cause() -> None:
    scenario = running()
    scenario.report("a", steps=[StepReport(0, NO, 1, 0, 0, 0)])
    scenario.expire("a")
    assert scenario.statuses() == {"a": "failure"}
    assert steps_of(scenario) == ["failure", "skipped", "skipped"]
    task = scenario.job("a").task
    assert task is not None
    assert scenario.job("a").cause == task.cause == "lost contact with runner 'box'"
    assert scenario.expire("a") == []


def test_a_lost_runner_of_a_cancelling_job_cancels_it() -> None:
    scenario = running()
    scenario.cancel()
    scenario.expire("a")
    assert scenario.statuses() == {"a": "cancelled"}


def test_an_undelivered_task_gives_the_job_back() -> None:
    scenario = running()
    scenario.expire("a", undelivered=True)
    job = scenario.job("a")
    assert (job.status, job.started, job.tasks[0].status) == (Status.WAITING, 0, C)
    assert scenario.status() is Status.WAITING
    scenario.claim("a")
    assert len(scenario.job("a").tasks) == 2
    assert scenario.send(ReportTask(at=9, attempt=1, job=1, task=1, result=F)) == []
    scenario.report("a", S)
    assert scenario.status() is S
    check_journal(scenario)


def test_an_undelivered_task_of_a_cancelling_job_ends_it() -> None:
    scenario = running()
    scenario.cancel()
    scenario.expire("a", undelivered=True)
    assert scenario.statuses() == {"a": "cancelled"}
