"""Which phase may follow which: the whole table, as the store applies it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from runyard.store.actions import (
    ActionIdentifier,
    ActionPhase,
    ActionRepo,
    CacheStatus,
    RunIdentifier,
    UpdateResult,
)
from tests.store.actions.helpers import ROOT, RUN, Clock, make

P = ActionPhase
APPLIED, STALE = UpdateResult.APPLIED, UpdateResult.STALE

SAME = {
    P.QUEUED: "QUEUED WAITING_FOR_RESOURCES INITIALIZING RUNNING PAUSED",
    P.WAITING_FOR_RESOURCES: "WAITING_FOR_RESOURCES INITIALIZING RUNNING PAUSED",
    P.INITIALIZING: "INITIALIZING RUNNING PAUSED",
    P.RUNNING: "RUNNING PAUSED",
    P.PAUSED: "PAUSED RUNNING",
}
ENDS = "SUCCEEDED FAILED ABORTED TIMED_OUT RECOVERED SKIPPED"
"""What follows a phase in the same attempt, besides every end. An end is followed by itself only."""


def expected(old: ActionPhase, new: ActionPhase, *, later: bool) -> bool:
    """The table, said in another way than in the code."""
    if new is P.UNSPECIFIED:
        return False
    if later:
        return old not in (P.SUCCEEDED, P.ABORTED, P.RECOVERED, P.SKIPPED)
    if old is P.UNSPECIFIED or old is new:
        return True
    return old in SAME and new.name in f"{SAME[old]} {ENDS}".split()


@pytest.mark.parametrize("later", [False, True], ids=["same", "later"])
async def test_the_matrix(repo: ActionRepo, later: bool) -> None:
    for old in list(P)[1:]:
        for new in P:
            action = ActionIdentifier(RunIdentifier("o", "p", "d", f"{old.name}-{new.name}"), "a0")
            await make(repo, run=action.run, phase=old)
            result = await repo.update_action_phase(action, new, 1 + later, CacheStatus.MISS)
            after = await repo.get_action(action)
            allowed = expected(old, new, later=later)
            assert result is (APPLIED if allowed else STALE), (old, new)
            assert after.phase is (new if allowed else old), (old, new)
            assert after.attempts == (2 if later and allowed else 1)
            assert (after.ended_at is not None) is after.phase.is_terminal


async def test_numbers_are_accepted(repo: ActionRepo) -> None:
    await make(repo)
    assert await repo.update_action_phase(ROOT, 4, 1, 2) is APPLIED
    action = await repo.get_action(ROOT)
    assert (action.phase, action.cache_status) == (P.RUNNING, CacheStatus.HIT)
    assert [(int(phase), phase.name) for phase in P][-2:] == [(10, "RECOVERED"), (11, "SKIPPED")]


async def test_an_earlier_attempt_is_stale(repo: ActionRepo) -> None:
    await make(repo, attempts=2, phase=P.RUNNING)
    assert await repo.update_action_phase(ROOT, P.FAILED, 1) is STALE
    assert (await repo.get_action(ROOT)).phase is P.RUNNING


async def test_the_end_is_never_before_the_start(repo: ActionRepo, clock: Clock) -> None:
    await make(repo)
    await repo.update_action_phase(ROOT, P.SUCCEEDED, 1, 0, end_time=clock.at(-100))
    action = await repo.get_action(ROOT)
    assert (action.ended_at, action.duration_ms) == (action.created_at, 0)


async def test_a_given_start_lowers_the_start(repo: ActionRepo, clock: Clock) -> None:
    await make(repo)
    await repo.update_action_phase(ROOT, P.RUNNING, 1, start_time=clock.at(-60))
    await repo.update_action_phase(ROOT, P.SUCCEEDED, 1, 0, clock.at(), clock.at(-120))
    action = await repo.get_action(ROOT)
    assert action.duration_ms == 120_000
    assert action.started_at == clock.at(-120)
    assert action.created_at == clock.at()


async def test_the_first_end_stays(repo: ActionRepo, clock: Clock) -> None:
    await make(repo)
    await repo.update_action_phase(ROOT, P.SUCCEEDED, 1, 0, clock.at(5))
    before = await repo.get_action(ROOT)
    clock.advance(60)
    assert await repo.update_action_phase(ROOT, P.SUCCEEDED, 1, 3, clock.at(50), clock.at(-50)) is APPLIED
    assert await repo.get_action(ROOT) == before


async def test_times_are_accepted_in_several_forms(repo: ActionRepo, clock: Clock) -> None:
    forms: list[datetime | int | str] = [clock.at(7), clock.now + 7000, clock.at(7).isoformat()]
    forms.append(clock.at(7).replace(tzinfo=None))
    for number, given in enumerate(forms):
        run = RunIdentifier("", "p", "d", f"r{number}")
        await make(repo, run=run)
        await repo.update_action_phase(ActionIdentifier(run, "a0"), P.FAILED, 1, 0, given)
        ended = (await repo.get_run(run)).ended_at
        assert ended == clock.at(7)
        assert ended.utcoffset() == timedelta(0)


async def test_paused_settles(repo: ActionRepo) -> None:
    await make(repo, attempts=2, phase=P.PAUSED)
    assert await repo.update_action_phase(ROOT, P.QUEUED, 2) is STALE
    assert await repo.update_action_phase(ROOT, P.RUNNING, 1) is STALE
    assert await repo.update_action_phase(ROOT, P.TIMED_OUT, 2) is APPLIED
    assert (await repo.get_run(RUN)).ended_at is not None
