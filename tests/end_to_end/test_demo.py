"""`make demo`'s script, to its end."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.support.server import clean_environment

SCRIPT = Path(__file__).parents[2] / "scripts" / "demo.py"


def test_demo_shows_a_run_and_ends_with_success() -> None:
    done = subprocess.run(
        [sys.executable, SCRIPT, "--exit"], env=clean_environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Hello from admin/hello" in done.stdout
    assert "Count to 8" in done.stdout
    assert "run success" in done.stdout
    assert "/admin/hello/actions/runs/1" in done.stdout
