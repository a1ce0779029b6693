"""Task logs: gaps and repeats are harmless, acknowledged lines stay, `no_more` closes."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runyard.store import Conflict, Database, NotFound, logs, runs
from runyard.store.logs import LogLine, LogState
from runyard.store.repositories import Repository
from tests.store.histories import claimed, waiting_run

TEXT = st.text(max_size=5) | st.sampled_from(["\x00", "x" * 2000, "é☃", "\ud800"])


async def new_task(database: Database, repository: Repository) -> int:
    """The id of a task of a new run."""
    number = await database.write(lambda tx: runs.next_number(tx, repository.id))
    run_id, run = await database.write(lambda tx: runs.create(tx, waiting_run(repository.id, number)))
    saved = await database.write(lambda tx: runs.append(tx, run_id, run, claimed()))
    return saved.task_ids[1, 1, 1]


def rows(first: int, count: int) -> list[tuple[int, str]]:
    """Rows that tell their index."""
    return [(index * 1000, f"line {index}") for index in range(first, first + count)]


def lines(first: int, count: int) -> list[LogLine]:
    """The same as they are read."""
    return [LogLine(index, time_ns, text) for index, (time_ns, text) in enumerate(rows(first, count), first)]


async def test_lines_are_acknowledged_and_read_from_anywhere(database: Database, repository: Repository) -> None:
    task_id = await new_task(database, repository)
    assert await database.read(lambda tx: logs.length(tx, task_id)) == LogState(0, False)
    assert await database.read(lambda tx: logs.read(tx, task_id, 0, 10)) == []
    assert await database.write(lambda tx: logs.append(tx, task_id, 0, rows(0, 3))) == 3
    assert await database.write(lambda tx: logs.append(tx, task_id, 3, rows(3, 2000))) == 2003
    assert await database.read(lambda tx: logs.read(tx, task_id, 2, 3)) == lines(2, 3)
    assert await database.read(lambda tx: logs.read(tx, task_id, 1000, 5)) == lines(1000, 5)
    assert await database.read(lambda tx: logs.read(tx, task_id, 2000, 50)) == lines(2000, 3)
    assert await database.read(lambda tx: logs.read(tx, task_id, 5000, 50)) == []
    assert await database.read(lambda tx: logs.read(tx, task_id, 0, 9999)) == lines(0, 2003)


async def test_the_final_calls_of_a_runner(database: Database, repository: Repository) -> None:
    """Rows with `no_more`, then the same end again without rows: both succeed."""
    task_id = await new_task(database, repository)
    assert await database.write(lambda tx: logs.append(tx, task_id, 0, rows(0, 2), True)) == 2
    assert await database.write(lambda tx: logs.append(tx, task_id, 2, [], True)) == 2
    assert await database.write(lambda tx: logs.append(tx, task_id, 0, rows(0, 2), True)) == 2
    assert await database.read(lambda tx: logs.length(tx, task_id)) == LogState(2, True)
    with pytest.raises(Conflict, match="archived"):
        await database.write(lambda tx: logs.append(tx, task_id, 1, rows(1, 2), True))
    assert await database.write(lambda tx: logs.append(tx, task_id, 9, rows(9, 1))) == 2


async def test_an_empty_last_call_closes_the_log(database: Database, repository: Repository) -> None:
    task_id = await new_task(database, repository)
    await database.write(lambda tx: logs.append(tx, task_id, 0, rows(0, 2)))
    assert await database.write(lambda tx: logs.append(tx, task_id, 2, [], True)) == 2
    assert await database.read(lambda tx: logs.length(tx, task_id)) == LogState(2, True)


async def test_a_gap_does_not_close_the_log(database: Database, repository: Repository) -> None:
    task_id = await new_task(database, repository)
    assert await database.write(lambda tx: logs.append(tx, task_id, 1, rows(1, 1), True)) == 0
    assert await database.read(lambda tx: logs.length(tx, task_id)) == LogState(0, False)


async def test_logs_of_unknown_tasks(database: Database) -> None:
    with pytest.raises(NotFound):
        await database.write(lambda tx: logs.append(tx, 99, 0, rows(0, 1)))
    with pytest.raises(NotFound):
        await database.read(lambda tx: logs.length(tx, 99))


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    calls=st.lists(
        st.tuples(st.integers(0, 25), st.lists(st.tuples(st.integers(0, 2**62), TEXT), max_size=8), st.booleans()),
        max_size=12,
    ),
    start=st.integers(0, 30),
    limit=st.integers(1, 10),
)
async def test_appends_behave_like_a_list(
    database: Database,
    repository: Repository,
    calls: list[tuple[int, list[tuple[int, str]], bool]],
    start: int,
    limit: int,
) -> None:
    task_id = await new_task(database, repository)
    model: list[tuple[int, str]] = []
    complete = False
    for index, sent, no_more in calls:
        fresh = sent[len(model) - index :] if index <= len(model) else []
        if fresh and complete:
            with pytest.raises(Conflict):
                await database.write(lambda tx, i=index, s=sent: logs.append(tx, task_id, i, s, False))  # type: ignore[misc]
            continue
        model += fresh
        complete = complete or (no_more and index <= len(model))
        call = (index, sent, no_more)
        assert await database.write(lambda tx, c=call: logs.append(tx, task_id, *c)) == len(model)  # type: ignore[misc]
    assert await database.read(lambda tx: logs.length(tx, task_id)) == LogState(len(model), complete)
    expected = [
        LogLine(index, time_ns, text.encode("utf-8", "replace").decode()) for index, (time_ns, text) in enumerate(model)
    ]
    assert await database.read(lambda tx: logs.read(tx, task_id, start, limit)) == expected[start : start + limit]
    assert await database.read(lambda tx: logs.read(tx, task_id)) == expected


async def test_a_full_log_says_so_and_takes_no_more(database: Database, repository: Repository) -> None:
    """The runner is told that all went well, or it would send the same for ever."""
    task_id = await new_task(database, repository)

    async def append(index: int, count: int, no_more: bool = False) -> int:
        sent = rows(index, count)
        return await database.write(lambda tx: logs.append(tx, task_id, index, sent, no_more, most_bytes=20))

    assert await append(0, 2) == 2
    assert await append(4, 1) == 2, "a gap"
    assert await append(2, 10) == 12
    assert await append(2, 10) == 12, "the answer was lost"
    assert await append(12, 3) == 15
    assert await append(15, 0) == 15
    assert await append(15, 1, no_more=True) == 16
    assert await append(15, 1, no_more=True) == 16
    stored = await database.read(lambda tx: logs.read(tx, task_id))
    assert stored[:3] == lines(0, 3)
    assert [line.text for line in stored[3:]] == [
        "##[warning]This log is full: the server keeps 20 bytes of a job's log. What follows is lost."
    ]
    assert await database.read(lambda tx: logs.length(tx, task_id)) == LogState(4, True)


@given(st.lists(st.tuples(st.integers(0, 6), st.booleans()), max_size=12), st.integers(1, 60))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_a_bounded_log_is_the_beginning_of_the_whole(
    database: Database, repository: Repository, sent: list[tuple[int, bool]], most_bytes: int
) -> None:
    task_id = await new_task(database, repository)
    index = 0
    for count, lost in sent:
        for _ in range(2 if lost else 1):
            part = rows(index, count)
            acknowledged = await database.write(
                lambda tx, i=index, p=part: logs.append(tx, task_id, i, p, most_bytes=most_bytes)  # type: ignore[misc]
            )
            assert acknowledged == index + count
        index += count
    stored = await database.read(lambda tx: logs.read(tx, task_id))
    whole = lines(0, index)
    size = sum(len(line.text) for line in whole)
    kept = stored if size <= most_bytes else stored[:-1]
    assert kept == whole[: len(kept)]
    assert sum(len(line.text) for line in kept) <= most_bytes
    assert (len(kept) == index) == (size <= most_bytes)
