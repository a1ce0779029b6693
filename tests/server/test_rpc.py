"""The runner protocol over real HTTP: one job's life, and what happens when something is lost."""

from __future__ import annotations

import asyncio
import base64
import json
from pathlib import Path
from typing import Any

import pytest

from runyard.kernel import Status
from runyard.protocol.generated import runner_pb2 as pb
from runyard.services.cancel import cancel
from runyard.services.errors import Unauthenticated
from runyard.services.identity import TaskIdentity, authenticate
from runyard.store import logs
from runyard.store.repositories import Repository
from tests.support.fleet import (
    CallFailed,
    RunnerClient,
    Yard,
    create_repository,
    create_run,
    job_statuses,
    load,
    services_on,
    serving,
    until,
)

FETCH = "runner.v1.RunnerService/FetchTask"
MATRIX = (
    "on: push\njobs:\n  build:\n    runs-on: linux\n    strategy:\n      matrix:\n        n: [1, 2, 3, 4, 5]\n"
    "    steps:\n      - run: echo ${{ matrix.n }}\n"
)
CHAIN = (
    "on: push\njobs:\n  first:\n    runs-on: linux\n    outputs:\n      colour: x\n    steps:\n      - run: echo\n"
    "  second:\n    needs: first\n    runs-on: linux\n    steps:\n      - run: echo\n"
)


def step(index: int, result: int = 0, started: int = 0, log_index: int = 0, log_length: int = 0) -> pb.StepState:
    state = pb.StepState(id=index, result=pb.Result.Name(result), log_index=log_index, log_length=log_length)
    if started:
        state.started_at.FromMilliseconds(started)
    return state


async def test_the_life_of_a_job(yard: Yard, repository: Repository) -> None:
    runner = await yard.runner("linux", "docker")
    run_id = await create_run(yard.services, repository)
    fetched = await runner.fetch()
    task = fetched.task
    assert fetched.tasks_version >= 1
    assert json.loads(task.workflow_payload)["jobs"].keys() == {"build"}
    context: dict[str, Any] = dict(task.context.items())
    assert context["job"] == "build"
    assert context["run_id"] == str(run_id)
    assert context["run_number"] == "1"
    assert context["run_attempt"] == "1"
    assert context["event_name"] == "push"
    assert context["repository"] == "ada/hello"
    assert context["event"]["ref"] == "refs/heads/main"
    assert context["gitea_default_actions_url"] == yard.services.settings.base_url
    assert len(context["token"]) == 40
    assert dict(task.secrets) == dict.fromkeys(("GITHUB_TOKEN", "GITEA_TOKEN", "FORGEJO_TOKEN"), context["token"])
    claims = json.loads(base64.urlsafe_b64decode(context["gitea_runtime_token"].split(".")[1] + "=="))
    assert (claims["RunID"], claims["TaskID"]) == (run_id, task.id)
    assert dict(task.vars) == {"COLOUR": "blue"}
    assert await authenticate(yard.services, context["token"]) == TaskIdentity(task.id, repository.id, run_id)

    assert await runner.log(task.id, 0, "received", "prepared") == 2
    assert (await runner.update(task.id)).state.result == pb.RESULT_UNSPECIFIED
    assert await runner.log(task.id, 2, "hi") == 3
    await runner.update(task.id, steps=[step(0, 0, 1000, 2), step(1)])
    assert (await load(yard.services, run_id)).attempt.jobs[1].tasks[0].steps[0].status is Status.RUNNING
    assert await runner.log(task.id, 3, "ho", no_more=True) == 4
    assert await runner.log(task.id, 4, no_more=True) == 4
    done = await runner.update(task.id, 1, [step(0, 1, 1000, 2, 1), step(1, 1, 2000, 3, 1)], outputs={"colour": "red"})
    assert (done.state.id, done.state.result, list(done.sent_outputs)) == (task.id, pb.RESULT_SUCCESS, ["colour"])

    run = await load(yard.services, run_id)
    assert run.status is Status.SUCCESS
    assert run.attempt.jobs[1].outputs == {"colour": "red"}
    stored = await yard.services.database.read(lambda tx: logs.read(tx, task.id, 0, 10))
    assert [line.text for line in stored] == ["received", "prepared", "hi", "ho"]
    assert stored[0].time_ns == 1_700_000_000_000_000_005
    with pytest.raises(Unauthenticated):
        await authenticate(yard.services, context["token"])


async def test_a_held_fetch_is_answered_when_a_job_starts_to_wait(yard: Yard, repository: Repository) -> None:
    runner = await yard.runner("linux")
    held = asyncio.create_task(runner.fetch(hold=60))
    other = asyncio.create_task((await yard.runner("windows")).fetch(hold=60))
    await until(lambda: len(yard.services.waiting) == 2)
    await create_run(yard.services, repository)
    assert (await asyncio.wait_for(held, 10)).task.id > 0
    assert not other.done()
    other.cancel()


async def test_a_runner_that_has_looked_is_not_looked_up_again(yard: Yard, repository: Repository) -> None:
    runner = await yard.runner("linux")
    version = (await runner.fetch()).tasks_version
    await create_run(yard.services, repository)
    newer = await runner.fetch(version)
    assert newer.task.id > 0
    assert newer.tasks_version > version
    assert not (await runner.fetch(newer.tasks_version)).HasField("task")


async def test_an_empty_fetch_is_answered_before_the_deadline_of_the_client(yard: Yard) -> None:
    runner = await yard.runner("linux")
    answer = await asyncio.wait_for(runner.fetch(hold=0.2), 5)
    assert answer.tasks_version >= 1
    assert not answer.HasField("task")


async def test_capacity_gives_several_tasks_at_once(yard: Yard, repository: Repository) -> None:
    runner = await yard.runner("linux")
    await create_run(yard.services, repository, MATRIX)
    first = await runner.fetch(capacity=3)
    names = [
        json.loads(task.workflow_payload)["jobs"]["build"]["name"] for task in (first.task, *first.additional_tasks)
    ]
    assert names == ["build (1)", "build (2)", "build (3)"]
    second = await runner.fetch()
    assert (second.task.id > 0, len(second.additional_tasks)) == (True, 0)
    single = await runner.call(
        "runner.v1.RunnerService/FetchSingleTask", pb.FetchSingleTaskRequest(), pb.FetchSingleTaskResponse
    )
    assert single.task.id > second.task.id
    assert not (await runner.fetch(capacity=5)).HasField("task")


async def test_a_job_that_asks_for_a_handle_finds_none(yard: Yard, repository: Repository) -> None:
    runner = await yard.runner("linux")
    await create_run(yard.services, repository)
    request = pb.FetchSingleTaskRequest(handle="some-job")
    answer = await runner.call("runner.v1.RunnerService/FetchSingleTask", request, pb.FetchSingleTaskResponse)
    assert not answer.HasField("task")


async def test_dependents_start_when_their_needs_are_done(yard: Yard, repository: Repository) -> None:
    runner = await yard.runner("linux")
    run_id = await create_run(yard.services, repository, CHAIN)
    first = (await runner.fetch()).task
    waiting = asyncio.create_task(runner.fetch(hold=60))
    await until(lambda: len(yard.services.waiting))
    await runner.log(first.id, 0, no_more=True)
    await runner.update(first.id, 1, outputs={"colour": "red"})
    second = (await asyncio.wait_for(waiting, 10)).task
    assert second.needs["first"].outputs == {"colour": "red"}
    assert second.needs["first"].result == pb.RESULT_SUCCESS
    await runner.update(second.id, 2)
    assert (await load(yard.services, run_id)).status is Status.FAILURE


async def test_a_lost_answer_is_recovered_by_the_request_key(yard: Yard, repository: Repository) -> None:
    runner, stranger = await yard.runner("linux"), await yard.runner("linux")
    await create_run(yard.services, repository, MATRIX)
    lost = await runner.fetch(capacity=2, key="k1")
    again = await runner.fetch(capacity=2, key="k1")
    assert again.task.id == lost.task.id
    assert [task.id for task in again.additional_tasks] == [task.id for task in lost.additional_tasks]
    assert again.tasks_version == 0
    assert again.task.workflow_payload == lost.task.workflow_payload
    old, new = lost.task.secrets["GITHUB_TOKEN"], again.task.secrets["GITHUB_TOKEN"]
    with pytest.raises(Unauthenticated):
        await authenticate(yard.services, old)
    assert await authenticate(yard.services, new) == TaskIdentity(lost.task.id, repository.id, 1)
    assert (await stranger.fetch(key="k1")).task.id != lost.task.id
    assert (await runner.fetch(key="k2")).task.id != lost.task.id
    await runner.update(lost.task.id, 1)
    assert (await runner.fetch(key="k1")).task.id != lost.task.id


async def test_a_repeated_request_key_takes_the_place_of_a_held_fetch(yard: Yard, repository: Repository) -> None:
    runner = await yard.runner("linux")
    given_up = asyncio.create_task(runner.fetch(hold=60, key="k"))
    await until(lambda: any(waiter.looked for waiter in yard.services.waiting.everybody()))
    second = asyncio.create_task(runner.fetch(hold=60, key="k"))
    assert not (await asyncio.wait_for(given_up, 10)).HasField("task")
    await create_run(yard.services, repository)
    assert (await asyncio.wait_for(second, 10)).task.id > 0


async def test_a_client_that_left_while_waiting_gets_nothing(yard: Yard, repository: Repository) -> None:
    runner, other = await yard.runner("linux"), await yard.runner("linux")
    leaving = asyncio.create_task(runner.fetch(hold=60))
    await until(lambda: len(yard.services.waiting))
    leaving.cancel()
    await until(lambda: not len(yard.services.waiting))
    run_id = await create_run(yard.services, repository)
    assert await job_statuses(yard.services, run_id) == {"build": Status.WAITING}
    assert (await other.fetch()).task.id > 0


async def test_a_cancel_reaches_a_running_job_at_once_and_ends_with_its_last_report(
    yard: Yard, repository: Repository
) -> None:
    runner = await yard.runner("linux")
    run_id = await create_run(yard.services, repository)
    task = (await runner.fetch()).task
    held = asyncio.create_task(runner.update(task.id, wait=40))
    await until(lambda: yard.services.database.signals.listeners(("task", task.id)))
    assert await cancel(yard.services, run_id, by="ada", reason="enough")
    assert (await asyncio.wait_for(held, 10)).state.result == pb.RESULT_CANCELLED
    assert await job_statuses(yard.services, run_id) == {"build": Status.CANCELLING}
    assert (await runner.update(task.id)).state.result == pb.RESULT_CANCELLED
    assert await runner.log(task.id, 0, "tidying up", no_more=True) == 1
    assert (await runner.update(task.id, 1)).state.result == pb.RESULT_CANCELLED
    assert (await load(yard.services, run_id)).status is Status.CANCELLED
    assert not await cancel(yard.services, run_id, by="ada")


async def test_a_runner_without_the_handshake_loses_its_job_at_once(yard: Yard, repository: Repository) -> None:
    runner = await yard.runner("linux", capabilities=())
    run_id = await create_run(yard.services, repository)
    task = (await runner.fetch()).task
    await runner.update(task.id, steps=[step(0, 0, 1000), step(1)])
    await cancel(yard.services, run_id, by="ada")
    run = await load(yard.services, run_id)
    assert run.status is Status.CANCELLED
    assert {each.status for each in run.attempt.jobs[1].tasks[0].steps} == {Status.CANCELLED}
    assert (await runner.update(task.id)).state.result == pb.RESULT_CANCELLED
    assert await runner.log(task.id, 0, "a late line", no_more=True) == 1


async def test_the_first_final_result_stays(yard: Yard, repository: Repository) -> None:
    runner = await yard.runner("linux")
    run_id = await create_run(yard.services, repository)
    task = (await runner.fetch()).task
    assert (await runner.update(task.id, 2)).state.result == pb.RESULT_FAILURE
    late = await runner.update(task.id, 1, outputs={"late": "value"})
    assert (late.state.result, list(late.sent_outputs)) == (pb.RESULT_FAILURE, ["late"])
    assert (await load(yard.services, run_id)).status is Status.FAILURE


async def test_refused_outputs_are_acknowledged_and_not_kept(yard: Yard, repository: Repository) -> None:
    runner = await yard.runner("linux")
    run_id = await create_run(yard.services, repository)
    task = (await runner.fetch()).task
    outputs = {"n" * 256: "x", "large": "x" * (1024 * 1024 + 1), "small": "x"}
    answer = await runner.update(task.id, 0, outputs=outputs)
    assert set(answer.sent_outputs) == set(outputs)
    assert (await load(yard.services, run_id)).attempt.jobs[1].outputs == {"small": "x"}


async def test_log_rows_are_stored_once_and_gaps_ask_for_more(yard: Yard, repository: Repository) -> None:
    runner = await yard.runner("linux")
    await create_run(yard.services, repository)
    task_id = (await runner.fetch()).task.id
    assert await runner.log(task_id, 0) == 0
    assert await runner.log(task_id, 0, "a", "b") == 2
    assert await runner.log(task_id, 1, "b", "c") == 3
    assert await runner.log(task_id, 0, "a") == 3
    assert await runner.log(task_id, 7, "z") == 3
    assert await runner.log(task_id, 3) == 3
    assert await runner.log(task_id, 3, "line\nbreak", "x" * 70_000, no_more=True) == 5
    assert await runner.log(task_id, 0, "a", no_more=True) == 5
    with pytest.raises(CallFailed) as refused:
        await runner.log(task_id, 5, "more")
    assert (refused.value.code, refused.value.message) == ("already_exists", "log file has been archived")
    stored = await yard.services.database.read(lambda tx: logs.read(tx, task_id, 0, 10))
    assert [line.text for line in stored][:4] == ["a", "b", "c", "line\\nbreak"]
    assert len(stored[4].text) == 65_536


async def test_a_runner_is_not_held_up_by_a_full_log(tmp_path: Path) -> None:
    async with services_on(tmp_path, log_bytes=3) as services, serving(services) as yard:
        runner = await yard.runner("linux")
        await create_run(services, await create_repository(services))
        task_id = (await runner.fetch()).task.id
        assert await runner.log(task_id, 0, "ab", "cd", "ef") == 3
        assert await runner.log(task_id, 3, "gh", no_more=True) == 4
        stored = await services.database.read(lambda tx: logs.read(tx, task_id))
    assert [line.text.partition(":")[0] for line in stored] == ["ab", "##[warning]This log is full"]


async def test_foreign_and_unknown_tasks_are_refused(yard: Yard, repository: Repository) -> None:
    owner, stranger = await yard.runner("linux"), await yard.runner("linux")
    await create_run(yard.services, repository)
    task_id = (await owner.fetch()).task.id
    for call in (stranger.update(task_id, 1), stranger.log(task_id, 0, "x")):
        with pytest.raises(CallFailed) as refused:
            await call
        assert (refused.value.status, refused.value.code) == (500, "internal")
        assert refused.value.message == "invalid runner for task"
    with pytest.raises(CallFailed) as refused:
        await owner.update(9999)
    assert refused.value.code == "not_found"


async def test_an_ephemeral_runner_gets_one_task_and_is_gone_after_it(yard: Yard, repository: Repository) -> None:
    client, token = yard.client(), await yard.registration_token()
    request = pb.RegisterRequest(name="once", token=token, labels=["linux"], ephemeral=True)
    made = (await client.call("runner.v1.RunnerService/Register", request, pb.RegisterResponse)).runner
    assert made.ephemeral
    runner = yard.client(made.uuid, made.token)
    await create_run(yard.services, repository, MATRIX)
    task = await runner.fetch(capacity=3)
    assert len(task.additional_tasks) == 0
    assert not (await runner.fetch()).HasField("task")
    await runner.update(task.task.id, 1)
    assert await runner.log(task.task.id, 0, "the tail", no_more=True) == 1
    with pytest.raises(CallFailed) as refused:
        await runner.fetch()
    assert refused.value.code == "unauthenticated"


async def test_scopes_keep_runners_to_their_repositories(yard: Yard, repository: Repository) -> None:
    mine = await yard.runner("linux", repository_id=repository.id)
    owners = await yard.runner("linux", owner_id=repository.owner_id)
    stranger = await create_repository(yard.services, "eve", "other")
    theirs = await yard.runner("linux", owner_id=stranger.owner_id)
    await create_run(yard.services, repository, MATRIX)
    assert not (await theirs.fetch()).HasField("task")
    assert (await mine.fetch()).HasField("task")
    assert (await owners.fetch()).HasField("task")


async def test_two_hundred_runners_at_once(yard: Yard, repository: Repository) -> None:
    runners = [await yard.runner("linux") for _ in range(20)]
    clients = [RunnerClient(runner.session, runner.base) for runner in runners * 10]
    for client, runner in zip(clients, runners * 10, strict=True):
        client.headers = runner.headers

    async def work(client: RunnerClient) -> int:
        task_id = (await client.fetch(hold=60)).task.id
        await client.log(task_id, 0, "one", "two", no_more=True)
        await client.update(task_id, 1)
        return task_id

    working = [asyncio.create_task(work(client)) for client in clients]
    numbers = list(range(100))
    source = MATRIX.replace("[1, 2, 3, 4, 5]", str(numbers))
    ids = [await create_run(yard.services, repository, source) for _ in range(2)]
    done = await asyncio.gather(*working)
    assert len(set(done)) == 200
    assert [(await load(yard.services, run_id)).status for run_id in ids] == [Status.SUCCESS] * 2
