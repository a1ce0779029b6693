"""A workflow that is switched off starts nothing; what runs goes on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from runyard.kernel import Status
from runyard.services.cancel import cancel
from runyard.services.dispatch_workflow import dispatch_workflow
from runyard.services.errors import Forbidden, NotFound, ServiceError, Unauthenticated
from runyard.services.identity import Anonymous, Identity, TaskIdentity, UserIdentity
from runyard.services.rerun import plan_rerun, rerun
from runyard.services.workflow_switch import set_workflow_enabled, switch_workflow
from runyard.services.workflows import list_workflows
from runyard.store.users import User
from tests.support.hosted import CI, Hosted, hosted_in

BOTH = """\
on: [push, create, delete, workflow_dispatch]
jobs:
  build:
    runs-on: linux
    steps:
      - run: echo hi
"""
OTHER = ".github/workflows/other.yml"
BOB = UserIdentity(User(id=99, kind="user", name="bob", email="", is_admin=False, created=0))


@pytest.fixture
async def hosted(tmp_path: Path) -> AsyncIterator[Hosted]:
    """A repository with two workflows, one of which is switched off."""
    async with hosted_in(tmp_path) as hosted:
        hosted.tree.commit({CI: BOTH, OTHER: BOTH}, "the title")
        hosted.tree.push("HEAD:main")
        await switch(hosted, "ci.yml", enabled=False)
        yield hosted


async def switch(hosted: Hosted, workflow: str, *, enabled: bool, identity: Identity | None = None) -> None:
    """As the owner, or somebody else."""
    await switch_workflow(hosted.services, identity or hosted.identity, "ada", "hello", workflow, enabled=enabled)


async def states(hosted: Hosted) -> dict[str, str]:
    """Who switched each workflow off; empty for one that is on."""
    listed = await list_workflows(hosted.services, Anonymous(), "ada", "hello")
    return {each.file_name: each.disabled.by if each.disabled else "" for each in listed}


async def test_no_event_starts_it(hosted: Hosted) -> None:
    for specs in (("HEAD:side",), ("HEAD:refs/tags/v1",), (":side",)):
        started = await hosted.push(*specs)
        assert started
        assert {each.workflow for each in started} == {OTHER}
    await switch(hosted, CI, enabled=True)
    assert {each.workflow for each in await hosted.push("HEAD:again")} == {CI, OTHER}


async def test_a_mistake_in_it_is_not_told_at_pushes(hosted: Hosted) -> None:
    hosted.tree.commit({CI: "on: ["}, "broken")
    assert {each.workflow for each in await hosted.push()} == {OTHER}


async def test_a_manual_start_is_refused(hosted: Hosted) -> None:
    with pytest.raises(Forbidden, match=r"ci.yml is disabled: enable it .* 'runyard workflow enable ci.yml'") as caught:
        await dispatch_workflow(hosted.services, hosted.identity, "ada", "hello", "ci.yml", "main", {})
    assert (caught.value.code, caught.value.status) == ("workflow_disabled", 403)
    await dispatch_workflow(hosted.services, hosted.identity, "ada", "hello", "other.yml", "main", {})


async def test_runs_go_on_but_do_not_begin_again(hosted: Hosted) -> None:
    started = await dispatch_workflow(hosted.services, hosted.identity, "ada", "hello", "other.yml", "main", {})
    await switch(hosted, "other.yml", enabled=False)
    assert (await hosted.run(started)).status is Status.WAITING
    await cancel(hosted.services, started.id, by="ada")
    for again in (plan_rerun(hosted.services, started.id), rerun(hosted.services, started.id, by="ada")):
        with pytest.raises(Forbidden) as caught:
            await again
        assert caught.value.code == "workflow_disabled"
    await switch(hosted, "other.yml", enabled=True)
    assert len((await rerun(hosted.services, started.id, by="ada")).attempts) == 2


async def test_it_says_who_switched_it_off(hosted: Hosted) -> None:
    assert await states(hosted) == {"ci.yml": "ada", "other.yml": ""}
    job = TaskIdentity(task_id=1, repository_id=hosted.repository.id, run_id=1)
    await switch(hosted, "other.yml", enabled=False, identity=job)
    assert await states(hosted) == {"ci.yml": "ada", "other.yml": "runyard-actions[bot]"}
    for _ in range(2):
        await switch(hosted, "other.yml", enabled=True)
    assert await states(hosted) == {"ci.yml": "ada", "other.yml": ""}


async def test_one_that_is_gone_can_be_enabled(hosted: Hosted) -> None:
    hosted.tree.commit({CI: None}, "without it")
    hosted.tree.push("HEAD:main")
    await switch(hosted, "ci.yml", enabled=True)
    with pytest.raises(NotFound) as caught:
        await switch(hosted, "ci.yml", enabled=True)
    assert caught.value.code == "workflow_not_found"


@pytest.mark.parametrize(("identity", "error"), [(Anonymous(), Unauthenticated), (BOB, Forbidden)])
async def test_only_those_who_may_write(hosted: Hosted, identity: Identity, error: type[ServiceError]) -> None:
    with pytest.raises(error) as caught:
        await switch(hosted, "ci.yml", enabled=True, identity=identity)
    assert caught.value.code in ("unauthenticated", "forbidden")
    assert (await states(hosted))["ci.yml"] == "ada"


async def test_the_switch_in_a_transaction_of_others(hosted: Hosted) -> None:
    services, repository = hosted.services, hosted.repository
    await services.database.write(
        lambda tx: set_workflow_enabled(services, tx, repository.id, OTHER, enabled=False, by="eve")
    )
    assert await hosted.push("HEAD:new") == []
