"""Aborts, deadlines, retries and approvals of one run."""

from __future__ import annotations

import pytest

from runyard.kernel import (
    ApprovalState,
    Approve,
    CancelRun,
    Cause,
    DeliverAbort,
    Deny,
    Limits,
    Refused,
    RerunKind,
    RetryPolicy,
    Revoke,
    Status,
    next_deadline,
    waiting_reason,
)
from runyard.kernel.beginning import digest
from runyard.kernel.events import AbortDelivered, AbortGaveUp, Event
from runyard.kernel.limits import DAY, HOUR, MINUTE
from runyard.kernel.reasons import Waits
from tests.kernel.scenario import Scenario, check_journal

ONE = "on: push\njobs:\n  a: {runs-on: x, timeout-minutes: 10, steps: [{run: a}, {run: b}]}\n"
TWO = ONE + "  b: {runs-on: x, needs: a, steps: [{run: a}]}\n"
CALL = "on: push\njobs:\n  call: {uses: ./.github/workflows/called.yml}\n  other: {runs-on: x, steps: [{run: a}]}\n"
CALLED = """\
on: workflow_call
jobs:
  one: {runs-on: x, steps: [{run: a}]}
  two: {runs-on: x, needs: one, steps: [{run: a}]}
"""
RETRY = RetryPolicy(times=2, delay=1000, longest=1500)


def told(scenario: Scenario, milliseconds: int) -> list[Event]:
    job = scenario.job("a")
    return scenario.send(DeliverAbort(at=scenario.later(milliseconds), attempt=1, job=job.number, task=len(job.tasks)))


def test_an_abort_is_told_counted_and_confirmed() -> None:
    scenario = Scenario(ONE)
    scenario.claim("a")
    assert told(scenario, 1) == []
    scenario.cancel()
    found = scenario.job("a").abort
    assert found is not None
    assert (found.by, found.code, found.tries) == ("bob", Cause.USER, 0)
    assert [type(event) for event in told(scenario, 1)] == [AbortDelivered]
    assert told(scenario, 999) == []
    assert len(told(scenario, 1)) == 1
    assert told(scenario, 1999) == []
    assert len(told(scenario, 1)) == 1
    found = scenario.job("a").abort
    assert found is not None
    assert (found.tries, found.delivered) == (3, scenario.now)
    assert scenario.cancel() == []
    scenario.report("a", Status.SUCCESS)
    assert scenario.status() is Status.CANCELLED
    assert (told(scenario, 99999), scenario.cancel(), scenario.cancel(force=True)) == ([], [], [])
    check_journal(scenario)


def test_giving_up_is_recorded() -> None:
    scenario = Scenario(ONE)
    scenario.claim("a")
    scenario.cancel()
    told(scenario, 1)
    limits = Limits(cancelling=10 * MINUTE)
    assert scenario.tick(10 * MINUTE - 2000, limits) == []
    assert any(isinstance(event, AbortGaveUp) for event in scenario.tick(10 * MINUTE, limits))
    job = scenario.job("a")
    assert job.abort is not None
    assert job.abort.gave_up
    assert (job.status, job.code) == (Status.CANCELLED, Cause.GAVE_UP)
    assert job.cause == (
        "cancelled by bob: wrong branch; gave up waiting: runner 'box' was told 1 time to stop and did not end the job "
        "in 10 minutes"
    )
    assert scenario.report("a", Status.SUCCESS) == []


def test_one_job_is_cancelled_with_all_that_it_calls() -> None:
    scenario = Scenario(CALL, called={"./.github/workflows/called.yml": CALLED})
    scenario.claim("call / one")
    scenario.cancel("call")
    assert scenario.statuses() == {
        "call": "running", "other": "waiting", "call / one": "cancelling", "call / two": "cancelled",
    }  # fmt: skip
    assert scenario.cancel("call") == []
    scenario.report("call / one", Status.CANCELLED)
    assert (scenario.job("call").status, scenario.job("other").status) == (Status.CANCELLED, Status.WAITING)
    with pytest.raises(Refused):
        scenario.send(CancelRun(at=scenario.later(), by="bob", reason="", job=99))


def test_a_job_without_a_runner_is_abandoned() -> None:
    scenario = Scenario(TWO)
    assert scenario.tick(HOUR) == []
    scenario.finish("a")
    queued = scenario.job("b").queued
    deadline = next_deadline(scenario.run, Limits())
    assert deadline is not None
    assert deadline.at == queued + DAY
    scenario.tick(DAY)
    assert (scenario.job("b").status, scenario.job("b").code) == (Status.CANCELLED, Cause.ABANDONED)
    assert next_deadline(scenario.run, Limits()) is None


def test_the_server_enforces_the_timeout_too() -> None:
    scenario = Scenario(ONE)
    scenario.claim("a")
    scenario.tick(15 * MINUTE - 1000)
    assert scenario.job("a").status is Status.RUNNING
    scenario.tick(1000)
    job = scenario.job("a")
    assert (job.status, job.code) == (Status.CANCELLING, Cause.TIMEOUT)
    assert job.cause == "the job ran longer than its timeout of 10 minutes"
    scenario.report("a", Status.CANCELLED)
    assert scenario.status() is Status.CANCELLED


def test_a_run_does_not_take_for_ever() -> None:
    scenario = Scenario("on: push\nconcurrency: g\njobs:\n  a: {runs-on: x, steps: [{run: a}]}\n")
    scenario.tick(35 * DAY)
    assert scenario.job("a").cause == "cancelled: the run took longer than 35 days"
    assert scenario.job("a").code == Cause.RUN_LIMIT


def test_a_lost_job_is_given_out_again_after_a_pause() -> None:
    scenario = Scenario(ONE)
    scenario.claim("a")
    scenario.report("a", outputs={"x": "1"})
    scenario.expire("a", retry=RETRY)
    job = scenario.job("a")
    assert (job.status, job.retry_at, job.outputs) == (Status.BLOCKED, scenario.now + 1000, {})
    assert job.tasks[0].code == Cause.LOST_RUNNER
    reason = waiting_reason(scenario.run, scenario.attempt(), job)
    assert reason is not None
    assert (reason.code, reason.until) == (Waits.RETRY, job.retry_at)
    scenario.tick(999)
    assert scenario.job("a").status is Status.BLOCKED
    scenario.tick(1)
    assert (scenario.job("a").status, scenario.job("a").retry_at) == (Status.WAITING, 0)
    scenario.claim("a")
    scenario.expire("a", retry=RETRY)
    assert scenario.job("a").retry_at == scenario.now + 1500
    scenario.tick(1500)
    scenario.claim("a")
    scenario.expire("a", retry=RETRY)
    assert (scenario.status(), len(scenario.job("a").tasks)) == (Status.FAILURE, 3)
    check_journal(scenario)


def test_only_causes_of_the_policy_are_tried_again() -> None:
    scenario = Scenario(ONE)
    scenario.claim("a")
    scenario.expire("a", retry=RETRY, code=Cause.NOT_PREPARED)
    assert (scenario.status(), scenario.job("a").code) == (Status.FAILURE, Cause.NOT_PREPARED)


def test_a_lost_job_that_was_to_be_cancelled_is_not_tried_again() -> None:
    scenario = Scenario(ONE)
    scenario.claim("a")
    scenario.cancel()
    scenario.expire("a", retry=RETRY)
    assert scenario.status() is Status.CANCELLED


def test_a_pause_ends_with_a_cancel() -> None:
    scenario = Scenario(ONE)
    scenario.claim("a")
    scenario.expire("a", retry=RETRY)
    scenario.cancel()
    assert scenario.status() is Status.CANCELLED
    assert scenario.tick(DAY) == []


def test_a_run_from_a_fork_waits_to_be_approved() -> None:
    scenario = Scenario(TWO, fork=True, approval=True, pull_request=3, author="eve")
    assert scenario.statuses() == {"a": "blocked", "b": "blocked"}
    approval = scenario.run.approval
    assert approval is not None
    assert (approval.state, approval.sha, approval.digest) == (ApprovalState.NEEDED, "a" * 40, digest(scenario.run))
    with pytest.raises(Refused, match="look at it again"):
        scenario.send(Approve(at=scenario.later(), by="ada", sha="b" * 40, digest=approval.digest))
    with pytest.raises(Refused, match="look at it again"):
        scenario.send(Approve(at=scenario.later(), by="ada", sha=approval.sha, digest="0"))
    good = Approve(at=scenario.later(), by="ada", sha=approval.sha, digest=approval.digest)
    scenario.send(good)
    assert scenario.statuses() == {"a": "waiting", "b": "blocked"}
    assert scenario.send(good) == []
    scenario.fail("a")
    scenario.rerun(RerunKind.ALL)
    assert scenario.statuses()["a"] == "waiting"
    scenario.claim("a")
    scenario.send(Revoke(at=scenario.later(), by="ada"))
    assert scenario.job("a").status is Status.CANCELLING
    scenario.report("a", Status.CANCELLED)
    scenario.rerun(RerunKind.ALL)
    assert scenario.statuses()["a"] == "blocked"
    assert scenario.run.approval is not None
    assert scenario.run.approval.state is ApprovalState.NEEDED
    check_journal(scenario)


def test_denied_is_cancelled() -> None:
    scenario = Scenario(ONE.replace("steps:", "if: always(), steps:"), fork=True, approval=True)
    scenario.send(Deny(at=scenario.later(), by="ada"))
    assert (scenario.job("a").status, scenario.job("a").code) == (Status.CANCELLED, Cause.NOT_APPROVED)
    with pytest.raises(Refused, match="waits no longer"):
        scenario.send(Approve(at=scenario.later(), by="ada", sha="a" * 40, digest="0"))
    assert scenario.send(Deny(at=scenario.later(), by="ada")) == []


def test_a_denial_changes_nothing_of_what_has_ended() -> None:
    scenario = Scenario(ONE, fork=True, approval=True)
    scenario.cancel()
    ended = scenario.attempt()
    scenario.send(Deny(at=scenario.later(), by="ada"))
    assert scenario.attempt() == ended
    assert scenario.run.approval is not None
    assert scenario.run.approval.state is ApprovalState.DENIED


def test_approval_is_not_waited_for_for_ever() -> None:
    scenario = Scenario(ONE, fork=True, approval=True)
    scenario.tick(30 * DAY)
    assert scenario.job("a").cause == "cancelled: nobody approved the run within 30 days"
    assert scenario.run.approval is not None
    assert scenario.run.approval.state is ApprovalState.EXPIRED


def test_a_run_that_never_waited_cannot_be_approved() -> None:
    with pytest.raises(Refused) as caught:
        Scenario(ONE).send(Approve(at=2000, by="ada", sha="", digest=""))
    assert caught.value.code == "never_awaited_approval"


def test_reasons_name_what_is_waited_for() -> None:
    scenario = Scenario(
        "on: push\njobs:\n  m: {runs-on: [x, y], strategy: {max-parallel: 1, matrix: {n: [1, 2]}}, steps: [{run: a}]}\n"
        "  after: {needs: m, runs-on: x, steps: [{run: a}]}\n"
    )
    found = {
        job.name: waiting_reason(scenario.run, scenario.attempt(), job) for job in scenario.attempt().jobs.values()
    }
    assert {name: (reason.code, reason.message, reason.jobs) for name, reason in found.items() if reason} == {
        "m (1)": (Waits.RUNNER, "Waiting for a runner with the labels x and y", ()),
        "m (2)": (Waits.MAX_PARALLEL, "Waiting for its turn: at most 1 jobs of this matrix run at once", (1,)),
        "after": (Waits.NEEDS, "Waiting for m", (1, 2)),
    }
