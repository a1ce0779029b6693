"""Silence: leases that run out, tasks that were never delivered, restarts."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from runyard.kernel import Status
from runyard.protocol.generated import runner_pb2 as pb
from runyard.services.cancel import cancel
from runyard.services.context import Services
from runyard.services.dispatch import dispatch_once, fetch
from runyard.services.fleet import Fleet, KnownRunner
from runyard.services.leases import expire_leases, renew_open_leases
from runyard.services.presence import flush_presence
from runyard.services.reconcile import meet_deadlines, run_reconciler
from runyard.services.register import create_runner, known_runner
from runyard.services.report import update_log, update_task
from runyard.services.timer import TOPIC
from runyard.store import runners, tasks
from runyard.store.repositories import Repository
from tests.support.fleet import Clock, create_repository, create_run, job_statuses, load, services_on


@pytest.fixture
async def runner(services: Services) -> KnownRunner:
    row, secret = await create_runner(services, name="blacksmith", labels=["linux"])
    known = await known_runner(services, row.uuid, secret, active=False)
    known.capabilities = frozenset({"cancelling"})
    return known


async def take(services: Services, runner: KnownRunner) -> int:
    gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    held = asyncio.create_task(fetch(services, runner, tasks_version=0, patience=60, gone=gone))
    await asyncio.sleep(0)
    await dispatch_once(services)
    return (await held).task_ids[0]


async def say(services: Services, runner: KnownRunner, task_id: int, *lines: str, index: int = 0) -> None:
    rows = [pb.LogRow(content=line) for line in lines]
    await update_log(services, runner, pb.UpdateLogRequest(task_id=task_id, index=index, rows=rows))


async def report(services: Services, runner: KnownRunner, task_id: int) -> pb.UpdateTaskResponse:
    request = pb.UpdateTaskRequest(state=pb.TaskState(id=task_id))
    answer = await update_task(services, runner, request, request.SerializeToString())
    return pb.UpdateTaskResponse.FromString(answer)


async def expiry(services: Services) -> int | None:
    return await services.database.read(tasks.next_expiry)


async def test_a_silent_runner_loses_its_job(
    services: Services, clock: Clock, repository: Repository, runner: KnownRunner
) -> None:
    run_id = await create_run(services, repository)
    task_id = await take(services, runner)
    await say(services, runner, task_id, "hello")
    clock.advance(59)
    assert await expire_leases(services) == 0
    clock.advance(2)
    assert await expire_leases(services) == 1
    job = (await load(services, run_id)).attempt.jobs[1]
    assert (job.status, job.cause) == (Status.FAILURE, "lost contact with runner 'blacksmith' for 61 s")
    assert (await report(services, runner, task_id)).state.result == pb.RESULT_FAILURE


async def test_a_task_that_was_never_heard_of_is_given_out_again(
    services: Services, clock: Clock, repository: Repository, runner: KnownRunner
) -> None:
    run_id = await create_run(services, repository)
    first = await take(services, runner)
    clock.advance(15)
    assert await expire_leases(services) == 1
    assert await job_statuses(services, run_id) == {"build": Status.WAITING}
    second = await take(services, runner)
    assert second != first
    assert (await report(services, runner, first)).state.result == pb.RESULT_CANCELLED
    job = (await load(services, run_id)).attempt.jobs[1]
    assert job.tasks[0].cause == "runner 'blacksmith' did not take the task: it was not heard of for 15 s"
    assert job.status is Status.RUNNING


async def test_contact_keeps_a_lease_and_is_written_only_now_and_then(
    services: Services, clock: Clock, repository: Repository, runner: KnownRunner
) -> None:
    await create_run(services, repository)
    task_id = await take(services, runner)
    await report(services, runner, task_id)
    renewed = await expiry(services)
    assert renewed == clock.now + 60_000
    clock.advance(19)
    await report(services, runner, task_id)
    assert await expiry(services) == renewed
    clock.advance(2)
    await report(services, runner, task_id)
    assert await expiry(services) == clock.now + 60_000
    clock.advance(21)
    await say(services, runner, task_id)
    assert await expiry(services) == clock.now + 60_000


async def test_repeated_reports_are_answered_from_memory_until_something_changes(
    services: Services, clock: Clock, repository: Repository, runner: KnownRunner
) -> None:
    run_id = await create_run(services, repository)
    task_id = await take(services, runner)
    await report(services, runner, task_id)
    known = services.fleet.task(task_id)
    assert known is not None
    assert known.last_report
    assert (await report(services, runner, task_id)).state.result == pb.RESULT_UNSPECIFIED
    await cancel(services, run_id, by="ada")
    assert (await report(services, runner, task_id)).state.result == pb.RESULT_CANCELLED


async def test_a_restarted_server_gives_every_open_task_a_full_lease(
    services: Services, clock: Clock, repository: Repository, runner: KnownRunner
) -> None:
    run_id = await create_run(services, repository)
    task_id = await take(services, runner)
    await say(services, runner, task_id, "hello")
    clock.advance(3600)
    services.fleet = Fleet()
    await renew_open_leases(services)
    assert await expire_leases(services) == 0
    assert (await report(services, runner, task_id)).state.result == pb.RESULT_UNSPECIFIED
    assert await job_statuses(services, run_id) == {"build": Status.RUNNING}


async def test_tidying_up_after_a_cancel_ends_some_time(
    services: Services, clock: Clock, repository: Repository, runner: KnownRunner
) -> None:
    run_id = await create_run(services, repository)
    task_id = await take(services, runner)
    await say(services, runner, task_id, "hello")
    await cancel(services, run_id, by="ada")
    for _ in range(700 // 20):
        assert (await report(services, runner, task_id)).state.result == pb.RESULT_CANCELLED
        await expire_leases(services)
        await meet_deadlines(services)
        clock.advance(20)
    assert await job_statuses(services, run_id) == {"build": Status.CANCELLED}


async def test_the_timer_is_set_to_the_next_expiry(
    services: Services, clock: Clock, repository: Repository, runner: KnownRunner
) -> None:
    reconciling = asyncio.create_task(run_reconciler(services))
    run_id = await create_run(services, repository)
    await take(services, runner)
    with services.database.signals.subscribe(("run", run_id)) as wake:
        clock.advance(15)
        services.database.signals.publish(TOPIC)
        assert await wake.wait(10)
    assert await job_statuses(services, run_id) == {"build": Status.WAITING}
    reconciling.cancel()


async def test_a_real_clock_ends_a_short_lease_without_any_help(tmp_path: Path) -> None:
    async with services_on(tmp_path / "real", lease_seconds=0.2) as services:
        repository = await create_repository(services)
        row, secret = await create_runner(services, name="r", labels=["linux"])
        runner = await known_runner(services, row.uuid, secret, active=False)
        run_id = await create_run(services, repository)
        reconciling = asyncio.create_task(run_reconciler(services))
        task_id = await take(services, runner)
        await say(services, runner, task_id, "hello")
        with services.database.signals.subscribe(("run", run_id)) as wake:
            assert await wake.wait(20)
        assert await job_statuses(services, run_id) == {"build": Status.FAILURE}
        reconciling.cancel()


async def test_presence_is_written_by_the_sweep_only(services: Services, clock: Clock, runner: KnownRunner) -> None:
    clock.advance(5)
    before = await services.database.read(lambda tx: runners.by_id(tx, runner.id))
    assert before.last_online == 0
    await flush_presence(services)
    after = await services.database.read(lambda tx: runners.by_id(tx, runner.id))
    assert after.last_online == clock.now - 5000
    assert services.fleet.unflushed() == []
