"""Resident memory of a server and its idle embedded runner."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.figures import Figure
from tests.support.server import Server, WorkingTree, finished

WORKFLOW = "on: push\njobs:\n  one:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo hi\n"


def measure() -> list[Figure]:
    """The figure of the memory, after one run has gone through both processes."""
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder, "data")) as server:
        tree = WorkingTree(Path(folder, "tree")).write({".github/workflows/one.yml": WORKFLOW})
        tree.commit()
        tree.push(server.remote("admin/memory"))
        finished(server.api, "admin/memory", 1)
        of_server, of_runner = _resident(server.pid), _resident(server.runner_pid())
    total = of_server + of_runner
    return [
        Figure(
            "resident memory, server + idle runner",
            f"{total:.0f} MiB",
            f"server {of_server:.0f}, runner {of_runner:.0f} MiB",
            f"{total / 150:.0%}",
            "≤ 150 MiB",
            total <= 150,
        )
    ]


def _resident(pid: int) -> float:
    """MiB resident of a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS"))
