"""What a running job may do with actions, and what it may not."""

from __future__ import annotations

import asyncio
import io
import json
from dataclasses import dataclass
from typing import Any

import pytest
from click.testing import CliRunner

from runyard.cli.main import group
from runyard.protocol.generated import runner_pb2 as pb
from runyard.server.api.job_actions import PATH
from runyard.store.repositories import Repository
from tests.support.fleet import RunnerClient, Yard, create_run
from tests.support.people import person

TWO_JOBS = """\
on: push
jobs:
  one:
    runs-on: linux
    steps: [{run: echo hi}]
  two:
    runs-on: linux
    steps: [{run: echo hi}]
"""


@dataclass
class Caller:
    """A running job and its token."""

    yard: Yard
    runner: RunnerClient
    task_id: int
    token: str

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """Status, and the answer: JSON where it is that. A body of text is sent as it is."""
        text = body if isinstance(body, str) or body is None else json.dumps(body)
        data = None if text is None else io.BytesIO(text.encode())
        sent = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json", **headers}
        url = f"{self.yard.base}{PATH}{path}"
        async with self.yard.session.request(method, url, data=data, headers=sent) as answer:
            got = await answer.text()
            is_json = answer.content_type == "application/json" and got
            return answer.status, json.loads(got) if is_json else (got, answer.headers.get("ETag"))


async def a_job(yard: Yard) -> Caller:
    """A runner takes a waiting job."""
    runner = await yard.runner("linux")
    task = (await runner.fetch()).task
    return Caller(yard, runner, task.id, str(task.context["gitea_runtime_token"]))


@pytest.fixture
async def job(yard: Yard, repository: Repository) -> Caller:
    """The first of two jobs."""
    await create_run(yard.services, repository, TWO_JOBS)
    return await a_job(yard)


async def test_who_the_job_is(job: Caller) -> None:
    status, who = await job.call("GET", "/")
    assert (status, who["name"], who["dispatch"], who["state_version"]) == (200, "t1-j1", 1, 0)
    assert who["run"].startswith("w")


async def test_a_state_is_kept_and_compared(job: Caller) -> None:
    assert await job.call("GET", "/state") == (200, ("", '"0"'))
    assert await job.call("PUT", "/state", "one", **{"If-Match": '"0"'}) == (204, ("", '"1"'))
    status, refusal = await job.call("PUT", "/state", "two", **{"If-Match": '"0"'})
    assert (status, refusal["code"]) == (409, "state_conflict")
    assert await job.call("PUT", "/state", "☃") == (204, ("", '"2"'))
    assert await job.call("GET", "/state") == (200, ("☃", '"2"'))
    assert (await job.call("PUT", "/state", "x" * (1024 * 1024 + 1)))[0] == 413
    assert (await job.call("PUT", "/state", "x", **{"If-Match": "latest"}))[0] == 400


async def test_actions_are_made_reported_and_listed(job: Caller) -> None:
    status, made = await job.call("POST", "/actions", {"name": "train", "title": "Train", "spec": "{}"})
    assert (status, made["name"], made["parent"], made["phase"], made["spec"]) == (200, "train", "", "queued", "{}")
    status, epoch = await job.call("POST", "/actions", {"name": "epoch-1", "parent": "train"})
    assert (status, epoch["parent"]) == (200, "train")
    status, answer = await job.call("PATCH", "/actions/train", {"phase": "running"})
    assert (status, answer["result"], answer["action"]["phase"]) == (200, "applied", "running")
    status, answer = await job.call("PATCH", "/actions/train", {"phase": "queued"})
    assert (status, answer["result"]) == (200, "stale")
    assert (await job.call("POST", "/actions", {"name": "train"}))[1]["phase"] == "running"
    events = [{"phase": "running", "version": version, "info": "x"} for version in range(3)]
    assert (await job.call("POST", "/actions/train/events", events))[0] == 204
    assert (await job.call("PUT", "/actions/train/state", "epoch 7"))[0] == 204
    assert (await job.call("GET", "/actions/train/state"))[1] == ("epoch 7", '"1"')
    status, aborted = await job.call("POST", "/actions/train/abort", {"reason": "enough"})
    assert (status, aborted["phase"], aborted["abort_reason"]) == (200, "aborted", "enough")
    status, page = await job.call("GET", "/actions?limit=1")
    assert (len(page["actions"]), bool(page["token"])) == (1, True)
    names = [page["actions"][0]["name"]]
    names += [each["name"] for each in (await job.call("GET", f"/actions?token={page['token']}"))[1]["actions"]]
    assert sorted(names) == ["epoch-1", "train"]
    assert [each["phase"] for each in (await job.call("GET", "/actions?phase=aborted"))[1]["actions"]] == [
        "aborted"
    ] * 2


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/actions", {"name": "No"}, 422),
        ("POST", "/actions", {"name": "x" * 31}, 422),
        ("POST", "/actions", {"name": "a", "parent": "../a0"}, 422),
        ("POST", "/actions", {"name": "a", "colour": "red"}, 400),
        ("POST", "/actions", {"name": "a", "phase": "asleep"}, 422),
        ("POST", "/actions", {"name": "a", "spec": "x" * 65537}, 422),
        ("GET", "/actions/missing", None, 404),
        ("GET", "/actions/t1-j2", None, 404),
        ("GET", "/actions?limit=1000", None, 422),
        ("PATCH", "/actions/missing", {"phase": "running"}, 404),
        ("PATCH", "/actions/missing", {"phase": "running", "attempt": 5000}, 422),
        ("POST", "/actions/missing/events", [{"phase": "running"}], 404),
        ("POST", "/actions/missing/events", [{"phase": "running"}] * 501, 422),
        ("GET", "/actions/missing/state", None, 404),
        ("DELETE", "/state", None, 405),
    ],
)
async def test_what_is_refused(job: Caller, method: str, path: str, body: Any, status: int) -> None:
    assert (await job.call(method, path, body))[0] == status


async def test_a_job_reaches_nothing_of_another(job: Caller) -> None:
    other = await a_job(job.yard)
    await job.call("POST", "/actions", {"name": "mine"})
    await job.call("PUT", "/state", "secret")
    assert (await other.call("GET", "/actions/mine"))[0] == 404
    assert (await other.call("GET", "/state"))[1] == ("", '"0"')
    assert (await other.call("GET", "/actions"))[1] == {"actions": [], "token": ""}
    assert (await other.call("POST", "/actions", {"name": "mine"}))[0] == 200
    assert len((await job.call("GET", "/actions"))[1]["actions"]) == 1


async def test_a_token_is_worth_nothing_when_the_job_has_ended(job: Caller) -> None:
    state = pb.TaskState(id=job.task_id, result=pb.RESULT_SUCCESS)
    await job.runner.call(
        "runner.v1.RunnerService/UpdateTask", pb.UpdateTaskRequest(state=state), pb.UpdateTaskResponse
    )
    for method, path in (("GET", "/state"), ("PUT", "/state"), ("POST", "/actions")):
        status, refusal = await job.call(method, path, {"name": "late"} if method == "POST" else None)
        assert (status, refusal["code"]) == (401, "unauthenticated")
    job.token = "nonsense"
    assert (await job.call("GET", "/state"))[0] == 401
    job.token = job.token + ".a.b"
    assert (await job.call("GET", "/state"))[0] == 401


async def test_a_job_makes_a_bounded_number_of_actions(job: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runyard.store.actions.creating.MOST_OF_A_JOB", 2)
    monkeypatch.setattr("runyard.store.actions.events.MOST_IN_A_RUN", 2)
    for name in ("a", "b"):
        assert (await job.call("POST", "/actions", {"name": name}))[0] == 200
    status, refusal = await job.call("POST", "/actions", {"name": "c"})
    assert (status, refusal["code"]) == (409, "too_many")
    events = [{"phase": "running", "version": version} for version in range(3)]
    assert (await job.call("POST", "/actions/a/events", events))[0] == 409


async def test_viewers_see_what_a_job_made(yard: Yard, job: Caller, repository: Repository) -> None:
    ada = await person(yard, "ada")
    for body in (
        {"name": "fit", "title": "Fit the models", "group": "models", "phase": "running"},
        {"name": "load"},
        {"name": "fold", "parent": "fit"},
    ):
        assert (await job.call("POST", "/actions", body))[0] in (200, 201)
    path = "/repos/ada/hello/actions/jobs"
    found = (await ada.get(f"{path}/1/actions")).json
    assert found["total_count"] == 3
    assert [(each["name"], each["parent"]) for each in found["actions"]] == [("fit", ""), ("fold", "fit"), ("load", "")]
    first = found["actions"][0]
    assert (first["title"], first["phase"], first["ended_at"]) == ("Fit the models", "running", None)
    assert (await ada.get(f"{path}/2/actions")).json == {"actions": [], "total_count": 0}
    assert (await ada.get(f"{path}/99/actions")).status == 404
    options = ["--server", yard.base, "--token", ada.token, "-R", "ada/hello", "--actions"]
    shown = await asyncio.to_thread(CliRunner().invoke, group, ["show", "1", *options])
    lines = [line.split("  ")[-1] for line in shown.stdout.splitlines()]
    assert [line.split()[:2] for line in lines if line.startswith(("Fit", "fold", "load"))] == [
        ["Fit", "the"],
        ["fold", "queued"],
        ["load", "queued"],
    ]
