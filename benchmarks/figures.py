"""What a benchmark reports: figures with a baseline measured in the same run."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter


@dataclass(frozen=True)
class Figure:
    """One measured figure. `baseline` is what `ratio` compares with; `target` is the bar, `met` whether it holds."""

    name: str
    measured: str
    baseline: str
    ratio: str
    target: str
    met: bool

    def row(self) -> str:
        """A line of the results table."""
        verdict = "yes" if self.met else "**no**"
        return f"| {self.name} | {self.measured} | {self.baseline} | {self.ratio} | {self.target} | {verdict} |"


def median_seconds(function: Callable[[], object], rounds: int) -> float:
    """The median wall time of `rounds` calls, after one unmeasured call."""
    function()
    return statistics.median(timed(function) for _ in range(rounds))


def timed(function: Callable[[], object]) -> float:
    """The wall time of one call, seconds."""
    start = perf_counter()
    function()
    return perf_counter() - start


def spread(samples: Sequence[float]) -> str:
    """Median and range of times, in milliseconds."""
    low, high = min(samples) * 1000, max(samples) * 1000
    return f"{statistics.median(samples) * 1000:.1f} ms ({low:.1f}–{high:.1f})"


def machine() -> str:
    """The machine in one line, without its name."""
    model = next(
        (line.split(":")[1].strip() for line in _cpuinfo() if line.startswith("model name")), platform.machine()
    )
    return f"{os.cpu_count()} cores ({model}), Linux, CPython {platform.python_version()}"


def _cpuinfo() -> list[str]:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:  # noqa: PTH123
            return file.readlines()
    except OSError:
        return []
