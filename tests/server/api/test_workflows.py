"""Workflows and manual starts over HTTP."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.support.people import Clone, Person, clone_in

P = "/repos/ada/hello/actions"
MANUAL = """\
name: Deploy
on:
  push: {branches: [never]}
  workflow_dispatch:
    inputs:
      target: {type: choice, options: [staging, production], required: true}
jobs:
  deploy:
    runs-on: linux
    steps:
      - run: echo
"""


@pytest.fixture
async def tree(ada: Person, tmp_path: Path) -> Clone:
    """A pushed manual workflow."""
    tree = clone_in(tmp_path / "tree")
    tree.write({".github/workflows/deploy.yml": MANUAL}).commit("title")
    await tree.upload(ada.remote("ada/hello"))
    return tree


async def test_workflows(tree: Clone, nobody: Person) -> None:
    listed = (await nobody.get(f"{P}/workflows")).json
    assert listed["total_count"] == 1
    (workflow,) = listed["workflows"]
    assert (workflow["id"], workflow["name"], workflow["state"]) == ("deploy.yml", "Deploy", "active")
    assert workflow["path"] == ".github/workflows/deploy.yml"
    assert workflow["created_at"].startswith("20")
    assert (await nobody.get(f"{P}/workflows/deploy.yml")).json == workflow
    missing = await nobody.get(f"{P}/workflows/none.yml")
    assert (missing.status, missing.json["code"]) == (404, "workflow_not_found")


async def test_an_empty_repository_has_none(ada: Person) -> None:
    assert (await ada.get(f"{P}/workflows")).json == {"workflows": [], "total_count": 0}


async def test_dispatch(tree: Clone, ada: Person) -> None:
    path = f"{P}/workflows/deploy.yml/dispatches"
    quiet = await ada.post(path, {"ref": "main", "inputs": {"target": "staging"}})
    assert (quiet.status, quiet.body) == (204, b"")
    told = await ada.post(
        f"{path}?return_run_details=true", {"ref": "refs/heads/main", "inputs": {"target": "staging"}}
    )
    assert (told.status, told.json["run_number"]) == (200, 2)
    also = await ada.post(path, {"ref": "main", "inputs": {"target": "production"}, "return_run_details": True})
    assert also.json["html_url"].endswith("/ada/hello/actions/runs/3")
    run = (await ada.get(f"{P}/runs/{also.json['workflow_run_id']}")).json
    assert (run["event"], run["url"], run["display_title"]) == ("workflow_dispatch", also.json["run_url"], "title")


@pytest.mark.parametrize(
    ("workflow", "body", "status", "code"),
    [
        ("none.yml", {"ref": "main"}, 404, "workflow_not_found"),
        ("deploy.yml", {"ref": "none"}, 404, "ref_not_found"),
        ("deploy.yml", {}, 422, "ref_missing"),
        ("deploy.yml", {"ref": "main"}, 422, "invalid_inputs"),
        ("deploy.yml", {"ref": "main", "inputs": {"target": "moon"}}, 422, "invalid_inputs"),
    ],
)
async def test_refusals(tree: Clone, ada: Person, workflow: str, body: dict[str, str], status: int, code: str) -> None:
    answer = await ada.post(f"{P}/workflows/{workflow}/dispatches", body)
    assert (answer.status, answer.json["code"]) == (status, code)


async def test_only_those_who_may_write(tree: Clone, bob: Person, nobody: Person) -> None:
    body = {"ref": "main", "inputs": {"target": "staging"}}
    for person, status in ((bob, 403), (nobody, 401)):
        assert (await person.post(f"{P}/workflows/deploy.yml/dispatches", body)).status == status


async def test_when_git_push_returns_the_run_exists_and_a_runner_is_woken(tree: Clone, ada: Person) -> None:
    runner = await ada.yard.runner("linux")
    fetching = asyncio.create_task(runner.fetch(hold=20))
    tree.write({".github/workflows/ci.yml": MANUAL.replace("[never]", "[main]")}).commit("go")
    pushed = await tree.upload(ada.remote("ada/hello"))
    assert "remote: .github/workflows/ci.yml started run 1: " in pushed.stderr
    assert (await ada.get(f"{P}/runs?run_number=1")).json["total_count"] == 1
    assert (await fetching).task.id > 0


async def test_a_workflow_is_switched_off_and_on(tree: Clone, ada: Person, bob: Person, nobody: Person) -> None:
    path, body = f"{P}/workflows/deploy.yml", {"ref": "main", "inputs": {"target": "staging"}}
    for person, status in ((nobody, 401), (bob, 403)):
        assert (await person.call("PUT", f"{path}/disable")).status == status
    for _ in range(2):
        answer = await ada.call("PUT", f"{path}/disable")
        assert (answer.status, answer.body) == (204, b"")
    assert (await nobody.get(path)).json["state"] == "disabled_manually"
    assert [each["state"] for each in (await nobody.get(f"{P}/workflows")).json["workflows"]] == ["disabled_manually"]
    refused = await ada.post(f"{path}/dispatches", body)
    assert (refused.status, refused.json["code"]) == (403, "workflow_disabled")
    tree.write({".github/workflows/deploy.yml": MANUAL.replace("[never]", "[main]")}).commit("go")
    assert "started run" not in (await tree.upload(ada.remote("ada/hello"))).stderr
    for _ in range(2):
        assert (await ada.call("PUT", f"{path}/enable")).status == 204
    assert (await nobody.get(path)).json["state"] == "active"
    assert (await ada.post(f"{path}/dispatches", body)).status == 204
    missing = await ada.call("PUT", f"{P}/workflows/none.yml/disable")
    assert (missing.status, missing.json["code"]) == (404, "workflow_not_found")
