"""A job that keeps a checkpoint goes on from it after its runner was killed."""

from __future__ import annotations

import contextlib
import json
import os
import signal
from pathlib import Path
from typing import Any

from tests.support.server import Server, WorkingTree, finished, follow, job_log

REPOSITORY = "admin/checkpoint"


def checkpointing_workflow(gate: Path) -> str:
    """A step that saves where it is and then, when it did not find itself there, waits at a named pipe."""
    return f"""on: push
jobs:
  work:
    runs-on: ubuntu-latest
    steps:
      - run: |
          call() {{ curl -fsS -H "Authorization: Bearer $RUNYARD_ACTIONS_TOKEN" "$@"; }}
          found=$(call "$RUNYARD_ACTIONS_URL/state")
          echo "found '$found'"
          if [ -z "$found" ]; then
            call -X PUT --data-binary "half" "$RUNYARD_ACTIONS_URL/state"
            call --json '{{"name": "train", "title": "Train"}}' "$RUNYARD_ACTIONS_URL/actions" > /dev/null
            call -X PATCH --json '{{"phase": "running"}}' "$RUNYARD_ACTIONS_URL/actions/train" > /dev/null
            echo "saved"
            read -r word < "{gate}"
          fi
          echo "done"
"""


def test_a_job_goes_on_from_its_checkpoint(tmp_path: Path, tree: WorkingTree) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    with Server(tmp_path / "data", "--lease", "4") as server:
        tree.write({".github/workflows/work.yml": checkpointing_workflow(gate)}).commit()
        assert tree.push(server.remote(REPOSITORY)).returncode == 0
        run = server.api.get(f"/repos/{REPOSITORY}/actions/runs")["workflow_runs"][0]
        jobs = f"/repos/{REPOSITORY}/actions/runs/{run['id']}/jobs"
        job = server.api.get(jobs)["jobs"][0]
        for message in server.api.events(f"/repos/{REPOSITORY}/actions/jobs/{job['id']}/logs/stream"):
            if any(line["text"] == "saved" for line in json.loads(message.data)):
                break
        assert "found ''" in job_log(server.api, REPOSITORY, job["id"])
        os.kill(server.runner_pid(), signal.SIGKILL)
        ended = finished(server.api, REPOSITORY, 1)
        if ended["conclusion"] == "failure":
            server.api.post(f"/repos/{REPOSITORY}/actions/runs/{run['id']}/rerun")
            ended = finished(server.api, REPOSITORY, 1)
        assert ended["conclusion"] == "success"
        latest = server.api.get(jobs)["jobs"][0]
        assert "found 'half'" in job_log(server.api, REPOSITORY, latest["id"])
        changes: list[dict[str, Any]] = [
            event for event in follow(server.api, REPOSITORY, 1) if event["type"] == "action_changed"
        ]
        assert [(each["name"], each["change"]["phase"]) for each in changes] == [("t1-j1.train", 1), ("t1-j1.train", 4)]
        with contextlib.suppress(OSError):
            os.close(os.open(gate, os.O_WRONLY | os.O_NONBLOCK))
