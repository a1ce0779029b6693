"""200 one-step jobs on one runner of capacity 4, end to end: from the push to the end of the run."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from time import perf_counter

from benchmarks.figures import Figure
from tests.support.server import Server, WorkingTree, finished

JOBS = 200
WORKFLOW = f"""on: push
jobs:
  many:
    runs-on: ubuntu-latest
    strategy:
      matrix:
        number: {list(range(JOBS))}
    steps:
      - run: echo "job ${{{{ matrix.number }}}}"
"""


def measure() -> list[Figure]:
    """The figure of the jobs."""
    with tempfile.TemporaryDirectory() as folder:
        with Server(Path(folder, "data"), "--runner-capacity", "4") as server:
            tree = WorkingTree(Path(folder, "tree")).write({".github/workflows/many.yml": WORKFLOW})
            rates = [_run(server, tree, number) for number in range(1, 4)]
        shells = max(_plain_loop(Path(folder)) for _ in range(3))
    rate = sorted(rates)[1]
    return [
        Figure(
            f"{JOBS} one-step jobs, one runner of capacity 4",
            f"{rate:.0f} jobs/s ({min(rates):.0f}–{max(rates):.0f})",
            f"plain Python loop {shells:.0f} shells/s",
            f"{rate / shells:.0%}",
            "≥ 20 jobs/s and ≥ 60 %",
            rate >= 20 and rate >= 0.6 * shells,
        )
    ]


def _run(server: Server, tree: WorkingTree, number: int) -> float:
    """Jobs per second of one run, from just before the push until its end is known."""
    tree.commit(f"change {number}")
    start = perf_counter()
    pushed = tree.push(server.remote("admin/throughput"))
    assert pushed.returncode == 0, pushed.stderr
    run = finished(server.api, "admin/throughput", number)
    assert run["conclusion"] == "success", run
    return JOBS / (perf_counter() - start)


def _plain_loop(folder: Path) -> float:
    """Shells per second of a loop that writes each script, starts it as a runner does, and reads its output."""
    start = perf_counter()
    for number in range(JOBS):
        script = folder / f"{number}.sh"
        script.write_text(f'echo "job {number}"\n')
        done = subprocess.run(["bash", "-e", script], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True)
        assert done.stdout
    return JOBS / (perf_counter() - start)
