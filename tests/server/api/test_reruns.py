"""The plan of a re-run over HTTP, and the attempt that it announces."""

from __future__ import annotations

from typing import Any

import pytest

from runyard.store.repositories import Repository
from tests.support.fleet import Yard, create_run
from tests.support.people import Person

P = "/repos/ada/hello/actions"
SOURCE = """\
on: push
jobs:
  a: {runs-on: linux, steps: [{run: a}]}
  b: {runs-on: linux, needs: a, steps: [{run: b}]}
  c: {runs-on: other, steps: [{run: c}]}
"""


@pytest.fixture
async def run_id(yard: Yard, repository: Repository, ada: Person) -> int:
    """`a` has failed, `b` was skipped, `c` has succeeded."""
    run_id = await create_run(yard.services, repository, SOURCE)
    for label, result in (("linux", 2), ("other", 1)):
        runner = await yard.runner(label)
        await runner.update((await runner.fetch()).task.id, result)
    return run_id


def names(plan: dict[str, Any]) -> dict[str, list[str]]:
    return {part: [job["name"] for job in plan[part]] for part in ("execute", "reopen", "carry")}


@pytest.mark.parametrize(
    ("kind", "again", "kept"),
    [("all", ["a", "b", "c"], []), ("failed", ["a", "b"], ["c"]), ("c", ["c"], ["a", "b"])],
)
async def test_what_is_planned_is_done(ada: Person, run_id: int, kind: str, again: list[str], kept: list[str]) -> None:
    run = f"{P}/runs/{run_id}"
    ids = {job["name"]: job["id"] for job in (await ada.get(f"{run}/jobs")).json["jobs"]}
    query = f"kind=job&job={ids[kind]}" if kind in ids else f"kind={kind}"
    plan = (await ada.get(f"{run}/rerun-plan?{query}")).json
    assert names(plan) == {"execute": again, "reopen": [], "carry": kept}
    assert (plan["run_id"], plan["run_attempt"]) == (run_id, 2)
    assert {job["name"]: job["conclusion"] for job in plan["execute"]}.items() <= {
        "a": "failure",
        "b": "skipped",
        "c": "success",
    }.items()
    assert (await ada.get(run)).json["run_attempt"] == 1
    paths = {"all": f"{run}/rerun", "failed": f"{run}/rerun-failed-jobs"}
    done = await ada.post(paths.get(kind) or f"{P}/jobs/{ids[kind]}/rerun")
    assert done.status == 201
    jobs = {job["name"]: job["conclusion"] for job in (await ada.get(f"{run}/jobs")).json["jobs"]}
    assert [name for name in jobs if jobs[name] is None] == again


async def test_why_it_is_refused(yard: Yard, repository: Repository, ada: Person, nobody: Person, run_id: int) -> None:
    other = await create_run(yard.services, repository, SOURCE)
    refusals = {
        f"runs/{other}/rerun-plan": (409, "run_not_finished"),
        f"runs/{run_id}/rerun-plan?kind=job&job=99": (404, "job_not_found"),
        f"runs/{run_id}/rerun-plan?kind=strange": (400, "bad_request"),
        "runs/99/rerun-plan": (404, "not_found"),
    }
    for path, expected in refusals.items():
        answer = await ada.get(f"{P}/{path}")
        assert (answer.status, answer.json["code"]) == expected
    assert (await nobody.get(f"{P}/runs/{run_id}/rerun-plan")).status == 200


async def test_debug_rows_are_asked_for_in_the_task(yard: Yard, ada: Person, run_id: int) -> None:
    runner = await yard.runner("linux")
    for debug in (True, False):
        run = (await ada.post(f"{P}/runs/{run_id}/rerun", {"enable_debug_logging": debug})).json
        assert run["debug"] is debug
        task = (await runner.fetch()).task
        switches = {name: value for name, value in task.secrets.items() if "DEBUG" in name}
        assert switches == ({"ACTIONS_STEP_DEBUG": "true", "ACTIONS_RUNNER_DEBUG": "true"} if debug else {})
        await ada.post(f"{P}/runs/{run_id}/force-cancel")
