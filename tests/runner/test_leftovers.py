"""What a killed runner leaves behind is cleared by the next one."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

from runyard.runner.agent.leftovers import clear_leftovers


def test_processes_are_killed_and_folders_removed(tmp_path: Path) -> None:
    job = tmp_path / "0123456789abcdef"
    job.mkdir()
    (tmp_path / "_tool").mkdir()
    (tmp_path / "_spool").mkdir()
    (job / "file").write_text("x")
    left = subprocess.Popen(["sleep", "600"], env={**os.environ, "RUNNER_TEMP": f"{job}/_temp"}, start_new_session=True)
    other = subprocess.Popen(["sleep", "600"], env={**os.environ, "RUNNER_TEMP": f"{tmp_path}-other/x/_temp"})
    try:
        assert clear_leftovers(tmp_path) == 1
        assert left.wait() == -signal.SIGKILL
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()
    assert [folder.name for folder in tmp_path.iterdir()] == ["_tool"]


def test_nothing_to_clear(tmp_path: Path) -> None:
    assert clear_leftovers(tmp_path / "not there") == 0
