"""Concurrency groups between pushes, and a job that is given out again after its runner was killed."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

from tests.end_to_end.test_crash import REPOSITORY, start
from tests.support.server import Server, WorkingTree, finished, follow, job_log


def grouped(gate: Path, group: str) -> str:
    """A job in a group, which waits until the test opens the gate (a named pipe)."""
    return f"""on: push
concurrency: {group}
jobs:
  deploy:
    runs-on: ubuntu-latest
    steps:
      - run: read -r word < "{gate}"
"""


def runs_of(server: Server) -> dict[int, dict[str, Any]]:
    found = server.api.get(f"/repos/{REPOSITORY}/actions/runs")["workflow_runs"]
    return {run["run_number"]: run for run in found}


def job_of(server: Server, number: int) -> dict[str, Any]:
    run = runs_of(server)[number]
    job: dict[str, Any] = server.api.get(f"/repos/{REPOSITORY}/actions/runs/{run['id']}/jobs")["jobs"][0]
    return job


def until_running(server: Server, number: int) -> None:
    for event in follow(server.api, REPOSITORY, number):
        if event["type"] == "step_changed":
            return


def push(server: Server, tree: WorkingTree, files: dict[str, str]) -> None:
    tree.write(files).commit()
    assert tree.push(server.remote(REPOSITORY)).returncode == 0


def test_a_second_push_cancels_the_first(tmp_path: Path, tree: WorkingTree) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    workflow = grouped(gate, "{group: '${{ github.ref }}', cancel-in-progress: true}")
    with Server(tmp_path / "data") as server:
        push(server, tree, {".github/workflows/deploy.yml": workflow})
        until_running(server, 1)
        push(server, tree, {"more.txt": "more"})
        first = finished(server.api, REPOSITORY, 1)
        assert first["conclusion"] == "cancelled"
        cause = "cancelled by run 2: it came with cancel-in-progress in the concurrency group 'refs/heads/main'"
        assert job_of(server, 1)["cause"] == cause
        until_running(server, 2)
        gate.write_text("open\n")
        assert finished(server.api, REPOSITORY, 2)["conclusion"] == "success"


def test_pushes_wait_for_each_other_in_order(tmp_path: Path, tree: WorkingTree) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    with Server(tmp_path / "data") as server:
        push(server, tree, {".github/workflows/deploy.yml": grouped(gate, "{group: prod, queue: max}")})
        for number in (2, 3):
            push(server, tree, {"more.txt": str(number)})
        until_running(server, 1)
        waiting = job_of(server, 3)
        assert waiting["waiting_reason"] == {
            "code": "concurrency",
            "message": "Waiting for the concurrency group 'prod', which run 1 holds",
            "jobs": [],
        }
        for number in (1, 2, 3):
            until_running(server, number)
            assert [runs_of(server)[later]["status"] for later in range(number + 1, 4)] == ["pending"] * (3 - number)
            gate.write_text("open\n")
            assert finished(server.api, REPOSITORY, number)["conclusion"] == "success"


def test_a_killed_runner_has_its_job_given_out_again(tmp_path: Path, tree: WorkingTree) -> None:
    gate = tmp_path / "gate"
    limits = ("--lease", "4", "--set", "retry_times=1", "--set", "retry_seconds=0.2")
    with Server(tmp_path / "data", *limits) as server:
        job = start(server, tree, gate)
        os.kill(server.runner_pid(), signal.SIGKILL)
        for event in follow(server.api, REPOSITORY, 1):
            if event["type"] == "task_created" and event["task"] == 2:
                break
        gate.write_text("again\n")
        run = finished(server.api, REPOSITORY, 1)
        assert (run["conclusion"], run["run_attempt"]) == ("success", 1)
        assert "the gate said again" in job_log(server.api, REPOSITORY, job["id"])
