"""`runyard run` of a one-step workflow: the whole process."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.figures import Figure, median_seconds
from tests.support.server import WorkingTree, clean_environment

ROUNDS = 15
WORKFLOW = "on: push\njobs:\n  one:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo hi\n"


def measure() -> list[Figure]:
    """The figure of the local run."""
    with tempfile.TemporaryDirectory() as folder:
        tree = WorkingTree(Path(folder)).write({".github/workflows/one.yml": WORKFLOW})
        tree.commit()
        command = str(Path(sys.executable).with_name("runyard"))
        run = median_seconds(lambda: _quiet(command, "run", cwd=tree.path), ROUNDS)
        baseline = median_seconds(_python_and_shell, ROUNDS)
    return [
        Figure(
            "`runyard run` of a one-step workflow",
            f"{run * 1000:.0f} ms",
            f"`python -c pass` + shell {baseline * 1000:.0f} ms",
            f"{run / baseline:.1f} ×",
            "≤ 600 ms and ≤ 4 ×",
            run <= 0.6 and run <= 4 * baseline,
        )
    ]


def _python_and_shell() -> None:
    _quiet(sys.executable, "-c", "pass")
    _quiet("bash", "-c", "echo hi")


def _quiet(*command: str, cwd: Path | None = None) -> None:
    subprocess.run(command, cwd=cwd, env=clean_environment(), capture_output=True, check=True)
