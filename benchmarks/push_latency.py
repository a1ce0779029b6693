"""`git push` returns → the first line of the first step is readable over Server-Sent Events, on an idle server."""

from __future__ import annotations

import sqlite3
import statistics
import subprocess
import tempfile
from pathlib import Path
from time import perf_counter

from benchmarks.figures import Figure, spread, timed
from tests.support.server import Server, WorkingTree

ROUNDS = 30
WORKFLOW = "on: push\njobs:\n  one:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo first-line-of-the-step\n"


def measure() -> list[Figure]:
    """The figure of the push."""
    with tempfile.TemporaryDirectory() as folder:
        baseline = statistics.median(timed(lambda: _shell_and_commit(Path(folder))) for _ in range(ROUNDS))
        with Server(Path(folder, "data")) as server:
            tree = WorkingTree(Path(folder, "tree")).write({".github/workflows/one.yml": WORKFLOW})
            samples = [_push(server, tree, number) for number in range(1, ROUNDS + 4)][3:]
    median = statistics.median(samples)
    return [
        Figure(
            "`git push` returns → first log line over SSE",
            spread(samples),
            f"shell + durable commit {baseline * 1000:.1f} ms",
            f"{median / baseline:.1f} ×",
            "≤ 150 ms and ≤ 5 ×",
            median <= 0.150 and median <= 5 * baseline,
        )
    ]


def _push(server: Server, tree: WorkingTree, number: int) -> float:
    """Push a new commit; seconds from the end of `git push` until its run's line has arrived."""
    tree.commit(f"change {number}")
    pushed = tree.push(server.remote("admin/latency"))
    start = perf_counter()
    assert pushed.returncode == 0, pushed.stderr
    actions = "/repos/admin/latency/actions"
    run = server.api.get(f"{actions}/runs?run_number={number}")["workflow_runs"][0]
    job = server.api.get(f"{actions}/runs/{run['id']}/jobs")["jobs"][0]
    lines = server.api.events(f"{actions}/jobs/{job['id']}/logs/stream")
    next(event for event in lines if '"first-line-of-the-step"' in event.data)
    took = perf_counter() - start
    for _ in lines:
        pass
    return took


def _shell_and_commit(folder: Path) -> None:
    """What no server can avoid: start a shell, make one row durable."""
    subprocess.run(["bash", "-c", "echo hi"], stdout=subprocess.PIPE, check=True)
    database = sqlite3.connect(folder / "baseline.db", isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE IF NOT EXISTS line (content TEXT)")
    database.execute("INSERT INTO line VALUES ('hi')")
    database.close()
