"""Groups across runs, aborts over a restart, retries, limits and trust: the services around the kernel's decisions."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from runyard.kernel import Cause, Status
from runyard.kernel.reasons import Waits
from runyard.protocol.generated import runner_pb2 as pb
from runyard.services import approve as deciding
from runyard.services.cancel import cancel
from runyard.services.context import Services
from runyard.services.dispatch import dispatch_once, fetch
from runyard.services.errors import ConflictError
from runyard.services.fleet import KnownRunner
from runyard.services.leases import expire_leases, renew_open_leases
from runyard.services.policy import set_policy
from runyard.services.reconcile import meet_deadlines
from runyard.services.register import create_runner, known_runner
from runyard.services.report import update_log, update_task
from runyard.services.rerun import rerun
from runyard.services.start_run import RunRequest, start_run
from runyard.services.waiting_reasons import waiting_reasons
from runyard.store import Tx, runs, trust, users
from runyard.store.policies import RepositoryPolicy
from runyard.store.repositories import Repository
from tests.support.fleet import ONE_JOB, Clock, create_repository, create_run, job_statuses, load, services_on

GROUP = "on: push\nconcurrency: {group: deploy%s}\njobs:\n  build: {runs-on: linux, steps: [{run: x}]}\n"
CANCELS = GROUP % ", cancel-in-progress: true"
QUEUES = GROUP % ", queue: max"


async def runner_of(services: Services, name: str = "blacksmith") -> KnownRunner:
    row, secret = await create_runner(services, name=name, labels=["linux"])
    known = await known_runner(services, row.uuid, secret, active=False)
    known.capabilities = frozenset({"cancelling"})
    return known


@pytest.fixture
async def runner(services: Services) -> KnownRunner:
    return await runner_of(services)


async def take(services: Services, runner: KnownRunner, capacity: int = 1) -> list[int]:
    gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    held = asyncio.create_task(fetch(services, runner, tasks_version=0, capacity=capacity, patience=60, gone=gone))
    await asyncio.sleep(0)
    while await dispatch_once(services):
        pass
    services.waiting.end_all()
    return list((await held).task_ids)


async def report(
    services: Services, runner: KnownRunner, task_id: int, result: int = pb.RESULT_UNSPECIFIED
) -> pb.UpdateTaskResponse:
    request = pb.UpdateTaskRequest(state=pb.TaskState(id=task_id, result=result))  # type: ignore[arg-type]
    answer = await update_task(services, runner, request, request.SerializeToString())
    return pb.UpdateTaskResponse.FromString(answer)


async def statuses(services: Services, *run_ids: int) -> list[str]:
    return [(await load(services, run_id)).status.label for run_id in run_ids]


async def test_a_newer_run_takes_the_place_of_the_one_that_waits(
    services: Services, repository: Repository, runner: KnownRunner
) -> None:
    first, second, third = [await create_run(services, repository, GROUP % "") for _ in range(3)]
    assert await statuses(services, first, second, third) == ["waiting", "cancelled", "blocked"]
    job = (await load(services, second)).attempt.jobs[1]
    assert (job.code, job.cause) == (
        Cause.CONCURRENCY,
        "cancelled by run 3: only the newest may wait for the concurrency group 'deploy'",
    )
    (task_id,) = await take(services, runner)
    await report(services, runner, task_id, pb.RESULT_SUCCESS)
    assert await statuses(services, first, third) == ["success", "waiting"]


async def test_cancel_in_progress_waits_for_the_real_end(
    services: Services, repository: Repository, runner: KnownRunner
) -> None:
    first = await create_run(services, repository, CANCELS)
    (task_id,) = await take(services, runner)
    second = await create_run(services, repository, CANCELS)
    assert await statuses(services, first, second) == ["cancelling", "blocked"]
    assert (await report(services, runner, task_id)).state.result == pb.RESULT_CANCELLED
    await report(services, runner, task_id, pb.RESULT_CANCELLED)
    assert await statuses(services, first, second) == ["cancelled", "waiting"]


async def test_a_runner_that_never_reports_its_end_frees_the_group_at_once(
    services: Services, repository: Repository, runner: KnownRunner
) -> None:
    runner.capabilities = frozenset()
    first = await create_run(services, repository, CANCELS)
    await take(services, runner)
    second = await create_run(services, repository, CANCELS)
    assert await statuses(services, first, second) == ["cancelled", "waiting"]


async def test_a_queue_is_served_in_order(services: Services, repository: Repository, runner: KnownRunner) -> None:
    ids = [await create_run(services, repository, QUEUES) for _ in range(4)]
    for finished in range(4):
        assert await statuses(services, *ids) == [
            *["success"] * finished, "waiting", *["blocked"] * (3 - finished),
        ]  # fmt: skip
        (task_id,) = await take(services, runner)
        await report(services, runner, task_id, pb.RESULT_SUCCESS)


async def test_other_repositories_have_groups_of_their_own(services: Services, repository: Repository) -> None:
    other = await create_repository(services, "bob", "hello")
    first, second = await create_run(services, repository, GROUP % ""), await create_run(services, other, GROUP % "")
    assert await statuses(services, first, second) == ["waiting", "waiting"]


async def test_a_rerun_stands_in_line_again(services: Services, repository: Repository, runner: KnownRunner) -> None:
    first = await create_run(services, repository, QUEUES)
    (task_id,) = await take(services, runner)
    await report(services, runner, task_id, pb.RESULT_FAILURE)
    second = await create_run(services, repository, QUEUES)
    await rerun(services, first, by="ada")
    assert await statuses(services, first, second) == ["blocked", "waiting"]


DEADLOCK = """\
on: push
concurrency: %s
jobs:
  a: {runs-on: linux, steps: [{run: x}]}
  b: {needs: a, runs-on: linux, concurrency: %s, steps: [{run: x}]}
"""


async def test_runs_that_would_wait_for_each_other_do_not(
    services: Services, repository: Repository, runner: KnownRunner
) -> None:
    first = await create_run(services, repository, DEADLOCK % ("g", "h"))
    second = await create_run(services, repository, DEADLOCK % ("h", "g"))
    for task_id in await take(services, runner, 2):
        await report(services, runner, task_id, pb.RESULT_SUCCESS)
    assert (await load(services, second)).attempt.jobs[2].code == Cause.DEADLOCK
    assert await statuses(services, first, second) == ["waiting", "cancelled"]


async def test_an_abort_survives_a_restart(tmp_path: Path, clock: Clock) -> None:
    async with services_on(tmp_path, clock) as services:
        repository = await create_repository(services)
        runner = await runner_of(services)
        run_id = await create_run(services, repository)
        (task_id,) = await take(services, runner)
        await update_log(services, runner, pb.UpdateLogRequest(task_id=task_id, index=0, rows=[pb.LogRow(content="x")]))
        await cancel(services, run_id, by="ada", reason="wrong branch")
        uuid = runner.uuid
    async with services_on(tmp_path, clock) as services:
        await renew_open_leases(services)
        job = (await load(services, run_id)).attempt.jobs[1]
        assert job.abort is not None
        assert (job.status, job.abort.by, job.abort.tries) == (Status.CANCELLING, "ada", 0)
        runner = services.fleet.remember_runner(runner)
        assert runner.uuid == uuid
        for _ in range(3):
            assert (await report(services, runner, task_id)).state.result == pb.RESULT_CANCELLED
            clock.advance(5)
        job = (await load(services, run_id)).attempt.jobs[1]
        assert job.abort is not None
        assert (job.abort.tries, job.abort.delivered) == (3, clock.now - 5000)
    async with services_on(tmp_path, clock) as services:
        clock.advance(660)
        await renew_open_leases(services)
        assert await meet_deadlines(services) == 1
        job = (await load(services, run_id)).attempt.jobs[1]
        assert (job.status, job.code) == (Status.CANCELLED, Cause.GAVE_UP)
        assert "was told 3 times to stop" in job.cause
        assert await meet_deadlines(services) == 0


async def test_a_lost_job_is_given_to_another_runner(
    services: Services, clock: Clock, repository: Repository, runner: KnownRunner
) -> None:
    await set_policy(services, repository.id, RepositoryPolicy(retry_times=1, retry_delay=10_000))
    run_id = await create_run(services, repository)
    (first,) = await take(services, runner)
    await update_log(services, runner, pb.UpdateLogRequest(task_id=first, index=0, rows=[pb.LogRow(content="x")]))
    clock.advance(61)
    assert await expire_leases(services) == 1
    assert await job_statuses(services, run_id) == {"build": Status.BLOCKED}
    assert await take(services, runner) == []
    clock.advance(10)
    assert await meet_deadlines(services) == 1
    other = await runner_of(services, "other")
    (second,) = await take(services, other)
    assert (await report(services, runner, first, pb.RESULT_SUCCESS)).state.result == pb.RESULT_FAILURE
    job = (await load(services, run_id)).attempt.jobs[1]
    assert (job.status, job.tasks[0].cause) == (Status.RUNNING, "lost contact with runner 'blacksmith' for 61 s")
    await report(services, other, second, pb.RESULT_SUCCESS)
    assert await statuses(services, run_id) == ["success"]


async def test_a_repository_runs_as_many_jobs_as_it_may(
    services: Services, repository: Repository, runner: KnownRunner
) -> None:
    await set_policy(services, repository.id, RepositoryPolicy(running_jobs=2))
    ids = [await create_run(services, repository) for _ in range(4)]
    other = await create_run(services, await create_repository(services, "bob", "hello"))
    tasks = await take(services, runner, 5)
    assert await statuses(services, *ids, other) == ["running", "running", "waiting", "waiting", "running"]

    def reasons(tx: Tx) -> dict[int, str]:
        run = runs.load(tx, ids[2])
        return {n: r.code for n, r in waiting_reasons(services, tx, repository, ids[2], run, run.attempt).items()}

    assert await services.database.read(reasons) == {1: Waits.REPOSITORY_LIMIT}
    assert await take(services, runner) == []
    await report(services, runner, tasks[0], pb.RESULT_SUCCESS)
    assert len(await take(services, runner, 5)) == 1


async def test_the_reason_tells_what_is_wrong_with_the_runners(
    services: Services, clock: Clock, repository: Repository
) -> None:
    run_id = await create_run(services, repository)

    async def reason() -> tuple[str, str]:
        def look(tx: Tx) -> tuple[str, str]:
            run = runs.load(tx, run_id)
            found = waiting_reasons(services, tx, repository, run_id, run, run.attempt)[1]
            return found.code, found.message

        return await services.database.read(look)

    assert await reason() == (Waits.RUNNER_NONE, "Waiting: there is no runner for this repository")
    await create_runner(services, name="win", labels=["windows"])
    assert await reason() == (Waits.RUNNER_LABELS, "Waiting: no runner has the label linux")
    known = await runner_of(services)
    clock.advance(61)
    assert (await reason())[0] == Waits.RUNNER_OFFLINE
    known.last_online = known.last_active = clock.now
    assert (await reason())[0] == Waits.RUNNER_BUSY
    clock.advance(11)
    assert await reason() == (Waits.RUNNER, "Waiting for a runner with the label linux")


async def test_the_reason_names_who_holds_the_group(services: Services, repository: Repository) -> None:
    await create_run(services, repository, GROUP % "")
    second = await create_run(services, repository, GROUP % "")

    def look(tx: Tx) -> str:
        run = runs.load(tx, second)
        return waiting_reasons(services, tx, repository, second, run, run.attempt)[1].message

    assert await services.database.read(look) == "Waiting for the concurrency group 'deploy', which run 1 holds"


async def from_fork(services: Services, repository: Repository, author: str = "eve", pull_request: int = 5) -> int:
    def write(tx: Tx) -> int:
        request = RunRequest(
            workflow=".github/workflows/ci.yml", source=ONE_JOB, title="t", event="pull_request",
            ref=f"refs/pull/{pull_request}/head", sha="b" * 40, actor=users.get(tx, "ada"), payload={}, fork=True,
            pull_request=pull_request, author=author,
        )  # fmt: skip
        return start_run(services, tx, repository, request).id

    return await services.database.write(write)


async def test_a_fork_runs_when_it_was_approved(services: Services, repository: Repository) -> None:
    await services.database.write(lambda tx: users.create(tx, "eve"))
    first, second = await from_fork(services, repository), await from_fork(services, repository)
    assert await statuses(services, first, second) == ["blocked", "blocked"]
    with pytest.raises(ConflictError) as caught:
        await deciding.approve(services, first, by="ada", sha="c" * 40)
    assert caught.value.code == "approval_outdated"
    assert await deciding.approve(services, first, by="ada")
    assert not await deciding.approve(services, first, by="ada")
    assert await statuses(services, first, second) == ["waiting", "blocked"]
    assert await deciding.deny(services, second, by="ada")
    assert await statuses(services, second) == ["cancelled"]
    own = await create_run(services, repository)
    with pytest.raises(ConflictError) as caught:
        await deciding.approve(services, own, by="ada")
    assert caught.value.code == "never_awaited_approval"


async def test_a_trusted_author_needs_no_approval_until_it_is_revoked(
    services: Services, repository: Repository
) -> None:
    await services.database.write(lambda tx: users.create(tx, "eve"))
    waiting = [await from_fork(services, repository), await from_fork(services, repository, pull_request=6)]
    stranger = await from_fork(services, repository, author="mallory")
    await deciding.approve(services, waiting[0], by="ada", always=True)
    later = await from_fork(services, repository)
    assert await statuses(services, *waiting, later, stranger) == ["waiting", "waiting", "waiting", "blocked"]
    assert await deciding.revoke(services, later, by="ada")
    assert await statuses(services, *waiting, later, stranger) == ["cancelled", "cancelled", "cancelled", "blocked"]
    assert await statuses(services, await from_fork(services, repository)) == ["blocked"]
    assert not await services.database.read(lambda tx: trust.is_trusted(tx, repository.id, "eve"))


async def test_the_owner_is_trusted(services: Services, repository: Repository) -> None:
    assert await statuses(services, await from_fork(services, repository, author="ada")) == ["waiting"]


async def test_closing_the_pull_request_cancels_its_runs(services: Services, repository: Repository) -> None:
    mine, other = await from_fork(services, repository), await from_fork(services, repository, pull_request=6)
    assert await deciding.close_pull_request(services, repository.id, 5, by="ada") == 1
    assert await statuses(services, mine, other) == ["cancelled", "blocked"]
    assert (await load(services, mine)).attempt.jobs[1].code == Cause.CLOSED
