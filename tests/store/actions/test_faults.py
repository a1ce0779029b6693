"""Weak points of the original that are avoided here, by the number they have in the list of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runyard import store
from runyard.store import Database
from runyard.store.actions import (
    ActionEvent,
    ActionIdentifier,
    ActionNotFound,
    ActionPhase,
    ActionRepo,
    CacheStatus,
    EnrichedIdentity,
    EventNotFound,
    Filter,
    FilterFunction,
    InvalidList,
    ListResourceInput,
    Report,
    Resync,
    RootExists,
    SortParameter,
    StateConflict,
    UpdateResult,
)
from tests.store.actions.helpers import ROOT, RUN, Clock, child, close, make, take

P = ActionPhase


async def test_fault_01_an_end_is_not_overwritten(repo: ActionRepo) -> None:
    await make(repo)
    await repo.update_action_phase(ROOT, P.SUCCEEDED, 1)
    for phase in (P.FAILED, P.ABORTED, P.TIMED_OUT, P.PAUSED):
        assert await repo.update_action_phase(ROOT, phase, 1) is UpdateResult.STALE
    assert (await repo.get_run(RUN)).phase is P.SUCCEEDED


async def test_fault_02_a_retry_takes_the_end_back_and_the_attempt_keeps_it(repo: ActionRepo, clock: Clock) -> None:
    await make(repo)
    await repo.update_action_phase(ROOT, P.RUNNING, 1)
    clock.advance(10)
    await repo.update_action_phase(ROOT, P.FAILED, 1)
    failed_at = clock.at()
    clock.advance(5)
    await repo.update_action_phase(ROOT, P.QUEUED, 2)
    action = await repo.get_action(ROOT)
    assert (action.ended_at, action.duration_ms, action.attempts) == (None, None, 2)
    await repo.update_action_phase(ROOT, P.RUNNING, 2)
    clock.advance(300)
    await repo.update_action_phase(ROOT, P.SUCCEEDED, 2)
    assert (await repo.get_action(ROOT)).duration_ms == 300_000
    first, second = await repo.list_attempts(ROOT)
    assert (first.phase, first.ended_at, second.phase, second.ended_at) == (
        P.FAILED,
        failed_at,
        P.SUCCEEDED,
        clock.at(),
    )


async def test_fault_03_a_missing_action_is_told_from_a_stale_update(repo: ActionRepo) -> None:
    assert await repo.update_action_phase(ROOT, P.RUNNING, 1) is UpdateResult.NOT_FOUND
    await make(repo)
    assert await repo.update_action_phase(child("other"), P.RUNNING, 1) is UpdateResult.NOT_FOUND
    assert await repo.update_action_phase(ROOT, P.RUNNING, 1) is UpdateResult.APPLIED
    assert await repo.update_action_phase(ROOT, P.QUEUED, 1) is UpdateResult.STALE


async def test_fault_05_promoting_a_parent_erases_and_reopens_nothing(repo: ActionRepo) -> None:
    await make(repo)
    await repo.update_action_phase(ROOT, P.INITIALIZING, 3, CacheStatus.HIT)
    assert await repo.update_action_phase(ROOT, P.RUNNING, 0, CacheStatus.DISABLED) is UpdateResult.APPLIED
    action = await repo.get_action(ROOT)
    assert (action.phase, action.attempts, action.cache_status) == (P.RUNNING, 3, CacheStatus.HIT)
    await repo.update_action_phase(ROOT, P.FAILED, 3)
    assert await repo.update_action_phase(ROOT, P.RUNNING, 0) is UpdateResult.STALE


async def test_fault_06_aborting_what_has_ended_changes_nothing(repo: ActionRepo) -> None:
    await make(repo)
    await repo.update_action_phase(ROOT, P.FAILED, 1)
    before = await repo.get_run(RUN)
    await repo.abort_run(RUN, "late", None)
    await repo.abort_action(ROOT, "late", None)
    assert await repo.get_run(RUN) == before
    assert await repo.list_pending_aborts() == []


async def test_fault_07_phase_events_and_state_are_stored_together(repo: ActionRepo) -> None:
    await make(repo)
    running = Report(ROOT, P.RUNNING, 1, events=[ActionEvent(ROOT, 1, P.RUNNING)], state="half", expected_version=0)
    assert await repo.report(running) is UpdateResult.APPLIED
    before = await repo.get_run(RUN)
    assert (before.phase, len(await repo.list_events(ROOT)), await repo.get_action_state(ROOT)) == (
        P.RUNNING,
        1,
        "half",
    )
    ended = Report(ROOT, P.SUCCEEDED, 1, events=[ActionEvent(ROOT, 1, P.SUCCEEDED)], state="all", expected_version=0)
    with pytest.raises(StateConflict):
        await repo.report(ended)
    assert await repo.get_run(RUN) == before
    assert len(await repo.list_events(ROOT)) == 1
    assert await repo.report(replace(ended, expected_version=1)) is UpdateResult.APPLIED
    assert await repo.report(running) is UpdateResult.STALE
    assert await repo.get_action_state(ROOT) == "all"
    assert await repo.report(replace(running, id=child("other"))) is UpdateResult.NOT_FOUND


async def test_fault_08_a_state_is_compared_and_creation_times_stay(repo: ActionRepo, clock: Clock) -> None:
    await make(repo)
    assert await repo.update_action_state(ROOT, "one", 0) == 1
    with pytest.raises(StateConflict) as conflict:
        await repo.update_action_state(ROOT, "two", 0)
    assert conflict.value.version == 1
    with pytest.raises(RootExists):
        await make(repo, "second-root")
    await repo.update_action_phase(ROOT, P.RUNNING, 1, start_time=clock.at(-1000))
    assert (await repo.get_run(RUN)).created_at == clock.at()


async def test_fault_09_order_does_not_depend_on_clocks(repo: ActionRepo, clock: Clock) -> None:
    await make(repo)
    await repo.insert_events([ActionEvent(ROOT, version=1, reported_at=clock.at(50))])
    clock.advance(-100)
    await repo.insert_events([ActionEvent(ROOT, version=0, reported_at=clock.at(-50))])
    first, second = await repo.list_events(ROOT, 10)
    assert (first.version, second.version) == (1, 0)
    assert first.sequence < second.sequence
    assert first.created_at is not None
    assert second.created_at is not None
    assert first.created_at <= second.created_at


async def test_fault_10_an_attempt_that_nobody_ended_does_not_run_for_ever(repo: ActionRepo, clock: Clock) -> None:
    await make(repo)
    await repo.update_action_phase(ROOT, P.RUNNING, 1)
    await repo.insert_events([ActionEvent(ROOT, 1, P.RUNNING)])
    clock.advance(3)
    assert await repo.update_action_phase(ROOT, P.QUEUED, 2) is UpdateResult.APPLIED
    first, second = await repo.list_attempts(ROOT)
    assert (first.phase, first.ended_at, second.phase, second.ended_at) == (P.FAILED, clock.at(), P.QUEUED, None)
    event = await repo.get_latest_event_by_attempt(ROOT, 1)
    assert (event.phase, event.error_kind) == (P.FAILED, "KIND_SYSTEM")


async def test_fault_12_an_abort_after_the_end_is_not_the_latest_event(repo: ActionRepo) -> None:
    for phase, version in ((P.RUNNING, 0), (P.SUCCEEDED, 1), (P.ABORTED, 0), (P.SUCCEEDED, 2), (P.PAUSED, 0)):
        await repo.insert_events([ActionEvent(ROOT, 1, phase, version, info=f"{phase} {version}".encode())])
    event = await repo.get_latest_event_by_attempt(ROOT, 1)
    assert (event.phase, event.version) == (P.SUCCEEDED, 2)


async def test_fault_13_a_long_history_does_not_hide_its_end(repo: ActionRepo) -> None:
    running = [ActionEvent(ROOT, 1, P.RUNNING, version) for version in range(600)]
    await repo.insert_events([*running, ActionEvent(ROOT, 1, P.SUCCEEDED)])
    assert (await repo.list_events(ROOT, 500))[-1].phase is P.SUCCEEDED
    assert [event.version for event in await repo.list_events(ROOT, 3)] == [598, 599, 0]


async def test_fault_14_a_batch_of_one_time_is_paged_without_loss(repo: ActionRepo, clock: Clock) -> None:
    await repo.insert_events(ActionEvent(ROOT, 1, P.RUNNING, version) for version in range(25))
    seen: list[int] = []
    sequence = 0
    while page := await repo.list_events_since(ROOT, 1, sequence, 0, 10):
        seen += [event.version for event in page]
        sequence = page[-1].sequence
    assert seen == list(range(25))
    by_time = [await repo.list_events_since(ROOT, 1, clock.at(-1), offset, 10) for offset in (0, 10, 20)]
    assert [event.version for page in by_time for event in page] == seen
    assert await repo.list_events_since(ROOT, 1, clock.at(), 0, 10) == []
    clock.advance(-5)
    await repo.insert_events([ActionEvent(ROOT, 1, P.SUCCEEDED)])
    assert len(await repo.list_events_since(ROOT, 1, sequence, 0, 10)) == 1


async def test_fault_15_a_call_is_stored_whole_or_not_at_all(repo: ActionRepo) -> None:
    good = [ActionEvent(ROOT, 1, P.RUNNING, version) for version in range(6000)]
    with pytest.raises(store.StoreError):
        await repo.insert_events([*good, ActionEvent(ActionIdentifier(RUN, ""), 1)])
    assert await repo.list_events(ROOT, 10) == []


async def test_fault_17_a_watcher_that_fell_behind_is_told(repo: ActionRepo) -> None:
    await make(repo)
    for attempt in range(1, 6):
        await repo.update_action_phase(ROOT, P.FAILED, attempt)
    watch = repo.watch_action_updates(ROOT, after=1, buffer=2)
    resync, action = await take(watch, 2)
    assert isinstance(resync, Resync)
    assert not isinstance(action, Resync)
    assert (action.attempts, action.sequence) == (5, 6)
    await close(watch)
    future = repo.watch_run_updates(RUN, after=1_000_000)
    assert isinstance((await take(future, 1))[0], Resync)
    await close(future)


async def test_fault_18_a_change_is_told_if_and_only_if_it_is_stored(database: Database, repo: ActionRepo) -> None:
    await make(repo)
    watch = repo.watch_run_updates(RUN)
    await take(watch, 1)
    with pytest.raises(store.StoreError):
        await repo.insert_events([ActionEvent(ROOT), ActionEvent(ActionIdentifier(RUN, ""))])
    await repo.update_action_phase(ROOT, P.RUNNING, 1)
    (told,) = await take(watch, 1)
    assert not isinstance(told, Resync)
    assert told.phase is P.RUNNING
    await close(watch)


async def test_fault_20_a_new_run_is_told_at_once(repo: ActionRepo) -> None:
    watch = repo.watch_all_run_updates()
    waiting = take(watch, 1)
    await make(repo)
    (told,) = await waiting
    assert not isinstance(told, Resync)
    assert (told.id, told.phase) == (ROOT, P.QUEUED)
    await repo.abort_action(ROOT, "", None)
    (told,) = await take(watch, 1)
    assert not isinstance(told, Resync)
    assert told.phase is P.ABORTED
    await close(watch)


async def test_fault_22_children_before_their_parents_are_told_in_order(repo: ActionRepo) -> None:
    watch = repo.watch_all_action_updates(RUN, after=0)
    for name, parent in (("leaf", "branch"), ("branch", "a0"), ("a0", None)):
        await make(repo, name, parent)
    told = await take(watch, 3)
    assert [(each.name, each.sequence) for each in told if not isinstance(each, Resync)] == [
        ("leaf", 1),
        ("branch", 2),
        ("a0", 3),
    ]
    await close(watch)


async def test_fault_24_runs_of_one_name_do_not_hear_each_other(repo: ActionRepo) -> None:
    other = replace(RUN, project="other")
    await make(repo)
    await make(repo, run=other)
    watch = repo.watch_all_action_updates(RUN)
    await take(watch, 1)
    await repo.update_action_phase(ActionIdentifier(other, "a0"), P.RUNNING, 1)
    await repo.update_action_phase(ROOT, P.INITIALIZING, 1)
    (told,) = await take(watch, 1)
    assert not isinstance(told, Resync)
    assert told.phase is P.INITIALIZING
    await close(watch)


async def test_fault_25_giving_up_stays_visible(repo: ActionRepo) -> None:
    await make(repo)
    await repo.abort_run(RUN, "stop", "ada")
    assert (await repo.get_run(RUN)).abort_outcome == "requested"
    await repo.clear_abort_request(ROOT, "abandoned")
    action = await repo.get_run(RUN)
    assert (action.abort_outcome, action.abort_requested_at, action.abort_reason) == ("abandoned", None, "stop")


async def test_fault_26_a_pending_abort_is_tried_by_one_at_a_time(repo: ActionRepo, clock: Clock) -> None:
    await make(repo)
    await repo.abort_run(RUN)
    assert [each.id for each in await repo.claim_pending_aborts(10, 30)] == [ROOT]
    assert await repo.claim_pending_aborts(10, 30) == []
    clock.advance(30)
    assert [each.id for each in await repo.claim_pending_aborts(10, 30)] == [ROOT]
    assert [each.id for each in await repo.list_pending_aborts()] == [ROOT]


async def test_fault_27_who_and_why_reach_everything_below(repo: ActionRepo) -> None:
    await make(repo)
    await make(repo, "b", "a0")
    await make(repo, "c", "b")
    await repo.abort_run(RUN, "budget", EnrichedIdentity("ada", "Ada"))
    for name in ("a0", "b", "c"):
        action = await repo.get_action(child(name))
        assert (action.phase, action.abort_reason, action.aborted_by) == (P.ABORTED, "budget", "ada")


async def test_fault_28_the_root_has_any_name_and_pauses_grow(repo: ActionRepo, clock: Clock) -> None:
    await make(repo, "main")
    await repo.abort_run(RUN)
    root = child("main")
    for count, pause in ((1, 1), (2, 2), (3, 4)):
        assert await repo.mark_abort_attempt(root) == count
        assert await repo.claim_pending_aborts() == []
        clock.advance(pause)
        assert len(await repo.claim_pending_aborts(lease_seconds=0.001)) == 1
    for _ in range(100):
        await repo.mark_abort_attempt(root)


async def test_fault_32_what_is_missing_has_its_own_error(repo: ActionRepo) -> None:
    with pytest.raises(EventNotFound):
        await repo.get_latest_event_by_attempt(ROOT, 99)
    with pytest.raises(ActionNotFound):
        await repo.mark_abort_attempt(ROOT)
    await repo.clear_abort_request(ROOT)


async def test_fault_33_filters_take_one_value_or_many(repo: ActionRepo) -> None:
    await make(repo, action_group="50%_done", trigger_type="cron", created_by="ada")
    await make(repo, "b", "a0", phase=P.RECOVERED)

    async def names(field: str, function: FilterFunction, *values: object) -> list[str]:
        asked = ListResourceInput(filter=Filter(field, function, values), sort_parameters=[SortParameter("name", 1)])
        return [action.name for action in await repo.list_actions(asked)]

    assert await names("phase", FilterFunction.VALUE_IN, 10) == ["b"]
    assert await names("phase", FilterFunction.EQUAL, "10", 1) == ["a0", "b"]
    assert await names("trigger_type", FilterFunction.EQUAL, "cron") == ["a0"]
    assert await names("action_group", FilterFunction.CONTAINS, "%_d") == ["a0"]
    assert await names("action_group", FilterFunction.CONTAINS, "0_d") == []
    assert await names("parent_name", FilterFunction.EQUAL, "a0") == ["b"]
    assert await names("created_by", FilterFunction.EQUAL, "ada") == ["a0"]
    with pytest.raises(InvalidList, match="invalid filter field"):
        await names("labels.team", FilterFunction.EQUAL, "x")


async def test_fault_34_pages_stay_stable_while_rows_come_and_change(repo: ActionRepo, clock: Clock) -> None:
    for number in range(9):
        await make(repo, f"n{number}", "a0")
        clock.advance(1)
    asked = ListResourceInput(limit=3)
    seen: list[str] = []
    token = ""
    while True:
        page = await repo.list_page(replace(asked, cursor_token=token))
        seen += [action.name for action in page.actions]
        await make(repo, f"new{len(seen)}", "a0")
        await repo.update_action_phase(child("n0"), P.RUNNING, 1)
        if not page.token:
            break
        token = page.token
    assert seen == [f"n{number}" for number in reversed(range(9))]


async def test_fault_35_orgs_are_kept_apart(repo: ActionRepo) -> None:
    await make(repo)
    await make(repo, run=replace(RUN, org="other"))
    assert len(await repo.list_root_actions("shop", "production")) == 2
    assert [each.id for each in await repo.list_root_actions("shop", "production", org="acme")] == [ROOT]


async def test_fault_36_a_state_is_opaque_and_has_its_own_watch(repo: ActionRepo) -> None:
    await make(repo)
    watch = repo.watch_state_updates(after=0)
    await repo.update_action_state(ROOT, '{"phase": "RUNNING", "status": 7}')
    action = await repo.get_action(ROOT)
    assert (action.phase, action.action_details) == (P.QUEUED, b"")
    assert (await take(watch, 1))[0] == ROOT
    await close(watch)
