"""Runs and jobs over HTTP."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest

from runyard.store.repositories import Repository
from tests.support.fleet import ONE_JOB, Yard, create_run
from tests.support.people import Person

P = "/repos/ada/hello/actions"
TWO_JOBS = ONE_JOB + "  after:\n    needs: build\n    runs-on: linux\n    steps:\n      - run: echo after\n"


@pytest.fixture
async def run_id(yard: Yard, repository: Repository, ada: Person) -> int:
    """A run of two jobs, of which the first waits."""
    return await create_run(yard.services, repository, TWO_JOBS)


async def work(yard: Yard, *results: int) -> None:
    """Run as many jobs as there are results, each with a line of log."""
    runner = await yard.runner("linux")
    for result in results:
        task = (await runner.fetch(hold=20)).task
        await runner.log(task.id, 0, "hello", "wörld", no_more=True)
        await runner.update(task.id, result)


async def jobs(person: Person, path: str) -> dict[str, dict[str, Any]]:
    """Jobs by name."""
    return {each["name"]: each for each in (await person.get(path)).json["jobs"]}


async def test_a_run(nobody: Person, run_id: int) -> None:
    run = (await nobody.get(f"{P}/runs/{run_id}")).json
    base = nobody.yard.services.settings.base_url
    api = f"{base}/api/v1{P}/runs/{run_id}"
    expected = {
        "id": run_id,
        "url": api,
        "html_url": f"{base}/ada/hello/actions/runs/1",
        "display_title": "a change",
        "path": ".github/workflows/ci.yml@refs/heads/main",
        "workflow_id": "ci.yml",
        "event": "push",
        "run_number": 1,
        "run_attempt": 1,
        "previous_attempt_url": None,
        "head_sha": "a" * 40,
        "head_branch": "main",
        "status": "queued",
        "conclusion": None,
        "completed_at": "1970-01-01T00:00:00Z",
        "jobs_url": f"{api}/jobs",
        "cancel_url": f"{api}/cancel",
        "diagnostics": [],
    }
    assert {name: run[name] for name in expected} == expected
    assert run["actor"]["login"] == run["trigger_actor"]["login"] == "ada"
    assert run["repository"]["full_name"] == "ada/hello"
    assert (await nobody.get(f"{P}/runs")).json["workflow_runs"][0] == run


async def test_jobs_steps_and_logs(yard: Yard, nobody: Person, run_id: int) -> None:
    await work(yard, 1, 2)
    found = await jobs(nobody, f"{P}/runs/{run_id}/jobs")
    assert list(found) == ["build", "after"]
    build, after = found.values()
    assert (build["status"], build["conclusion"]) == ("completed", "success")
    assert (after["status"], after["conclusion"], after["needs"]) == ("completed", "failure", ["build"])
    assert (build["labels"], build["number"], build["run_attempt"], build["run_id"]) == (["linux"], 1, 1, run_id)
    assert build["runner_name"].startswith("runner-")
    assert [(step["number"], step["name"]) for step in build["steps"]] == [(1, "Run echo hi"), (2, "Run echo ho")]
    assert (await nobody.get(f"{P}/jobs/{build['id']}")).json == build
    log = await nobody.get(f"{P}/jobs/{build['id']}/logs")
    assert log.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert log.body.decode() == "2023-11-14T22:13:20.0000000Z hello\n2023-11-14T22:13:20.0000000Z wörld\n"
    only = await jobs(nobody, f"{P}/runs/{run_id}/jobs?status=failure&status=skipped")
    assert list(only) == ["after"]
    page = await nobody.get(f"{P}/runs/{run_id}/jobs?limit=1&page=2")
    assert ([each["name"] for each in page.json["jobs"]], page.json["total_count"]) == (["after"], 2)
    run = (await nobody.get(f"{P}/runs/{run_id}")).json
    assert (run["status"], run["conclusion"]) == ("completed", "failure")
    assert run["completed_at"] > "2020"


async def test_lists_and_filters(yard: Yard, repository: Repository, ada: Person, nobody: Person, run_id: int) -> None:
    second = await create_run(yard.services, repository)
    await ada.post(f"{P}/runs/{second}/cancel")

    async def listed(query: str) -> list[int]:
        return [each["run_number"] for each in (await nobody.get(f"{P}/runs?{query}")).json["workflow_runs"]]

    assert await listed("") == [2, 1]
    assert await listed("status=cancelled") == [2]
    assert await listed("status=queued&status=completed") == [2, 1]
    assert await listed("status=in_progress") == []
    assert await listed("branch=main&event=push&actor=ada&head_sha=" + "a" * 40) == [2, 1]
    assert await listed("actor=bob") == []
    assert await listed("limit=1&page=2") == [1]
    assert await listed(f"before={second}") == [1]
    assert await listed("run_number=1&limit=1") == [1]
    assert await listed("run_number=7") == []
    first_page = await nobody.get(f"{P}/runs?limit=1")
    assert (first_page.json["total_count"], first_page.headers["X-Total-Count"]) == (2, "2")
    assert 'page=2>; rel="next"' in first_page.headers["Link"]
    assert (await nobody.get("/repos/ada/none/actions/runs?run_number=1")).status == 404
    assert [each["id"] for each in (await ada.get("/user/actions/runs")).json["workflow_runs"]] == [second, run_id]
    assert (await nobody.get("/user/actions/runs")).status == 401


async def test_cancel(yard: Yard, ada: Person, run_id: int) -> None:
    stopped = await ada.post(f"{P}/runs/{run_id}/cancel")
    assert (stopped.status, stopped.json["status"], stopped.json["conclusion"]) == (200, "completed", "cancelled")
    again = await ada.post(f"{P}/runs/{run_id}/cancel")
    assert (again.status, again.json["code"]) == (409, "run_finished")


async def test_cancel_of_a_running_job_waits_unless_forced(yard: Yard, ada: Person, run_id: int) -> None:
    runner = await yard.runner("linux")
    await runner.fetch(hold=20)
    for _ in range(2):
        asked = await ada.post(f"{P}/runs/{run_id}/cancel")
        assert (asked.status, asked.json["status"]) == (200, "in_progress")
    forced = await ada.post(f"{P}/runs/{run_id}/force-cancel")
    assert (forced.json["status"], forced.json["conclusion"]) == ("completed", "cancelled")


async def test_reruns(yard: Yard, ada: Person, run_id: int) -> None:
    refused = await ada.post(f"{P}/runs/{run_id}/rerun")
    assert (refused.status, refused.json["code"]) == (409, "run_not_finished")
    await work(yard, 1, 2)
    first = await jobs(ada, f"{P}/runs/{run_id}/jobs")
    again = await ada.post(f"{P}/runs/{run_id}/rerun-failed-jobs", {"enable_debug_logging": True})
    assert (again.status, again.json["run_attempt"], again.json["status"]) == (201, 2, "queued")
    assert again.json["previous_attempt_url"].endswith(f"/runs/{run_id}/attempts/1")
    second = await jobs(ada, f"{P}/runs/{run_id}/jobs")
    assert [job["conclusion"] for job in second.values()] == ["success", None]
    assert second["build"]["steps"] == first["build"]["steps"]
    assert second["build"]["id"] != first["build"]["id"]
    assert (await jobs(ada, f"{P}/runs/{run_id}/attempts/1/jobs")) == first
    old = (await ada.get(f"{P}/runs/{run_id}/attempts/1")).json
    assert (old["run_attempt"], old["conclusion"]) == (1, "failure")
    assert (await ada.get(f"{P}/runs/{run_id}/attempts/3")).status == 404
    await work(yard, 1)
    nothing = await ada.post(f"{P}/runs/{run_id}/rerun-failed-jobs")
    assert (nothing.status, nothing.json["code"]) == (409, "nothing_to_rerun")
    whole = await ada.post(f"{P}/runs/{run_id}/rerun")
    assert (whole.status, whole.json["run_attempt"]) == (201, 3)


async def test_rerun_of_one_job(yard: Yard, ada: Person, run_id: int) -> None:
    await work(yard, 1, 1)
    (_, after) = (await jobs(ada, f"{P}/runs/{run_id}/jobs")).values()
    again = await ada.post(f"{P}/runs/{run_id}/jobs/{after['id']}/rerun")
    assert (again.status, again.json["name"], again.json["run_attempt"]) == (201, "after", 2)
    assert again.json["id"] != after["id"]
    await work(yard, 1)
    once_more = await ada.post(f"{P}/jobs/{again.json['id']}/rerun", {})
    assert (once_more.status, once_more.json["run_attempt"]) == (201, 3)
    assert (await ada.post(f"{P}/runs/{run_id + 1}/jobs/{after['id']}/rerun")).status == 404
    assert (await ada.post(f"{P}/jobs/999/rerun")).status == 404


@pytest.mark.parametrize("action", ["cancel", "force-cancel", "rerun", "rerun-failed-jobs"])
async def test_only_those_who_may_write(bob: Person, nobody: Person, run_id: int, action: str) -> None:
    assert (await bob.post(f"{P}/runs/{run_id}/{action}")).status == 403
    assert (await nobody.post(f"{P}/runs/{run_id}/{action}")).status == 401


async def test_a_run_is_found_in_its_own_repository_only(ada: Person, run_id: int) -> None:
    await ada.post("/user/repos", {"name": "other"})
    (build, _) = (await jobs(ada, f"{P}/runs/{run_id}/jobs")).values()
    other = "/repos/ada/other/actions"
    assert (await ada.get(f"{other}/runs/{run_id}")).status == 404
    assert (await ada.get(f"{other}/runs/{run_id}/jobs")).status == 404
    assert (await ada.get(f"{other}/jobs/{build['id']}")).status == 404
    assert (await ada.get(f"{other}/jobs/{build['id']}/logs")).status == 404
    assert (await ada.get(f"{other}/runs/{run_id}/events")).status == 404
    assert (await ada.post(f"{other}/runs/{run_id}/cancel")).status == 404
    assert (await ada.post(f"{other}/jobs/{build['id']}/rerun")).status == 404


async def test_diagnostics_are_shown(yard: Yard, repository: Repository, ada: Person) -> None:
    run_id = await create_run(yard.services, repository, "on: push\njobs:\n  a: {}\n")
    run = (await ada.get(f"{P}/runs/{run_id}")).json
    assert run["conclusion"] == "failure"
    assert all({"path", "line", "column", "code", "message", "severity"} == set(each) for each in run["diagnostics"])
    assert run["diagnostics"]
    assert (await ada.get(f"{P}/runs/{run_id}/jobs")).json == {"jobs": [], "total_count": 0}


async def test_all_logs_as_a_zip_file(yard: Yard, nobody: Person, run_id: int) -> None:
    await work(yard, 1, 1)
    answer = await nobody.get(f"{P}/runs/{run_id}/logs")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/zip")
    assert 'filename="hello-run-1-attempt-1-logs.zip"' in answer.headers["Content-Disposition"]
    archive = zipfile.ZipFile(io.BytesIO(answer.body))
    assert archive.namelist() == ["1_build.txt", "2_after.txt"]
    assert archive.read("1_build.txt").decode().splitlines()[1].endswith(" wörld")
    same = await nobody.get(f"{P}/runs/{run_id}/attempts/1/logs")
    assert zipfile.ZipFile(io.BytesIO(same.body)).namelist() == archive.namelist()
    assert (await nobody.get(f"{P}/runs/99/logs")).status == 404
