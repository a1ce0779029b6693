"""A push with the real git client starts runs, and the embedded runner executes them."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.support.server import Server, WorkingTree, finished, job_log

EXAMPLES = Path(__file__).parents[2] / "examples"


def push_example(server: Server, tree: WorkingTree, name: str, repository: str = "") -> str:
    shutil.copytree(EXAMPLES / name, tree.path, dirs_exist_ok=True)
    tree.commit(f"Try {name}")
    repository = repository or f"admin/{name}"
    pushed = tree.push(server.remote(repository))
    assert pushed.returncode == 0, pushed.stderr
    return repository


def jobs_of(server: Server, repository: str, run: dict[str, object]) -> dict[str, dict[str, object]]:
    listing = server.api.get(f"/repos/{repository}/actions/runs/{run['id']}/jobs?limit=50")["jobs"]
    return {job["name"]: job for job in listing}


def test_hello(server: Server, tree: WorkingTree) -> None:
    repository = push_example(server, tree, "hello")
    run = finished(server.api, repository, 1)
    assert (run["status"], run["conclusion"]) == ("completed", "success")
    jobs = jobs_of(server, repository, run)
    assert list(jobs) == ["Greet", "Count to 3", "Count to 5", "Count to 8", "Report"]
    assert {job["conclusion"] for job in jobs.values()} == {"success"}
    greeting = job_log(server.api, repository, jobs["Greet"]["id"])
    assert f"Hello from admin/hello at {str(run['head_sha'])[:7]}" in greeting
    assert "This file came through actions/checkout." in greeting
    assert "runyard 8" in job_log(server.api, repository, jobs["Count to 8"]["id"])


def test_failing(server: Server, tree: WorkingTree) -> None:
    repository = push_example(server, tree, "failing")
    run = finished(server.api, repository, 1)
    assert run["conclusion"] == "failure"
    jobs = jobs_of(server, repository, run)
    assert {name: job["conclusion"] for name, job in jobs.items()} == {
        "build": "failure",
        "deploy": "skipped",
        "notify": "success",
    }
    steps = {step["name"]: step["conclusion"] for step in jobs["build"]["steps"]}  # type: ignore[attr-defined]
    assert steps["Tolerated"] == "success"
    assert steps["Fails"] == "failure"
    assert steps["Never runs"] == "skipped"
    assert steps["Cleans up"] == "success"
    assert "build ended as failure" in job_log(server.api, repository, jobs["notify"]["id"])


def test_python_project(server: Server, tree: WorkingTree) -> None:
    repository = push_example(server, tree, "python-project")
    run = finished(server.api, repository, 1)
    assert run["conclusion"] == "success"


def test_second_push_starts_a_second_run_and_clone_brings_it_back(
    server: Server, tree: WorkingTree, tmp_path: Path
) -> None:
    repository = push_example(server, tree, "hello", "admin/twice")
    tree.write({"more.txt": "more"}).commit("Say more")
    before = server.api.get(f"/repos/{repository}/actions/runs")["total_count"]
    assert tree.push(server.remote(repository), "+HEAD:main").returncode == 0
    after = server.api.get(f"/repos/{repository}/actions/runs")
    assert after["total_count"] == before + 1
    assert after["workflow_runs"][0]["display_title"] == "Say more"
    clone = tmp_path / "clone"
    tree.git("clone", "-q", server.remote(repository), str(clone))
    assert (clone / "more.txt").read_text() == "more"
    finished(server.api, repository, after["workflow_runs"][0]["run_number"])
