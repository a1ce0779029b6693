"""Simulated worlds per second of two cores. Baseline, in the same run: one core."""

from __future__ import annotations

from multiprocessing import get_context
from time import perf_counter

from benchmarks.figures import Figure
from tests.simulation.many import chunks, play

PROCESSES = 2
WARMING = 200
SEEDS = 400
TARGET = 100


def measure() -> list[Figure]:
    """The figure of the simulation."""
    alone, _ = _pace(1)
    pace, events = _pace(PROCESSES)
    return [
        Figure(
            f"simulated worlds, {PROCESSES} cores",
            f"{pace:.0f} seeds/s of {events:.0f} events each",
            f"1 core {alone:.0f} seeds/s",
            f"{pace / alone:.2f} ×",
            f"≥ {TARGET} seeds/s",
            pace >= TARGET,
        )
    ]


def _pace(processes: int) -> tuple[float, float]:
    """Seeds per second, and events of each."""
    count = SEEDS * processes // PROCESSES
    with get_context("spawn").Pool(processes) as pool:
        pool.map(play, chunks(0, WARMING), chunksize=1)
        started = perf_counter()
        results = pool.map(play, chunks(0, count), chunksize=1)
        took = perf_counter() - started
    if any(failed for _, _, failed in results):
        raise RuntimeError("a seed failed: run python -m tests.simulation")
    return count / took, sum(events for _, events, _ in results) / count
