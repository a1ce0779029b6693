"""Watches: a snapshot, then every change once and in order, from any place, however slow the reader is."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace

import pytest

from runyard import store
from runyard.store import Database
from runyard.store.actions import (
    Action,
    ActionEvent,
    ActionPhase,
    ActionRepo,
    InvalidList,
    Resync,
    RunNotFound,
)
from tests.store.actions.helpers import ROOT, RUN, child, close, make, take

P = ActionPhase


async def test_a_snapshot_then_every_change_in_order(repo: ActionRepo) -> None:
    await make(repo)
    watch = repo.watch_all_action_updates(RUN)
    (first,) = await take(watch, 1)
    assert first == await repo.get_run(RUN)
    await make(repo, "b", "a0")
    for phase in (P.INITIALIZING, P.RUNNING, P.SUCCEEDED):
        await repo.update_action_phase(child("b"), phase, 1)
    changes = await take(watch, 4)
    assert [(each.name, each.phase, each.sequence) for each in changes if isinstance(each, Action)] == [
        ("b", P.QUEUED, 2), ("b", P.INITIALIZING, 3), ("b", P.RUNNING, 4), ("b", P.SUCCEEDED, 5),
    ]  # fmt: skip
    assert changes[-1] == await repo.get_action(child("b"))
    await close(watch)


async def test_a_watch_goes_on_behind_a_number(repo: ActionRepo) -> None:
    await make(repo)
    run = await repo.get_run(RUN)
    for phase in (P.INITIALIZING, P.RUNNING, P.PAUSED):
        await repo.update_action_phase(ROOT, phase, 1)
    for after in (0, run.sequence, run.sequence + 2):
        watch = repo.watch_run_updates(RUN, after=after)
        told = await take(watch, 4 - after)
        assert [each.sequence for each in told] == list(range(after + 1, 5))
        await close(watch)


async def test_one_action_hears_of_itself_only(repo: ActionRepo) -> None:
    await make(repo)
    await make(repo, "b", "a0")
    watch = repo.watch_action_updates(child("b"))
    await take(watch, 1)
    await repo.update_action_phase(ROOT, P.RUNNING, 1)
    await repo.insert_events([ActionEvent(child("b"), info=b"news")])
    (told,) = await take(watch, 1)
    assert isinstance(told, Action)
    assert told.name == "b"
    assert (await repo.list_events_since(child("b"), 1, 0))[-1].sequence == told.sequence
    await close(watch)


async def test_what_does_not_exist_yet_is_waited_for(repo: ActionRepo) -> None:
    watches = (repo.watch_run_updates(RUN), repo.watch_action_updates(ROOT), repo.watch_all_action_updates(RUN))
    waiting = [asyncio.ensure_future(take(watch, 1)) for watch in watches]
    await asyncio.sleep(0)
    made = await make(repo)
    for items in await asyncio.gather(*waiting):
        assert items == [made]
    for watch in watches:
        await close(watch)


async def test_a_part_of_a_snapshot_is_no_place_to_go_on_from(repo: ActionRepo) -> None:
    for name, parent in (("a0", None), ("b", "a0"), ("c", "b")):
        await make(repo, name, parent)
    watch = repo.watch_all_action_updates(RUN)
    assert [(each.name, each.sequence) for each in await take(watch, 3) if isinstance(each, Action)] == [
        ("a0", 0), ("b", 0), ("c", 3),
    ]  # fmt: skip
    await close(watch)


@pytest.mark.parametrize("buffer", [1, 10_000])
async def test_a_slow_watcher_converges(repo: ActionRepo, buffer: int) -> None:
    names = ["a0", *(f"n{number}" for number in range(6))]
    chance = random.Random(7)
    watch = repo.watch_all_action_updates(RUN, buffer=buffer)
    seen: dict[str, Action] = {}

    async def follow() -> None:
        position = 0
        async for item in watch:
            if isinstance(item, Resync):
                seen.clear()
                continue
            assert item.sequence == 0 or item.sequence >= position
            position = max(position, item.sequence)
            seen[item.name] = item
            if seen.keys() == set(names) and seen["a0"].phase.is_terminal:
                return
            await asyncio.sleep(0)

    following = asyncio.ensure_future(follow())
    for name in chance.sample(names, len(names)):
        await make(repo, name, None if name == "a0" else "a0")
    for step in range(60):
        name = chance.choice(names[1:])
        await repo.update_action_phase(child(name), chance.choice((P.RUNNING, P.FAILED, P.PAUSED)), step // 10)
    await repo.update_action_phase(ROOT, P.SUCCEEDED, 1)
    async with asyncio.timeout(30):
        await following
    await close(watch)
    for name in names:
        assert replace(seen[name], sequence=0) == replace(await repo.get_action(child(name)), sequence=0)


async def test_fault_16_history_that_was_removed_means_a_new_snapshot(repo: ActionRepo, database: Database) -> None:
    await make(repo)
    for phase in (P.INITIALIZING, P.RUNNING):
        await repo.update_action_phase(ROOT, phase, 1)
    await repo.forget_history(RUN, 2)
    watch = repo.watch_run_updates(RUN, after=1)
    resync, action = await take(watch, 2)
    assert (resync, action) == (Resync(0), await repo.get_run(RUN))
    await close(watch)
    watch = repo.watch_run_updates(RUN, after=2)
    assert [each.sequence for each in await take(watch, 1)] == [3]
    await close(watch)


async def test_all_runs_go_on_from_a_cursor(repo: ActionRepo) -> None:
    await make(repo)
    watch = repo.watch_all_run_updates()
    (first,) = await take(watch, 1)
    await close(watch)
    assert isinstance(first, Action)
    await repo.update_action_phase(ROOT, P.RUNNING, 1)
    await make(repo, run=replace(RUN, name="r2"))
    watch = repo.watch_all_run_updates(after=first.cursor)
    told = await take(watch, 2)
    assert [(each.run.name, each.phase) for each in told if isinstance(each, Action)] == [
        ("r1", P.RUNNING), ("r2", P.QUEUED),
    ]  # fmt: skip
    await close(watch)
    with pytest.raises(InvalidList):
        await take(repo.watch_all_run_updates(after="yesterday"), 1)


async def test_a_watch_ends_when_its_run_is_removed(repo: ActionRepo) -> None:
    await make(repo, phase=P.SUCCEEDED)
    watch = repo.watch_run_updates(RUN)
    (action,) = await take(watch, 1)
    assert isinstance(action, Action)
    assert await repo.remove_ended(ended_before=action.ended_at) == 0
    assert action.ended_at is not None
    assert await repo.remove_ended(ended_before=action.ended_at.timestamp() * 1000 + 1) == 1
    with pytest.raises(RunNotFound):
        await take(watch, 1)


async def test_changes_of_another_server_process_are_heard(
    database: Database, database_url: str, repo: ActionRepo
) -> None:
    if database.dialect == "sqlite":
        return
    await make(repo)
    watch = repo.watch_run_updates(RUN)
    await take(watch, 1)
    pending = asyncio.ensure_future(take(watch, 1))
    other = store.open(database_url)
    await ActionRepo(other).update_action_phase(ROOT, P.RUNNING, 1)
    (told,) = await pending
    assert isinstance(told, Action)
    assert told.phase is P.RUNNING
    await close(watch)
    await other.close()
