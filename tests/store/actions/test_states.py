"""States: opaque, versioned, bounded, watched."""

from __future__ import annotations

import asyncio

import pytest

from runyard.store.actions import ActionNotFound, ActionRepo, StateConflict, StateTooLong
from tests.store.actions.helpers import ROOT, child, close, make, take


async def test_a_state_is_any_text(repo: ActionRepo) -> None:
    await make(repo)
    assert (await repo.get_action_state(ROOT), (await repo.read_action_state(ROOT)).version) == ("", 0)
    for version, text in enumerate(("plain", '{"phase": "RUNNING"}', "", "☃" * 1000), 1):
        assert await repo.update_action_state(ROOT, text) == version
        assert await repo.get_action_state(ROOT) == text
    await repo.update_action_state(ROOT, "nul \x00")
    assert await repo.get_action_state(ROOT) == "nul \ufffd"


async def test_a_state_has_a_size(repo: ActionRepo) -> None:
    await make(repo)
    await repo.update_action_state(ROOT, "x" * 1024 * 1024)
    with pytest.raises(StateTooLong, match="1048576 bytes, this one has 1048578"):
        await repo.update_action_state(ROOT, "é" * (512 * 1024 + 1))
    assert len(await repo.get_action_state(ROOT)) == 1024 * 1024


async def test_an_unknown_action_has_none(repo: ActionRepo) -> None:
    for call in (
        repo.get_action_state(ROOT), repo.update_action_state(ROOT, "x"), repo.notify_state_update(ROOT),
    ):  # fmt: skip
        with pytest.raises(ActionNotFound):
            await call


async def test_of_many_writers_of_one_version_one_wins(repo: ActionRepo) -> None:
    await make(repo)

    async def write(number: int) -> bool:
        try:
            await repo.update_action_state(ROOT, str(number), 0)
        except StateConflict:
            return False
        return True

    assert sum(await asyncio.gather(*(write(number) for number in range(20)))) == 1
    assert (await repo.read_action_state(ROOT)).version == 1


async def test_states_are_told_from_now_on_or_behind_a_number(repo: ActionRepo) -> None:
    for name, parent in (("a0", None), ("b", "a0")):
        await make(repo, name, parent)
    await repo.update_action_state(ROOT, "one")
    watch = repo.watch_state_updates()
    pending = asyncio.ensure_future(take(watch, 2))
    await asyncio.sleep(0)
    replay = repo.watch_state_updates(after=0)
    (first,) = await take(replay, 1)
    assert (first, first.version) == (ROOT, 1)
    while not pending.done():
        await repo.update_action_state(child("b"), "two")
        await repo.notify_state_update(ROOT)
        await asyncio.sleep(0)
    assert set(await pending) <= {child("b"), ROOT}
    again = repo.watch_state_updates(after=first.sequence)
    sequences = [update.sequence for update in await take(again, 2)]
    assert sequences == sorted(sequences)
    assert sequences[0] > first.sequence
    for each in (watch, replay, again):
        await close(each)
