"""A data folder with runs in every state, to look at in a browser.

`python -m tests.support.pages FOLDER [PORT]` fills an empty folder, serves it and prints the administrator's token.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from runyard.kernel import CancelRun, Diagnostic, Status
from runyard.server.serve import listen, serve_on
from runyard.services.lifecycle import close_services, open_services
from runyard.services.settings import Settings
from runyard.store.actions import ActionPhase
from tests.support.world import MovedClock, World

if TYPE_CHECKING:
    from runyard.store.repositories import Repository

MINUTE = 60_000
HOUR = 60 * MINUTE
MATRIX = """\
name: CI
on: [push, workflow_dispatch]
jobs:
  lint:
    name: Lint
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - name: Check the style
        run: ruff check
  test:
    needs: lint
    runs-on: ubuntu-latest
    strategy:
      fail-fast: false
      matrix:
        python: ["3.11", "3.12", "3.13"]
    steps:
      - uses: actions/checkout@v4
      - name: Install
        run: pip install -e .
      - name: Test
        run: pytest
      - name: Upload coverage
        run: ./upload
  build:
    name: Build the wheel
    needs: lint
    runs-on: ubuntu-latest
    steps:
      - run: python -m build
  docs:
    name: Documentation
    runs-on: ubuntu-latest
    steps:
      - run: mkdocs build
  publish:
    name: Publish
    needs: [test, build, docs]
    runs-on: [self-hosted, production]
    steps:
      - run: twine upload dist/*
"""
SET_UP_LOG = ("Requested labels: ubuntu-latest", "Runner yard-1")
LINT_LOG = (
    "##[group]Run ruff check",
    "ruff check",
    "shell: bash -e {0}",
    "##[endgroup]",
    "\x1b[1;32mAll checks passed!\x1b[0m",
)
TEST_LOG = (
    "##[group]Run pytest",
    "pytest",
    "shell: bash -e {0}",
    "##[endgroup]",
    "\x1b[1m============================= test session starts ==============================\x1b[0m",
    "platform linux -- Python 3.12.4, pytest-9.2.0",
    "collected 214 items",
    "",
    "tests/test_cart.py \x1b[32m.\x1b[0m\x1b[32m.\x1b[0m\x1b[31mF\x1b[0m\x1b[32m.......................\x1b[0m [ 20%]",
    "tests/test_money.py \x1b[32m......................................\x1b[0m [ 45%]",
    "\x1b[31m\x1b[1m___________________________ test_rounding ___________________________\x1b[0m",
    "    def test_rounding():",
    ">       assert total(\x1b[33m'0.1'\x1b[0m, \x1b[33m'0.2'\x1b[0m) == Decimal(\x1b[33m'0.3'\x1b[0m)",
    "\x1b[31mE       AssertionError: assert Decimal('0.30000001') == Decimal('0.3')\x1b[0m",
    "See https://docs.python.org/3/library/decimal.html for more.",
    "##[warning]2 tests are slower than a second",
    "\x1b[31m=================== \x1b[1m1 failed\x1b[0m\x1b[31m, 213 passed in 14.82s ===================\x1b[0m",
    "##[error]Process completed with exit code 1.",
)
SUMMARY = """\
## Test report

| suite | passed | failed | time |
|---|---:|---:|---:|
| unit | 198 | 0 | 9.1 s |
| integration | 15 | **1** | 5.7 s |

`test_rounding` failed, see [the guide](https://docs.python.org/3/library/decimal.html).
"""
BROKEN = """\
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    needs: tests
    steps:
      - run: make
"""


async def fill(world: World, clock: MovedClock) -> None:
    """Repositories and runs in every state."""
    clock.moved = -5 * HOUR
    shop = await world.repository("shop", description="The web shop: cart, checkout, mail")
    await world.repository("website", private=True, description="What visitors see")
    await world.repository("empty")
    hello = "on: push\njobs:\n  hello:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo Hello\n"
    for title in ("Say hello", "Greet in two languages"):
        run_id = await world.start(shop, hello, title, workflow="hello.yml")
        await world.finish(run_id, 1, lines=("##[group]Run echo Hello", "echo Hello", "##[endgroup]", "Hello"))
        clock.advance(40 * MINUTE)
    await _failed(world, clock, shop)
    clock.moved = -30 * MINUTE
    cancelled = await world.start(
        shop, MATRIX, "Try a faster resolver", ref="refs/heads/faster-resolver-for-large-graphs"
    )
    await world.send(cancelled, CancelRun(at=world.services.clock(), by="ada", reason="superseded"))
    mistake = Diagnostic(
        ".github/workflows/release.yml",
        5,
        12,
        "unknown-need",
        "Job 'build' needs 'tests', which does not exist; did you mean 'test'?",
    )
    await world.start(shop, BROKEN, "Add the release workflow", workflow="release.yml", diagnostics=(mistake,))
    clock.moved = -10 * MINUTE
    await world.start(
        shop, MATRIX, "Speed up the search", event="pull_request", ref="refs/pull/4/head", author="mallory"
    )
    await _acting(world, clock, shop)
    clock.moved = -2 * MINUTE
    await _running(world, shop)
    clock.moved = 0
    await world.start(shop, MATRIX, "Bump dependencies", ref="refs/tags/v2.4.0")


async def _failed(world: World, clock: MovedClock, shop: Repository) -> None:
    run_id = await world.start(shop, MATRIX, "Round totals to the cent")
    jobs = {job.name: job.number for job in (await world.load(run_id)).attempt.jobs.values()}
    await world.finish(run_id, jobs["Lint"], lines=LINT_LOG)
    await world.finish(run_id, jobs["Documentation"])
    run = await world.load(run_id)
    waiting = [job.number for job in run.attempt.jobs.values() if job.status is Status.WAITING]
    for number in waiting:
        job = run.attempt.jobs[number]
        if "3.12" not in job.name:
            await world.finish(run_id, number)
            continue
        await world.claim(run_id, number)
        await world.write(run_id, number, [*SET_UP_LOG, *LINT_LOG, *TEST_LOG], no_more=True)
        clock.advance(88_000)
        ok, bad, skipped = Status.SUCCESS, Status.FAILURE, Status.SKIPPED
        await world.report(run_id, number, [(ok, 2, 2), (ok, 4, 3), (bad, 7, 18), (skipped, 25, 0)], bad)
        await world.summarise(run_id, number, SUMMARY)


async def _running(world: World, shop: Repository) -> None:
    run_id = await world.start(
        shop, MATRIX, "Let the cart survive a reload, and tell the customer about it when it could not be restored"
    )
    jobs = {job.name: job.number for job in (await world.load(run_id)).attempt.jobs.values()}
    await world.finish(run_id, jobs["Lint"], lines=LINT_LOG)
    run = await world.load(run_id)
    tests = sorted(number for number, job in run.attempt.jobs.items() if job.key == "test")
    await world.finish(run_id, tests[0])
    await world.claim(run_id, tests[1])
    await world.write(run_id, tests[1], [*SET_UP_LOG, *LINT_LOG, *TEST_LOG[:9]])
    await world.report(run_id, tests[1], [(Status.SUCCESS, 2, 2), (Status.SUCCESS, 4, 3), (Status.UNKNOWN, 7, 0)])


async def _acting(world: World, clock: MovedClock, shop: Repository) -> None:
    """A job that has made a tree of actions, one part of which still runs."""
    source = "on: push\njobs:\n  train:\n    runs-on: ubuntu-latest\n    steps:\n      - run: python train.py\n"
    run_id = await world.start(shop, source, "Train the recommender", workflow="train.yml")
    await world.claim(run_id, 1)
    await world.report(run_id, 1, [(Status.UNKNOWN, 2, 0)])
    load = await world.act(run_id, 1, "load", task_short_name="Load the orders", action_group="data")
    fit = await world.act(run_id, 1, "fit", task_short_name="Fit models", action_group="models")
    for action in (load, fit):
        await world.move(action, ActionPhase.RUNNING)
    clock.advance(12_000)
    await world.move(load, ActionPhase.SUCCEEDED)
    phases = (ActionPhase.SUCCEEDED, ActionPhase.FAILED, ActionPhase.RUNNING, ActionPhase.PAUSED)
    for number in range(12):
        fold = await world.act(run_id, 1, f"fold-{number}", "fit", task_short_name=f"Fold {number + 1}")
        if number < len(phases):
            await world.move(fold, ActionPhase.RUNNING)
            clock.advance(7_000)
            await world.move(fold, phases[number])


async def main(folder: Path, port: int) -> None:
    """Fill, then serve until Ctrl-C."""
    settings, clock = Settings(data=folder, port=port), MovedClock()
    services = open_services(settings, clock=clock)
    try:
        world = await World.on(services)
        await fill(world, clock)
        print(f"{settings.base_url}  token {world.token}", flush=True)
        await serve_on(listen(settings), services)
    finally:
        await close_services(services)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 3000))
