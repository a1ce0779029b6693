"""kill -9 of the server and of the runner in the middle of a run."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.support.server import Server, WorkingTree, clean_environment, finished, follow, job_log

REPOSITORY = "admin/crash"


def waiting_workflow(gate: Path) -> str:
    """A step that counts to 100 and then waits until the test opens the gate (a named pipe)."""
    return f"""on: push
jobs:
  long:
    runs-on: ubuntu-latest
    steps:
      - run: |
          for number in $(seq 100); do echo "line $number"; done
          read -r word < "{gate}"
          echo "the gate said $word"
  after:
    needs: long
    runs-on: ubuntu-latest
    steps:
      - run: echo "after"
"""


def start(server: Server, tree: WorkingTree, gate: Path) -> dict[str, Any]:
    """Push, wait until line 100 is readable, return the job."""
    os.mkfifo(gate)
    tree.write({".github/workflows/long.yml": waiting_workflow(gate)}).commit()
    assert tree.push(server.remote(REPOSITORY)).returncode == 0
    run = server.api.get(f"/repos/{REPOSITORY}/actions/runs")["workflow_runs"][0]
    job: dict[str, Any] = server.api.get(f"/repos/{REPOSITORY}/actions/runs/{run['id']}/jobs")["jobs"][0]
    for message in server.api.events(f"/repos/{REPOSITORY}/actions/jobs/{job['id']}/logs/stream"):
        if any(line["text"] == "line 100" for line in json.loads(message.data)):
            break
    return job


def test_killed_server_loses_nothing(tmp_path: Path, tree: WorkingTree) -> None:
    gate = tmp_path / "gate"
    with Server(tmp_path / "data") as server:
        job = start(server, tree, gate)
        environment = clean_environment() | {"RUNYARD_SERVER": server.address, "RUNYARD_TOKEN": server.token}
        command = [sys.executable, "-m", "runyard", "watch", "1", "--logs", "-R", REPOSITORY]
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as watch:
            assert watch.stdout is not None
            seen = list(itertools.takewhile(lambda line: "line 100" not in line, watch.stdout))
            server.kill()
            gate.write_text("open\n")
            server.start()
            seen += watch.stdout
            assert watch.wait() == 0
        assert sum("│ line 7\n" in line for line in seen) == 1
        assert sum("│ the gate said open" in line for line in seen) == 1
        run = finished(server.api, REPOSITORY, 1)
        assert run["conclusion"] == "success", run
        lines = [line.partition(" ")[2] for line in job_log(server.api, REPOSITORY, job["id"]).splitlines()]
        expected = [*(f"line {number}" for number in range(1, 101)), "the gate said open"]
        assert [line for line in lines if line in expected] == expected


def test_killed_runner_ends_the_job_with_its_cause(tmp_path: Path, tree: WorkingTree) -> None:
    gate = tmp_path / "gate"
    with Server(tmp_path / "data", "--lease", "5") as server:
        job = start(server, tree, gate)
        os.kill(server.runner_pid(), signal.SIGKILL)
        run = finished(server.api, REPOSITORY, 1)
        assert run["conclusion"] == "failure"
        shown = server.api.get(f"/repos/{REPOSITORY}/actions/jobs/{job['id']}")
        assert "lost contact with runner" in shown["cause"]
        assert "line 100" in job_log(server.api, REPOSITORY, job["id"])
        assert server.api.post(f"/repos/{REPOSITORY}/actions/runs/{run['id']}/rerun")["run_attempt"] == 2
        gate.write_text("again\n")
        run = finished(server.api, REPOSITORY, 1)
        assert run["conclusion"] == "success", run


MATRIX = f"""on: push
jobs:
  many:
    runs-on: ubuntu-latest
    strategy:
      matrix:
        number: {list(range(20))}
    steps:
      - run: for number in $(seq 20); do echo "line $number"; done
      - run: echo "last line"
  after:
    needs: many
    runs-on: ubuntu-latest
    steps:
      - run: echo "after"
"""


def test_server_killed_again_and_again_in_the_middle_of_many_jobs(tmp_path: Path, tree: WorkingTree) -> None:
    with Server(tmp_path / "data", "--runner-capacity", "3") as server:
        tree.write({".github/workflows/many.yml": MATRIX}).commit()
        assert tree.push(server.remote(REPOSITORY)).returncode == 0
        for share in (5, 10, 15):
            steps = (event for event in follow(server.api, REPOSITORY, 1) if event["type"] == "step_changed")
            for _ in itertools.islice(steps, share * 4):
                pass
            server.kill()
            server.start()
        assert finished(server.api, REPOSITORY, 1)["conclusion"] == "success"
        run = server.api.get(f"/repos/{REPOSITORY}/actions/runs?run_number=1")["workflow_runs"][0]
        jobs = server.api.get(f"/repos/{REPOSITORY}/actions/runs/{run['id']}/jobs?limit=50")["jobs"]
        expected = [*(f"line {number}" for number in range(1, 21)), "last line"]
        for job in jobs[:20]:
            lines = [line.partition(" ")[2] for line in job_log(server.api, REPOSITORY, job["id"]).splitlines()]
            assert [line for line in lines if line in expected] == expected, job["name"]
