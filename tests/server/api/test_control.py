"""Approvals, cancelling one job, reasons and policies over HTTP."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from click.testing import CliRunner

from runyard.cli.main import group
from runyard.services.start_run import RunRequest, start_run
from runyard.store import Tx, users
from runyard.store.repositories import Repository
from tests.support.fleet import ONE_JOB, Yard, create_run
from tests.support.people import Person, person

P = "/repos/ada/hello/actions"
TWO_JOBS = ONE_JOB + "  after:\n    needs: build\n    runs-on: linux\n    steps:\n      - run: echo after\n"


@pytest.fixture
async def run_id(yard: Yard, repository: Repository, ada: Person) -> int:
    return await create_run(yard.services, repository, TWO_JOBS)


async def jobs(person: Person, run_id: int) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in (await person.get(f"{P}/runs/{run_id}/jobs")).json["jobs"]}


async def from_fork(yard: Yard, repository: Repository, author: str = "mallory") -> int:
    def write(tx: Tx) -> int:
        request = RunRequest(
            workflow=".github/workflows/ci.yml", source=ONE_JOB, title="t", event="pull_request",
            ref="refs/pull/1/head", sha="b" * 40, actor=users.get(tx, "ada"), payload={}, fork=True, pull_request=1,
            author=author,
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


async def test_what_was_decided_and_by_whom(yard: Yard, repository: Repository, ada: Person, bob: Person) -> None:
    await person(yard, "mallory")
    waiting, denied = await from_fork(yard, repository), await from_fork(yard, repository, "eve")
    why = (await jobs(bob, waiting))["build"]["waiting_reason"]["message"]
    assert why == "Waiting until ada or an administrator approves it: the run comes from a fork of mallory"
    seen = (await bob.get(f"{P}/runs/{waiting}")).json["approval"]
    assert (seen["state"], seen["by"], seen["author"], seen["pull_request"]) == ("needed", "", "mallory", 1)
    assert (await bob.post(f"{P}/runs/{waiting}/approve")).json["code"] == "forbidden"
    outdated = await ada.post(f"{P}/runs/{waiting}/approve", {"sha": "c" * 40})
    assert (outdated.status, outdated.json["code"]) == (409, "approval_outdated")
    body = {"always": True, "sha": seen["sha"], "digest": seen["digest"]}
    approved = (await ada.post(f"{P}/runs/{waiting}/approve", body)).json["approval"]
    assert (approved["state"], approved["by"]) == ("approved", "ada")
    trusted = await from_fork(yard, repository)
    assert (await bob.get(f"{P}/runs/{trusted}")).json["approval"]["state"] == "trusted"
    assert (await ada.post(f"{P}/runs/{waiting}/deny")).json["code"] == "not_awaiting_approval"
    for _ in range(2):
        answer = await ada.post(f"{P}/runs/{denied}/deny", {"reason": "mines coins"})
        assert (answer.status, answer.json["conclusion"], answer.json["approval"]["state"]) == (
            200,
            "cancelled",
            "denied",
        )
    assert answer.json["abort"]["reason"] == "mines coins"
    revoked = (await ada.post(f"{P}/runs/{waiting}/revoke")).json
    assert (revoked["conclusion"], revoked["approval"]["state"]) == ("cancelled", "revoked")
    assert (await ada.get(f"{P}/runs/{trusted}")).json["conclusion"] == "cancelled"
    assert (await ada.get(f"{P}/runs/{await from_fork(yard, repository)}")).json["need_approval"] is True


async def test_commands_decide(yard: Yard, repository: Repository, ada: Person) -> None:
    await from_fork(yard, repository)
    await from_fork(yard, repository, "eve")

    async def command(*arguments: str) -> str:
        options = ["--server", yard.base, "--token", ada.token, "-R", "ada/hello"]
        done = await asyncio.to_thread(CliRunner().invoke, group, [*arguments, *options])
        assert done.exit_code == 0, done.stderr
        return done.stdout

    assert "It comes from a fork of mallory and waits for approval" in await command("show", "1")
    assert "mallory is trusted from now on" in await command("approve", "1", "--always")
    assert "It comes from a fork of mallory: approved by ada" in await command("show", "1")
    assert "Run 2 is denied" in await command("deny", "2", "--reason", "mines coins")
    shown = await command("show", "2")
    assert "denied by ada" in shown
    assert "mines coins" in shown
    assert "is revoked" in await command("revoke", "1")
    assert "revoked by ada" in await command("show", "1")


@pytest.mark.parametrize("verb", ["approve", "deny", "revoke"])
async def test_a_run_that_is_not_from_a_fork_is_not_decided_on(ada: Person, run_id: int, verb: str) -> None:
    answer = await ada.post(f"{P}/runs/{run_id}/{verb}")
    assert (answer.status, answer.json["code"]) == (409, "never_awaited_approval")
    assert (await ada.get(f"{P}/runs/{run_id}")).json["status"] == "queued"


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


async def test_one_job_is_cancelled_without_its_runner(yard: Yard, ada: Person, run_id: int) -> None:
    runner = await yard.runner("linux")
    task = (await runner.fetch()).task
    assert task.id
    path = f"{P}/jobs/{(await jobs(ada, run_id))['build']['id']}"
    told = (await ada.post(f"{path}/cancel")).json
    assert (told["status"], told["abort"]["force"]) == ("in_progress", False)
    stopped = (await ada.post(f"{path}/force-cancel")).json
    assert (stopped["conclusion"], stopped["abort"]["force"]) == ("cancelled", True)
    assert (await ada.post(f"{path}/force-cancel")).json["code"] == "job_finished"


async def test_a_repository_has_a_policy(ada: Person, nobody: Person, repository: Repository) -> None:
    nothing = {"running_jobs": None, "retry_times": None, "retry_causes": None, "retry_seconds": None}
    assert (await ada.get(f"{P}/policy")).json == nothing
    wanted = {"running_jobs": 2, "retry_times": 1, "retry_causes": ["lost_runner"], "retry_seconds": 5.0}
    assert (await ada.call("PUT", f"{P}/policy", wanted)).json == wanted
    assert (await ada.get(f"{P}/policy")).json == wanted
    assert (await ada.call("PUT", f"{P}/policy", {"retry_causes": ["bad luck"]})).status == 422
    assert (await ada.call("PUT", f"{P}/policy", {"running_jobs": -1})).status == 422
    assert (await nobody.get(f"{P}/policy")).status == 401
