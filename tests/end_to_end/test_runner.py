"""A runner of one's own: registered and started by the commands, beside a server that has none."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.server import Server, WorkingTree, clean_environment, finished, job_log, runyard

WORKFLOW = 'on: push\njobs:\n  one:\n    runs-on: [self-hosted, gpu]\n    steps:\n      - run: echo "on $RUNNER_NAME"\n'
REPOSITORY = "admin/own-runner"


def register(server: Server, state: Path, *options: str) -> None:
    done = runyard(
        *("runner", "register", "--server", server.address, "--token", server.token, "--state", str(state)),
        *("--name", "builder-7", "--labels", "self-hosted:host,GPU:host", *options),
    )
    assert done.returncode == 0, done.stderr
    assert "Registered runner 'builder-7'" in done.stdout
    assert state.stat().st_mode & 0o777 == 0o600
    assert json.loads(state.read_text())["labels"] == ["self-hosted:host", "GPU:host"]


def start(state: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "runyard", "runner", "start", "--state", state], env=clean_environment()
    )


def test_waiting_job_is_taken_by_a_new_runner(tmp_path: Path, tree: WorkingTree) -> None:
    state = tmp_path / ".runner"
    with Server(tmp_path / "data", "--no-runner") as server:
        tree.write({".github/workflows/one.yml": WORKFLOW}).commit()
        assert tree.push(server.remote(REPOSITORY)).returncode == 0
        register(server, state)
        with start(state) as runner:
            run = finished(server.api, REPOSITORY, 1)
            runner.send_signal(signal.SIGTERM)
            assert runner.wait() == 0
        assert run["conclusion"] == "success"
        job = server.api.get(f"/repos/{REPOSITORY}/actions/runs/{run['id']}/jobs")["jobs"][0]
        assert job["runner_name"] == "builder-7"
        assert "on builder-7" in job_log(server.api, REPOSITORY, job["id"])


def test_ephemeral_runner_ends_after_one_job(tmp_path: Path, tree: WorkingTree) -> None:
    state = tmp_path / ".runner"
    with Server(tmp_path / "data", "--no-runner") as server:
        register(server, state, "--ephemeral")
        tree.write({".github/workflows/one.yml": WORKFLOW}).commit()
        assert tree.push(server.remote(REPOSITORY)).returncode == 0
        with start(state) as runner:
            assert runner.wait() == 0
        assert finished(server.api, REPOSITORY, 1)["conclusion"] == "success"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(None, "Register the runner first"), ("{", "is damaged"), ('{"id": 1}', "is damaged")],
)
def test_bad_state_file_is_a_sentence(tmp_path: Path, content: str | None, sentence: str) -> None:
    state = tmp_path / ".runner"
    if content is not None:
        state.write_text(content)
    done = runyard("runner", "start", "--state", str(state))
    assert done.returncode == 1
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_wrong_registration_token(server: Server, tmp_path: Path) -> None:
    done = runyard(
        *("runner", "register", "--server", server.address, "--registration-token", "wrong"),
        *("--state", str(tmp_path / ".runner")),
    )
    assert done.returncode == 1
    assert "registration token not found" in done.stderr
    assert not (tmp_path / ".runner").exists()
