"""Giving out jobs, below HTTP: moments that only the order of things on the event loop can show."""

from __future__ import annotations

import asyncio

import pytest

from runyard.kernel import ClaimJob, Event, Run, Status, decide
from runyard.services.context import Services
from runyard.services.dispatch import dispatch_once, fetch, hold_seconds
from runyard.services.errors import ConflictError
from runyard.services.fleet import KnownRunner
from runyard.services.register import create_runner, known_runner
from runyard.services.waiting import Fetched
from runyard.store import DataUnwritable
from tests.support.fleet import create_repository, create_run, job_statuses, load

MATRIX = (
    "on: push\njobs:\n  build:\n    runs-on: linux\n    strategy:\n      matrix:\n        n: [1, 2, 3]\n"
    "    steps:\n      - run: echo\n"
)


async def runner_on(services: Services, *labels: str) -> KnownRunner:
    row, secret = await create_runner(services, name="r", labels=labels)
    return await known_runner(services, row.uuid, secret, active=False)


def waiting(
    services: Services, runner: KnownRunner, *, version: int = 0, capacity: int = 1, key: str = ""
) -> tuple[asyncio.Task[Fetched], asyncio.Future[None]]:
    """A fetch that waits, and the future that says that its client has left."""
    gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    held = asyncio.create_task(
        fetch(services, runner, tasks_version=version, capacity=capacity, request_key=key, patience=60, gone=gone)
    )
    return held, gone


async def test_first_come_first_served(services: Services) -> None:
    repository = await create_repository(services)
    runner = await runner_on(services, "linux")
    held = [waiting(services, runner)[0] for _ in range(4)]
    await asyncio.sleep(0)
    await create_run(services, repository, MATRIX)
    await dispatch_once(services)
    ids = [(await each).task_ids for each in held[:3]]
    assert ids == sorted(ids)
    assert not held[3].done()
    services.waiting.end_all()
    assert (await held[3]).task_ids == ()


async def test_a_client_that_leaves_during_the_claim_has_its_job_given_back(services: Services) -> None:
    repository = await create_repository(services)
    runner = await runner_on(services, "linux")
    run_id = await create_run(services, repository)
    held, gone = waiting(services, runner)
    await asyncio.sleep(0)
    claiming = asyncio.create_task(dispatch_once(services))
    await asyncio.sleep(0)
    gone.set_result(None)
    await claiming
    await held
    assert await job_statuses(services, run_id) == {"build": Status.WAITING}
    job = (await load(services, run_id)).attempt.jobs[1]
    assert [task.status for task in job.tasks] == [Status.CANCELLED]
    assert "closed its connection" in job.tasks[0].cause


async def test_with_a_request_key_it_may_come_back_for_it(services: Services) -> None:
    repository = await create_repository(services)
    runner = await runner_on(services, "linux")
    run_id = await create_run(services, repository)
    held, gone = waiting(services, runner, key="k")
    await asyncio.sleep(0)
    claiming = asyncio.create_task(dispatch_once(services))
    await asyncio.sleep(0)
    with pytest.raises(ConflictError, match="request key is currently locked"):
        await waiting(services, runner, key="k")[0]
    gone.set_result(None)
    await claiming
    lost = await held
    again, _ = waiting(services, runner, key="k")
    await asyncio.sleep(0)
    await dispatch_once(services)
    assert (await again).task_ids == lost.task_ids
    assert await job_statuses(services, run_id) == {"build": Status.RUNNING}


async def test_a_batch_is_limited_and_continues_at_once(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runyard.services.dispatch.BATCH", 2)
    repository = await create_repository(services)
    runner = await runner_on(services, "linux")
    held = [waiting(services, runner)[0] for _ in range(4)]
    await asyncio.sleep(0)
    await create_run(services, repository, MATRIX)
    assert await dispatch_once(services)
    assert not await dispatch_once(services)
    services.waiting.end_all()
    assert [len((await each).task_ids) for each in held] == [1, 1, 1, 0]


async def test_a_wake_that_finds_nobody_is_remembered_for_the_next(services: Services) -> None:
    repository = await create_repository(services)
    runner = await runner_on(services, "linux")
    held, _ = waiting(services, runner)
    await asyncio.sleep(0)
    await dispatch_once(services)
    services.waiting.end_all()
    version = (await held).tasks_version
    await create_run(services, repository)
    assert not await dispatch_once(services)
    late, _ = waiting(services, runner, version=version)
    await asyncio.sleep(0)
    await dispatch_once(services)
    assert (await late).task_ids


async def test_a_job_that_cannot_be_prepared_ends_with_the_reason(
    services: Services, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("the payload is odd")

    monkeypatch.setattr("runyard.services.claim.assignment", broken)
    repository = await create_repository(services)
    run_id = await create_run(services, repository)
    held, _ = waiting(services, await runner_on(services, "linux"))
    await asyncio.sleep(0)
    await dispatch_once(services)
    assert not held.done()
    services.waiting.end_all()
    await held
    job = (await load(services, run_id)).attempt.jobs[1]
    assert job.status is Status.FAILURE
    assert job.cause == "the job could not be prepared for a runner: the payload is odd"
    assert "could not be prepared" in caplog.text


async def test_a_broken_run_does_not_stop_the_others(
    services: Services, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    repository = await create_repository(services)
    broken = await create_run(services, repository)
    sound = await create_run(services, repository)
    number = (await load(services, broken)).number

    def fragile(run: Run, command: ClaimJob) -> list[Event]:
        if run.number == number:
            raise ZeroDivisionError("nonsense")
        return decide(run, command)

    monkeypatch.setattr("runyard.services.claim.decide", fragile)
    held, _ = waiting(services, await runner_on(services, "linux"))
    await asyncio.sleep(0)
    assert await dispatch_once(services)
    await dispatch_once(services)
    await held
    assert await job_statuses(services, sound) == {"build": Status.RUNNING}
    assert await job_statuses(services, broken) == {"build": Status.WAITING}
    assert "its jobs cannot be given out" in caplog.text


async def test_a_failing_store_leaves_nobody_hanging(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(_: object) -> None:
        services.waiting.end_all()
        raise DataUnwritable("the disk is full")

    held, _ = waiting(services, await runner_on(services, "linux"))
    await asyncio.sleep(0)
    monkeypatch.setattr(services.database, "write", full)
    with pytest.raises(DataUnwritable):
        await dispatch_once(services)
    assert (await held).task_ids == ()


def test_a_fetch_is_held_until_shortly_before_the_deadline_of_the_client() -> None:
    class Given:
        class settings:  # noqa: N801
            fetch_hold_seconds = 4.0
            fetch_hold_max_seconds = 50.0

    held = {patience: hold_seconds(Given, patience) for patience in (None, 5.0, 1.0, 30.0, 3600.0)}  # type: ignore[arg-type]
    assert held == {None: 4.0, 5.0: 4.0, 1.0: 0.5, 30.0: 29.0, 3600.0: 50.0}
