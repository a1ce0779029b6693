"""SQLite: what was acknowledged survives `kill -9` in the middle of commits, and nothing is half there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from runyard import store
from runyard.kernel.evolve import fold
from runyard.store import Tx, journal, logs, runs

WRITER = """
import asyncio, sys
from runyard import store
from runyard.store import logs, repositories, runs, users
from tests.store.histories import claimed, waiting_run

async def main(url):
    database = store.open(url)
    repository = await database.write(lambda tx: repositories.create(tx, users.create(tx, "ada").id, "hello"))

    def life(tx):
        number = runs.next_number(tx, repository.id)
        run_id, run = runs.create(tx, waiting_run(repository.id, number))
        return run_id, runs.append(tx, run_id, run, claimed()).task_ids[1, 1, 1]

    async def caller():
        while True:
            run_id, task_id = await database.write(life)
            lines = await database.write(lambda tx: logs.append(tx, task_id, 0, [(1, "x" * 100)] * 20))
            sys.stdout.write(f"{run_id} {task_id} {lines}\\n")
            sys.stdout.flush()

    await asyncio.gather(*(caller() for _ in range(20)))

asyncio.run(main(sys.argv[1]))
"""

ACKNOWLEDGED = 300


async def test_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'runyard.db'}"
    acknowledged = run_and_kill(url)
    assert len(acknowledged) >= ACKNOWLEDGED

    def check(tx: Tx) -> None:
        for run_id, task_id, lines in acknowledged:
            assert logs.length(tx, task_id).lines == lines
            assert len(logs.read(tx, task_id)) == lines
            assert runs.locate_task(tx, task_id).run_id == run_id
        for (run_id,) in tx.raw.execute("SELECT id FROM run").fetchall():
            assert fold(event for _, event in journal.read(tx, run_id)) == runs.load(tx, run_id)
        assert tx.raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert tx.raw.execute("PRAGMA foreign_key_check").fetchall() == []

    database = store.open(url)
    await database.read(check)
    await database.close()


def run_and_kill(url: str) -> list[tuple[int, int, int]]:
    """Let a process write until it has said ACKNOWLEDGED times what it was told is stored, and kill it."""
    root = Path(__file__).parents[2]
    with subprocess.Popen([sys.executable, "-c", WRITER, url], stdout=subprocess.PIPE, text=True, cwd=root) as writer:
        assert writer.stdout is not None
        seen = [writer.stdout.readline() for _ in range(ACKNOWLEDGED)]
        writer.kill()
        seen += [line for line in writer.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
    return [(int(run), int(task), int(lines)) for run, task, lines in map(str.split, seen)]
