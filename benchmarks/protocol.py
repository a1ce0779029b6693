"""The runner protocol alone: a real server process on durable SQLite, and runners that only speak.

One task = FetchTask, two UpdateTask, two UpdateLog of 20 rows. Baseline, in the same run: bare Ping calls.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import uvloop

from benchmarks.figures import Figure, machine
from benchmarks.protocol_load import Load, connect, ping
from runyard.services.context import Services
from runyard.services.lifecycle import close_services, open_services
from runyard.services.register import create_runner
from runyard.services.settings import Settings
from tests.support.fleet import create_repository, create_run

RUNNERS = 50
TASKS = 4000
PINGS = 400
CALLS_PER_TASK = 5
TARGET = 500
SERVER = """
import sys, asyncio
from pathlib import Path
import uvloop
from runyard.server.serve import listen, serve_on
from runyard.services.lifecycle import close_services, open_services
from runyard.services.settings import Settings

async def main():
    settings = Settings(data=Path(sys.argv[1]), port=0)
    with listen(settings) as listener:
        services = open_services(settings)
        try:
            await serve_on(listener, services, ready=lambda: print(listener.getsockname()[1], flush=True))
        finally:
            await close_services(services)

with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
    runner.run(main())
"""


def workflow(jobs: int) -> str:
    """A workflow with one matrix of so many one-step jobs."""
    numbers = ", ".join(map(str, range(jobs)))
    return (
        "on: push\njobs:\n  build:\n    runs-on: linux\n    strategy:\n      matrix:\n"
        f"        n: [{numbers}]\n    steps:\n      - run: make\n"
    )


async def prepare(services: Services, tasks: int, jobs_per_run: int, runners: int) -> list[tuple[str, str]]:
    """Runs that wait, and registered runners: their uuids and secrets."""
    repository = await create_repository(services)
    source = workflow(jobs_per_run)
    for start in range(0, tasks // jobs_per_run, 50):
        count = min(50, tasks // jobs_per_run - start)
        await asyncio.gather(*(create_run(services, repository, source) for _ in range(count)))
    made = [await create_runner(services, name=f"r{number}", labels=["linux"]) for number in range(runners)]
    await close_services(services)
    return [(row.uuid, secret) for row, secret in made]


@contextlib.contextmanager
def server(data: Path) -> Iterator[int]:
    """A server process; its port."""
    with subprocess.Popen([sys.executable, "-c", SERVER, data], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.send_signal(signal.SIGINT)


async def drive(port: int, identities: list[tuple[str, str]], tasks: int) -> tuple[Load, float, float]:
    """The load, the seconds it took, and bare pings per second."""
    strangers = [await connect("127.0.0.1", port) for _ in identities]
    start = perf_counter()
    await asyncio.gather(*(ping(stranger, PINGS) for stranger in strangers))
    pings = PINGS * len(strangers) / (perf_counter() - start)
    runners = [await connect("127.0.0.1", port, *identity) for identity in identities]
    load = Load(tasks)
    start = perf_counter()
    await asyncio.gather(*(load.work(runner) for runner in runners))
    return load, perf_counter() - start, pings


def run(tasks: int = TASKS, runners: int = RUNNERS, jobs_per_run: int = 1) -> tuple[Load, float, float]:
    """One measurement in a fresh data folder."""
    with tempfile.TemporaryDirectory() as folder:
        services_settings = Settings(data=Path(folder), port=0)

        async def fill() -> list[tuple[str, str]]:
            return await prepare(open_services(services_settings), tasks, jobs_per_run, runners)

        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop:
            identities = loop.run(fill())
        with server(Path(folder)) as port, asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop:
            return loop.run(drive(port, identities, tasks))


def measure() -> list[Figure]:
    """The figure of the protocol."""
    load, seconds, pings = run()
    rate = load.tasks / seconds
    calls = rate * CALLS_PER_TASK
    return [
        Figure(
            f"runner protocol, {RUNNERS} runners, one-job runs, durable SQLite",
            f"{rate:.0f} tasks/s ({calls:.0f} calls/s)",
            f"bare Ping {pings:.0f} calls/s",
            f"{calls / pings:.2f} ×",
            f"≥ {TARGET} tasks/s",
            rate >= TARGET,
        )
    ]


def main() -> None:
    """Print one measurement."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--tasks", type=int, default=TASKS)
    options.add_argument("--runners", type=int, default=RUNNERS)
    options.add_argument("--jobs-per-run", type=int, default=1)
    chosen = options.parse_args()
    load, seconds, pings = run(chosen.tasks, chosen.runners, chosen.jobs_per_run)
    rate = load.tasks / seconds
    slowest = statistics.quantiles(load.latencies, n=100)
    print(machine())
    print(f"{load.tasks} tasks in {seconds:.2f} s: {rate:.0f} tasks/s, {rate * CALLS_PER_TASK:.0f} calls/s")
    print(
        f"call latency p50 {slowest[49] * 1000:.1f} ms, p99 {slowest[98] * 1000:.1f} ms; bare Ping {pings:.0f} calls/s"
    )


if __name__ == "__main__":
    main()
