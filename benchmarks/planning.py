"""Planning a run of a 256-job matrix that a last job waits for, and emitting its first events.

Baseline, in the same run: folding these events. Every round has a file that was never seen before.
"""

from __future__ import annotations

import itertools
import statistics
from time import perf_counter

from benchmarks.figures import Figure, spread
from runyard.kernel import CreateRun, decide
from runyard.kernel.evolve import fold

JOBS = 256
ROUNDS = 7
MILLISECONDS = 150
SOURCE = f"""on: push
jobs:
  part:
    runs-on: linux
    strategy:
      matrix:
        system: {list(range(16))}
        version: {list(range(JOBS // 16))}
    steps:
      - run: make ${{{{ matrix.system }}}} ${{{{ matrix.version }}}}
  together:
    needs: part
    runs-on: linux
    steps:
      - run: make all
"""


def measure() -> list[Figure]:
    """The figure of the plan."""
    numbers = itertools.count()
    planned, folded = [], []
    for _ in range(ROUNDS):
        command = CreateRun(
            at=1000, repository_id=1, number=1, workflow=".github/workflows/ci.yml",
            source=f"{SOURCE}# {next(numbers)}\n", title="a change", event="push", ref="refs/heads/main",
            sha="a" * 40, actor="ada", github={"event": {"ref": "refs/heads/main"}},
        )  # fmt: skip
        started = perf_counter()
        events = decide(None, command)
        planned.append(perf_counter() - started)
        started = perf_counter()
        assert len(fold(events).attempt.jobs) == JOBS + 1
        folded.append(perf_counter() - started)
    middle, fold_ = statistics.median(planned), statistics.median(folded)
    return [
        Figure(
            f"planning and emitting a run of {JOBS} matrix jobs with a fan-in",
            spread(planned),
            f"folding its events {fold_ * 1000:.1f} ms",
            f"{middle / fold_:.1f} ×",
            f"≤ {MILLISECONDS} ms",
            middle * 1000 <= MILLISECONDS,
        )
    ]
