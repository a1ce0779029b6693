from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from runyard.kernel import RerunKind, Status
from runyard.services.cancel import cancel
from runyard.services.context import Services
from runyard.services.errors import ConflictError, NotFound
from runyard.services.rerun import plan_rerun, rerun
from runyard.store import journal
from tests.support.fleet import Clock, create_repository, create_run, job_statuses, load, services_on


@pytest.fixture
async def services(tmp_path: Path) -> AsyncIterator[Services]:
    async with services_on(tmp_path, Clock(), max_attempts=2) as opened:
        yield opened


async def test_a_cancelled_run_is_run_again_as_a_new_attempt(services: Services) -> None:
    run_id = await create_run(services, await create_repository(services))
    with pytest.raises(ConflictError) as refused:
        await rerun(services, run_id, by="ada")
    assert (refused.value.code, refused.value.status) == ("run_not_finished", 409)

    assert await cancel(services, run_id, by="ada", reason="wrong branch")
    assert await job_statuses(services, run_id) == {"build": Status.CANCELLED}
    events = (await load(services, run_id)).sequence
    plan = await plan_rerun(services, run_id, kind=RerunKind.FAILED)
    assert (plan.execute, plan.carry) == ((1,), ())
    assert (await load(services, run_id)).sequence == events

    with services.database.signals.subscribe(("run", run_id), ("queue",)) as wake:
        run = await rerun(services, run_id, by="eve", debug=True)
        assert await wake.wait(0)
    assert (run.attempt.number, run.attempt.triggered_by, run.attempt.debug) == (2, "eve", True)
    assert await job_statuses(services, run_id) == {"build": Status.WAITING}
    stored = await services.database.read(lambda tx: journal.read(tx, run_id, 0, 1000))
    assert [number for number, _ in stored] == list(range(1, run.sequence + 1))


async def test_what_cannot_be_done_is_said(services: Services) -> None:
    run_id = await create_run(services, await create_repository(services))
    await cancel(services, run_id, by="ada")
    with pytest.raises(NotFound) as missing:
        await rerun(services, run_id, kind=RerunKind.JOB, job=7, by="ada")
    assert missing.value.code == "job_not_found"
    await rerun(services, run_id, kind=RerunKind.JOB, job=1, by="ada")
    await cancel(services, run_id, by="ada")
    with pytest.raises(ConflictError) as refused:
        await plan_rerun(services, run_id)
    assert refused.value.code == "too_many_attempts"


async def test_cancelling_twice_changes_nothing(services: Services) -> None:
    run_id = await create_run(services, await create_repository(services))
    assert await cancel(services, run_id, by="ada")
    events = (await load(services, run_id)).sequence
    assert not await cancel(services, run_id, by="ada")
    assert (await load(services, run_id)).sequence == events
