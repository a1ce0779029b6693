"""SQLite: a server killed by SIGKILL right before and right after each commit of a long story, then started again."""

from __future__ import annotations

import asyncio
import copy
import os
import pickle
import shutil
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from runyard.kernel import Run, fold
from runyard.store import Tx, journal
from tests.crash.story import STEPS, Known, found, server, tell
from tests.simulation import invariants

States = dict[int, Run]
MOST_COMMITS = 200


@pytest.mark.timeout(300)
@pytest.mark.parametrize("committed", [False, True], ids=["before", "after"])
def test_killed_at_each_commit(tmp_path: Path, committed: bool) -> None:
    fresh = tmp_path / "fresh"
    known = asyncio.run(found(fresh))
    whole = asyncio.run(_recover(_copy(fresh, tmp_path / "whole"), copy.deepcopy(known), {}))
    for number in range(1, MOST_COMMITS):
        folder = _copy(fresh, tmp_path / str(number))
        answered, states, killed = _play_until_killed(folder, known, number, committed)
        end = asyncio.run(_recover(folder, answered, states))
        assert _outcome(end) == _outcome(whole), f"killed at commit {number}"
        shutil.rmtree(folder)
        if not killed:
            assert number > len(STEPS)
            return
    pytest.fail(f"the story has not ended after {MOST_COMMITS} commits")


def _copy(fresh: Path, folder: Path) -> Path:
    shutil.copytree(fresh, folder)
    return folder


def _play_until_killed(folder: Path, known: Known, number: int, committed: bool) -> tuple[Known, States, bool]:
    """Let a child process tell the story; what was answered before it was killed at that commit, and if it was."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _be_the_server(folder, known, number, committed, writer)
    os.close(writer)
    with os.fdopen(reader, "rb") as answers:
        said = list(_pickles(answers))
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, -signal.SIGKILL)
    answered, states = said[-1] if said else (copy.deepcopy(known), {})
    return answered, states, status != 0


def _pickles(file: Any) -> Iterator[tuple[Known, States]]:
    while True:
        try:
            yield pickle.load(file)
        except EOFError:
            return


def _be_the_server(folder: Path, known: Known, number: int, committed: bool, writer: int) -> None:
    """The child process: it never returns."""
    try:
        with os.fdopen(writer, "wb", buffering=0) as answers, _deadly_commit(number, committed):

            async def play() -> None:
                async with server(folder, known) as services:
                    await tell(services, known, lambda states: _write(answers, pickle.dumps((known, states))))

            asyncio.run(play())
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)
    os._exit(0)


def _write(file: Any, data: bytes) -> None:
    while data:
        data = data[file.write(data) :]


@contextmanager
def _deadly_commit(number: int, committed: bool) -> Iterator[None]:
    """This process is killed at its commit of that number: before it, or when it is done and nobody knows."""
    left = [number]

    def commits(connection: Connection) -> None:
        left[0] -= 1
        if left[0] == 0:
            driver: Any = connection.connection.dbapi_connection
            if committed:
                driver.commit()
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "commit", commits)
    yield


async def _recover(folder: Path, known: Known, states: States) -> States:
    """Start the server again, check that everything answered is there, and go through the rest of the story."""
    last: States = {}
    async with server(folder, known) as services:

        def check(tx: Tx) -> None:
            assert tx.raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert tx.raw.execute("PRAGMA foreign_key_check").fetchall() == []
            invariants.check_stored(tx)
            invariants.check_logs(tx, known.works)
            for run_id, run in states.items():
                then = [event for _, event in journal.read(tx, run_id, 0, run.sequence)]
                assert len(then) == run.sequence
                assert fold(then) == run, f"run {run_id} is not what was shown"

        await services.database.read(check)
        remember: Callable[[States], None] = last.update
        await tell(services, known, remember)
        await services.database.read(check)
        await services.database.read(invariants.check_ended)
    return last or states


def _outcome(states: States) -> dict[str, Any]:
    """How all jobs of all attempts have ended, by the runs' titles."""
    return {
        run.title: [sorted((job.name, job.status, job.cause) for job in each.jobs.values()) for each in run.attempts]
        for run in states.values()
    }
