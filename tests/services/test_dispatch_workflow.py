"""Starting a workflow by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from runyard.services.dispatch_workflow import dispatch_workflow
from runyard.services.errors import Forbidden, Invalid, NotFound, ServiceError, Unauthenticated
from runyard.services.identity import Anonymous, Identity, TaskIdentity, UserIdentity
from runyard.services.workflows import list_workflows, show_workflow
from runyard.store.users import User
from tests.support.hosted import CI, ON_PUSH, Hosted, hosted_in

MANUAL = """\
name: Deploy
on:
  workflow_dispatch:
    inputs:
      target: {type: choice, options: [staging, production], required: true}
      count: {type: number, default: 2}
      loud: {type: boolean}
      note: {type: string}
jobs:
  deploy:
    runs-on: linux
    steps:
      - run: echo
"""
DEPLOY = ".github/workflows/deploy.yml"


@pytest.fixture
async def hosted(tmp_path: Path) -> AsyncIterator[Hosted]:
    """A repository with a manual workflow on main."""
    async with hosted_in(tmp_path) as hosted:
        hosted.tree.commit({DEPLOY: MANUAL, CI: ON_PUSH, ".github/workflows/bad.yml": "on: ["}, "the title")
        hosted.tree.git("tag", "v1")
        hosted.tree.push("HEAD:main", "v1")
        yield hosted


async def test_inputs_are_typed_and_defaults_filled_in(hosted: Hosted) -> None:
    started = await dispatch_workflow(
        hosted.services, hosted.identity, "ada", "hello", "deploy.yml", "main", {"target": "staging", "loud": "true"}
    )
    run = await hosted.run(started)
    assert (run.event, run.ref, run.workflow, run.title) == (
        "workflow_dispatch",
        "refs/heads/main",
        DEPLOY,
        "the title",
    )
    assert run.inputs == {"target": "staging", "count": 2, "loud": True, "note": ""}
    event = run.github["event"]
    assert event["inputs"] == {"target": "staging", "count": "2", "loud": "true", "note": ""}
    assert (event["workflow"], event["ref"], event["sender"]["login"]) == (DEPLOY, "refs/heads/main", "ada")


@pytest.mark.parametrize("ref", ["main", "refs/heads/main", "v1", "refs/tags/v1"])
async def test_refs_short_and_complete(hosted: Hosted, ref: str) -> None:
    started = await dispatch_workflow(
        hosted.services, hosted.identity, "ada", "hello", DEPLOY, ref, {"target": "staging"}
    )
    assert (await hosted.run(started)).ref == ("refs/tags/v1" if "v1" in ref else "refs/heads/main")


@pytest.mark.parametrize(
    ("workflow", "ref", "inputs", "error", "code"),
    [
        ("deploy.yml", "", {}, Invalid, "ref_missing"),
        ("deploy.yml", "none", {}, NotFound, "ref_not_found"),
        ("none.yml", "main", {}, NotFound, "workflow_not_found"),
        ("ci.yml", "main", {}, Invalid, "not_dispatchable"),
        ("bad.yml", "main", {}, Invalid, "workflow_invalid"),
        ("deploy.yml", "main", {}, Invalid, "invalid_inputs"),
        ("deploy.yml", "main", {"target": "moon"}, Invalid, "invalid_inputs"),
        ("deploy.yml", "main", {"target": "staging", "count": "many"}, Invalid, "invalid_inputs"),
        ("deploy.yml", "main", {"target": "staging", "extra": "1"}, Invalid, "invalid_inputs"),
    ],
)
async def test_refusals_have_codes(
    hosted: Hosted, workflow: str, ref: str, inputs: dict[str, str], error: type[ServiceError], code: str
) -> None:
    with pytest.raises(error) as caught:
        await dispatch_workflow(hosted.services, hosted.identity, "ada", "hello", workflow, ref, inputs)
    assert caught.value.code == code


BOB = UserIdentity(User(id=99, kind="user", name="bob", email="", is_admin=False, created=0))


@pytest.mark.parametrize(("identity", "error"), [(Anonymous(), Unauthenticated), (BOB, Forbidden)])
async def test_only_those_who_may_write(hosted: Hosted, identity: Identity, error: type[ServiceError]) -> None:
    with pytest.raises(error):
        await dispatch_workflow(hosted.services, identity, "ada", "hello", DEPLOY, "main", {"target": "staging"})


async def test_a_job_may_start_another_workflow(hosted: Hosted) -> None:
    job = TaskIdentity(task_id=1, repository_id=hosted.repository.id, run_id=1)
    started = await dispatch_workflow(hosted.services, job, "ada", "hello", DEPLOY, "main", {"target": "staging"})
    assert (await hosted.run(started)).actor == "runyard-actions[bot]"


async def test_workflows_of_the_default_branch(hosted: Hosted) -> None:
    found = await list_workflows(hosted.services, Anonymous(), "ada", "hello")
    assert [(each.file_name, each.name, each.is_valid) for each in found] == [
        ("bad.yml", ".github/workflows/bad.yml", False),
        ("ci.yml", CI, True),
        ("deploy.yml", "Deploy", True),
    ]
    assert found[1].dispatch_inputs is None
    assert [given.name for given in found[2].dispatch_inputs or ()] == ["target", "count", "loud", "note"]
    assert (await show_workflow(hosted.services, Anonymous(), "ada", "hello", DEPLOY)).name == "Deploy"
    with pytest.raises(NotFound):
        await show_workflow(hosted.services, Anonymous(), "ada", "hello", "none.yml")
