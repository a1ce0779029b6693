"""Appends to several runs at once: each run ends up as if it had been alone."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from runyard.kernel.events import Event
from runyard.kernel.evolve import fold
from runyard.kernel.state import Run
from runyard.store import Conflict, Database, NotFound, Tx, feed, journal, runs
from runyard.store.repositories import Repository
from runyard.store.run_load import load_cold
from runyard.store.runs import Change
from tests.store.commanded import commanded_histories
from tests.store.histories import claimed, histories, waiting_run
from tests.store.test_runs import cold, create


async def start(database: Database, repository: Repository, events: list[Event]) -> int:
    """Store a run under the repository's next number; its id."""
    number = await database.write(lambda tx: runs.next_number(tx, repository.id))
    return await create(database, [replace(events[0], repository_id=repository.id, number=number), *events[1:]])


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(all_portions=st.lists(histories() | commanded_histories(), min_size=2, max_size=4))
async def test_each_run_is_the_fold_of_its_journal(
    database: Database, repository: Repository, all_portions: list[list[list[Event]]]
) -> None:
    ids = [await start(database, repository, portions[0]) for portions in all_portions]
    for step in itertools.zip_longest(*(portions[1:] for portions in all_portions), fillvalue=[]):

        def write(tx: Tx, step: tuple[list[Event], ...] = step) -> list[Run]:
            before = runs.load_all(tx, ids)
            changes = [Change(run_id, before[run_id], events) for run_id, events in zip(ids, step, strict=True)]
            return [saved.run for saved in runs.append_all(tx, changes)]

        after = await database.write(write)
        together = await database.read(lambda tx: load_cold(tx, ids))
        assert [together[run_id].run for run_id in ids] == after
        for run_id, run in zip(ids, after, strict=True):
            assert await cold(database, run_id) == run
            assert (await database.read(lambda tx, run_id=run_id: load_cold(tx, [run_id])))[run_id] == together[run_id]  # type: ignore[misc]
            stored = await database.read(lambda tx, run_id=run_id: journal.read(tx, run_id, 0, 10_000))  # type: ignore[misc]
            assert [seq for seq, _ in stored] == list(range(1, run.sequence + 1))
            assert fold(event for _, event in stored) == run


async def test_new_tasks_are_known_by_their_ids(database: Database, repository: Repository) -> None:
    ids = [await start(database, repository, waiting_run(repository.id, jobs=2)) for _ in range(3)]

    def claim(tx: Tx) -> list[int]:
        before = runs.load_all(tx, ids)
        saved = runs.append_all(tx, [Change(run_id, before[run_id], claimed(2)) for run_id in ids])
        return [each.task_ids[1, 2, 1] for each in saved]

    task_ids = await database.write(claim)
    places = await database.read(lambda tx: [runs.locate_task(tx, task_id) for task_id in task_ids])
    assert [(place.run_id, place.job) for place in places] == [(run_id, 2) for run_id in ids]


async def test_the_feed_tells_the_events_of_all(database: Database, repository: Repository) -> None:
    ids = [await start(database, repository, waiting_run(repository.id)) for _ in range(3)]
    cursor, _ = await database.read(feed.end)

    def claim(tx: Tx) -> None:
        before = runs.load_all(tx, ids)
        runs.append_all(tx, [Change(run_id, before[run_id], claimed()) for run_id in ids])

    await database.write(claim)
    page = await database.read(lambda tx: feed.read(tx, cursor))
    assert [(entry.cursor.run_id, entry.event) for entry in page.entries] == [
        (run_id, event) for run_id in ids for event in claimed()
    ]


async def test_one_that_has_moved_on_stops_all(database: Database, repository: Repository) -> None:
    ids = [await start(database, repository, waiting_run(repository.id)) for _ in range(2)]
    before = await database.write(lambda tx: runs.load_all(tx, ids))
    await database.write(lambda tx: runs.append(tx, ids[1], before[ids[1]], claimed()))
    changes = [Change(run_id, before[run_id], claimed()) for run_id in ids]
    with pytest.raises(Conflict, match="load it again"):
        await database.write(lambda tx: runs.append_all(tx, changes))
    assert await cold(database, ids[0]) == before[ids[0]]


async def test_loading_a_run_that_is_not_there(database: Database, repository: Repository) -> None:
    run_id = await start(database, repository, waiting_run(repository.id))
    with pytest.raises(NotFound):
        await database.write(lambda tx: runs.load_all(tx, [run_id, 999]))
    with pytest.raises(ValueError, match="write transaction"):
        await database.read(lambda tx: runs.load_all(tx, [run_id]))


async def test_without_waiting_only_what_is_free_is_loaded(database: Database, repository: Repository) -> None:
    ids = [await start(database, repository, waiting_run(repository.id)) for _ in range(2)]
    free = await database.write(lambda tx: runs.load_all(tx, [*ids, 999], wait=False))
    assert list(free) == ids
