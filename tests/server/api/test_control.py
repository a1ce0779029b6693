"""Approvals, cancelling one job, reasons and policies over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from runyard.services.start_run import RunRequest, start_run
from runyard.store import Tx, users
from runyard.store.repositories import Repository
from tests.support.fleet import ONE_JOB, Yard, create_run
from tests.support.people import Person

P = "/repos/ada/hello/actions"
TWO_JOBS = ONE_JOB + "  after:\n    needs: build\n    runs-on: linux\n    steps:\n      - run: echo after\n"


@pytest.fixture
async def run_id(yard: Yard, repository: Repository, ada: Person) -> int:
    return await create_run(yard.services, repository, TWO_JOBS)


async def jobs(person: Person, run_id: int) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in (await person.get(f"{P}/runs/{run_id}/jobs")).json["jobs"]}


async def from_fork(yard: Yard, repository: Repository) -> int:
    def write(tx: Tx) -> int:
        request = RunRequest(
            workflow=".github/workflows/ci.yml", source=ONE_JOB, title="t", event="pull_request",
            ref="refs/pull/1/head", sha="b" * 40, actor=users.get(tx, "ada"), payload={}, fork=True, pull_request=1,
            author="mallory",
        )  # fmt: skip
        return start_run(yard.services, tx, repository, request).id

    return await yard.services.database.write(write)


async def test_a_run_from_a_fork_is_approved(yard: Yard, repository: Repository, ada: Person, nobody: Person) -> None:
    forked = await from_fork(yard, repository)
    assert (await ada.get(f"{P}/runs/{forked}")).json["need_approval"] is True
    assert (await jobs(ada, forked))["build"]["waiting_reason"]["code"] == "approval"
    assert (await nobody.post(f"{P}/runs/{forked}/approve")).status == 401
    for _ in range(2):
        answer = await ada.post(f"{P}/runs/{forked}/approve")
        assert (answer.status, answer.json["status"], answer.json["need_approval"]) == (200, "queued", False)


async def test_a_run_that_never_waited_cannot_be_approved(ada: Person, run_id: int) -> None:
    assert (await ada.post(f"{P}/runs/{run_id}/approve")).status == 409


async def test_one_job_is_cancelled(ada: Person, run_id: int) -> None:
    before = await jobs(ada, run_id)
    assert before["build"]["waiting_reason"]["code"] == "runner_none"
    assert before["after"]["waiting_reason"] == {"code": "needs", "message": "Waiting for build", "jobs": [1]}
    path = f"{P}/jobs/{before['build']['id']}/cancel"
    stopped = (await ada.post(path)).json
    assert (stopped["conclusion"], stopped["cause_code"], stopped["waiting_reason"]) == ("cancelled", "user", None)
    assert stopped["abort"]["by"] == "ada"
    assert (await ada.post(path)).status == 409
    assert (await jobs(ada, run_id))["after"]["conclusion"] == "skipped"


async def test_a_repository_has_a_policy(ada: Person, nobody: Person, repository: Repository) -> None:
    nothing = {"running_jobs": None, "retry_times": None, "retry_causes": None, "retry_seconds": None}
    assert (await ada.get(f"{P}/policy")).json == nothing
    wanted = {"running_jobs": 2, "retry_times": 1, "retry_causes": ["lost_runner"], "retry_seconds": 5.0}
    assert (await ada.call("PUT", f"{P}/policy", wanted)).json == wanted
    assert (await ada.get(f"{P}/policy")).json == wanted
    assert (await ada.call("PUT", f"{P}/policy", {"retry_causes": ["bad luck"]})).status == 422
    assert (await ada.call("PUT", f"{P}/policy", {"running_jobs": -1})).status == 422
    assert (await nobody.get(f"{P}/policy")).status == 401
