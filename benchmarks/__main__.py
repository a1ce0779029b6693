"""`make bench`: measure everything and write RESULTS.md. `python -m benchmarks NAME…` measures some and only prints."""

from __future__ import annotations

import importlib
import sys
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.figures import Figure, machine

NAMES = (
    "push_latency",
    "job_throughput",
    "protocol",
    "local_run",
    "memory",
    "language",
    "planning",
    "simulation",
    "store_claims",
    "store_life",
    "store_lists",
    "store_events",
    "store_watchers",
)
HEAD = "| what | measured | baseline, same run | ratio | target | met |\n|---|---|---|---|---|---|\n"


def main(names: list[str]) -> None:
    """Measure the named benchmarks, or all."""
    figures: list[Figure] = []
    for name in names or NAMES:
        print(f"{name} …", file=sys.stderr, flush=True)
        figures += importlib.import_module(f"benchmarks.{name}").measure()
    table = HEAD + "\n".join(figure.row() for figure in figures) + "\n"
    print(table)
    if not names:
        text = f"# Results\n\n`make bench`, {datetime.now(UTC):%Y-%m-%d}, {machine()}.\n\n{table}"
        Path(__file__).with_name("RESULTS.md").write_text(text)


if __name__ == "__main__":
    main(sys.argv[1:])
