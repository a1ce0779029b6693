"""A database that the first release of the schema wrote, and what it is after every migration since.

`data/first.jsonl` holds its rows, a table's name and a row in each line: six runs that random commands moved along.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import MetaData, create_engine, make_url, text

from runyard import store
from runyard.kernel import Run, Status, decide
from runyard.kernel.commands import ClaimJob, Rerun, RerunKind
from runyard.kernel.evolve import fold
from runyard.store import (
    Database,
    Tx,
    access_tokens,
    feed,
    journal,
    logs,
    migrate,
    queue,
    runs,
    summaries,
    tasks,
    users,
)
from runyard.store.feed import START
from tests.support.postgres import Postgres

DATA = Path(__file__).parent / "data" / "first.jsonl"
FIRST = "0001"


def rows() -> dict[str, list[dict[str, Any]]]:
    """Rows by table; bytes are written in hex."""
    found: dict[str, list[dict[str, Any]]] = {}
    for line in DATA.read_text().splitlines():
        table, row = json.loads(line)
        values = {name: bytes.fromhex(v["bytes"]) if isinstance(v, dict) else v for name, v in row.items()}
        found.setdefault(table, []).append(values)
    return found


@pytest.fixture(params=["sqlite", "postgresql"])
async def upgraded(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """The old data in a database of the newest schema."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'runyard.db'}"
    else:
        server: Postgres = request.getfixturevalue("postgres")
        url = server.url(server.create())
    fill(url)
    opened = store.open(url)
    yield opened
    await opened.close()


def fill(url: str) -> None:
    """Make a database as the first migration does, with the old rows."""
    address = make_url(url)
    if address.drivername == "postgresql":
        address = address.set(drivername="postgresql+psycopg")
    engine = create_engine(address)
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, FIRST)
        tables = MetaData()
        tables.reflect(connection)
        for table in tables.sorted_tables:
            if table.name == "counter":
                connection.execute(table.delete())
            for row in rows().get(table.name, ()):
                connection.execute(table.insert().values({name: cast(table, name, v) for name, v in row.items()}))
            if connection.dialect.name == "postgresql" and "id" in table.c:
                newest = f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), max(id)) FROM \"{table.name}\""
                connection.execute(text(newest))
    engine.dispose()


def cast(table: Any, name: str, value: Any) -> Any:
    """SQLite keeps booleans as numbers."""
    return bool(value) if value is not None and table.c[name].type.python_type is bool else value


async def test_rows_are_the_fold_of_the_old_journal(upgraded: Database) -> None:
    def check(tx: Tx) -> set[Status]:
        seen = set()
        for row in rows()["run"]:
            run = runs.load(tx, row["id"])
            assert run == fold(event for _, event in journal.read(tx, row["id"]))
            seen.add(run.status)
        return seen

    assert await upgraded.read(check) == {Status.WAITING, Status.RUNNING, Status.CANCELLED}


async def test_every_run_has_an_attempt_and_every_job_belongs_to_one(upgraded: Database) -> None:
    """Since its first migration the schema has attempts: there are no rows of before, with attempt 0."""
    old = rows()
    assert min(row["attempt"] for table in ("run", "job") for row in old[table]) == 1
    attempts = {(row["run_id"], row["number"]) for row in old["attempt"]}
    assert {(row["run_id"], row["attempt"]) for row in old["job"]} <= attempts
    assert {(row["id"], row["attempt"]) for row in old["run"]} <= attempts


async def test_lists_logs_summaries_tokens_and_the_queue(upgraded: Database) -> None:
    old = rows()

    def check(tx: Tx) -> None:
        (repository_id,) = {row["repository_id"] for row in old["run"]}
        newest = runs.list(tx, repository_ids=[repository_id])
        assert [(run.id, run.title, run.attempt) for run in newest] == [
            (row["id"], row["title"], row["attempt"]) for row in reversed(old["run"])
        ]
        assert [run.id for run in runs.list(tx, repository_ids=None, status=Status.CANCELLED)] == [
            row["id"] for row in old["run"] if row["status"] == Status.CANCELLED
        ]
        for row in old["task"]:
            state = logs.length(tx, row["id"])
            assert (state.lines, state.complete, state.expired) == (row["log_lines"], bool(row["log_complete"]), 0)
            lines = logs.read(tx, row["id"])
            assert [line.text.split("x")[0] for line in lines] == [
                f"line {index} of task {row['id']} " for index in range(row["log_lines"])
            ]
        for row in old["summary"]:
            assert summaries.read(tx, row["task_id"])[row["step"]] == row["markdown"]
        for row in old["lease"]:
            found = tasks.by_token(tx, row["token_hash"])
            assert found is not None
            assert (found.id, found.lease_expires) == (row["task_id"], row["expires"])
        assert access_tokens.find(tx, "hash of a token") is not None
        assert users.get(tx, "club").kind == "organization"
        waiting = queue.waiting(tx, ("linux", "x64", "ubuntu-latest"), limit=100)
        assert [job.id for job in waiting] == sorted(row["job_id"] for row in old["queue"])

    await upgraded.read(check)


async def test_the_feed_begins_with_what_happened_before(upgraded: Database) -> None:
    def read(tx: Tx) -> dict[int, int]:
        counts: dict[int, int] = {}
        cursor, more = START, True
        while more:
            page = feed.read(tx, cursor)
            cursor, more = page.cursor, page.more
            for entry in page.entries:
                counts[entry.cursor.run_id] = counts.get(entry.cursor.run_id, 0) + 1
        return counts

    assert await upgraded.read(read) == {row["id"]: row["sequence"] for row in rows()["run"]}


async def test_old_runs_go_on(upgraded: Database) -> None:
    (cancelled,) = (row["id"] for row in rows()["run"] if row["status"] == Status.CANCELLED)
    waiting = rows()["run"][0]["id"]

    def go_on(tx: Tx) -> tuple[Run, Run]:
        before = runs.load(tx, cancelled, lock=True)
        again = runs.append(tx, cancelled, before, decide(before, Rerun(at=9000, by="bob", kind=RerunKind.ALL))).run
        first = runs.load(tx, waiting, lock=True)
        claim = ClaimJob(at=9000, job=1, runner_id=1, runner_name="metal")
        return again, runs.append(tx, waiting, first, decide(first, claim)).run

    again, claimed = await upgraded.write(go_on)
    assert (again.attempt.number, again.status) == (len(again.attempts), Status.WAITING)
    assert claimed.status is Status.RUNNING
