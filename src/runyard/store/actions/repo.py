"""`ActionRepo`: runs as trees of actions, under the names of the original interface in snake_case.

All methods are coroutines; watches are async iterators. Trees of any org, project and domain are made by
`create_action`. The runs of this server are trees as well (see `places` for their names): they are read in the same
way, their actions change by the kernel alone, and their jobs may add actions of their own.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from runyard.store.actions import (
    aborting,
    attempts,
    creating,
    events,
    listing,
    places,
    reporting,
    retention,
    roots_watching,
    rows,
    run_aborts,
    run_events,
    states,
    updating,
    view,
    watching,
)
from runyard.store.actions.errors import ActionNotFound, EventNotFound, ReadOnlyAction, RunNotFound
from runyard.store.actions.filters import And, Filter, FilterFunction, ListResourceInput, limit_of
from runyard.store.actions.identifiers import ActionIdentifier, RunIdentifier, StateUpdate
from runyard.store.actions.phases import ActionPhase, CacheStatus, UpdateResult
from runyard.store.actions.places import Place
from runyard.store.actions.records import (
    Action,
    ActionAttempt,
    ActionEvent,
    ActionState,
    EnrichedIdentity,
    Resync,
    Run,
    TriggerName,
)
from runyard.store.actions.reporting import Report
from runyard.store.actions.times import Time, to_datetime, to_milliseconds
from runyard.store.actions.trees import Changes, Tree, claim, find
from runyard.store.actions.watching import BUFFER
from runyard.store.database import Database, Tx

By = EnrichedIdentity | str | None
EVENTS = 500
ROOTS = 1000
EVERYTHING = ListResourceInput()


@dataclass(frozen=True, slots=True)
class ActionPage:
    """A page of a list. `token` goes on behind it, "" at the end."""

    actions: list[Action]
    token: str


class ActionRepo:
    """Runs and actions in a database. `clock`: milliseconds; `record`: how decisions about workflow runs are stored
    (the server hands in its own, which also sees to its other runs).
    """

    def __init__(
        self,
        database: Database,
        *,
        clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        record: run_aborts.Record = run_aborts.append,
    ) -> None:
        self._database = database
        self._clock = clock
        self._record = record

    async def get_run(self, run_id: RunIdentifier) -> Run:
        """The root action. Raises RunNotFound."""

        def read(tx: Tx) -> Action | None:
            tree = find(tx, run_id)
            if tree is None:
                return None
            if tree.state is not None:
                return view.root(tree, tree.state)
            row = rows.find_root(tx, tree.id)
            return None if row is None else rows.action_of(row, run_id, tree.sequence)

        found = await self._database.read(read)
        if found is None:
            raise RunNotFound(f"There is no run {run_id}.")
        return found

    async def get_action(self, action_id: ActionIdentifier) -> Action:
        """An action. Raises ActionNotFound."""

        def read(tx: Tx) -> Action | None:
            tree = find(tx, action_id.run)
            if tree is None:
                return None
            if tree.run_id is not None:
                return view.action_of(tx, tree, action_id.name)
            row = rows.find(tx, tree.id, action_id.name)
            return None if row is None else rows.action_of(row, action_id.run, tree.sequence)

        found = await self._database.read(read)
        if found is None:
            raise ActionNotFound(f"There is no action {action_id}.")
        return found

    async def create_action(self, action: Action, update_triggered_at: bool = False) -> Action:
        """Store a new action; one that exists already is returned as it is. See `creating.create`."""
        return await self._database.write(
            lambda tx: creating.create(tx, self._clock(), action, update_triggered_at=update_triggered_at)
        )

    async def triggered_at(self, trigger: TriggerName) -> datetime | None:
        """When a trigger last made an action with `update_triggered_at`."""
        return to_datetime(await self._database.read(lambda tx: creating.triggered(tx, trigger)))

    async def insert_events(self, events_: Iterable[ActionEvent]) -> None:
        """Append events, all or none; those whose key is taken are dropped silently. See `events.insert`."""
        batch = list(events_)
        if batch:
            await self._database.write(lambda tx: events.insert(tx, self._clock(), batch))

    async def list_events(self, action_id: ActionIdentifier, limit: int = EVENTS) -> list[ActionEvent]:
        """The newest `limit` events of all attempts, oldest first (limit 0 = 500)."""
        count = limit if limit > 0 else EVENTS
        return await self._database.read(
            lambda tx: self._events(
                tx, action_id, lambda tree: events.newest(tx, tree.id, action_id, count), lambda all_: all_[-count:]
            )
        )

    async def list_events_since(
        self, action_id: ActionIdentifier, attempt: int, since: Time = 0, offset: int = 0, limit: int = EVENTS
    ) -> list[ActionEvent]:
        """Events of one attempt in order: behind the sequence number `since`, or recorded after the time `since`.

        A number continues exactly where the last event of an earlier call stands; a time is compared strictly.
        """
        after, recorded = (since, 0) if isinstance(since, int) else (0, to_milliseconds(since))
        count = limit if limit > 0 else EVENTS

        return await self._database.read(
            lambda tx: self._events(
                tx,
                action_id,
                lambda tree: events.since(tx, tree.id, action_id, attempt, after, recorded, offset, count),
                lambda all_: run_events.since(all_, attempt, after, recorded)[offset : offset + count],
            )
        )

    async def get_latest_event_by_attempt(self, action_id: ActionIdentifier, attempt: int) -> ActionEvent:
        """The newest event of an attempt; of one that has ended, of the phase it ended in. Raises EventNotFound."""
        found = await self._database.read(
            lambda tx: self._events(
                tx,
                action_id,
                lambda tree: events.latest(tx, tree.id, action_id, attempt),
                lambda all_: run_events.latest(all_, attempt),
            )
        )
        if not found:
            raise EventNotFound(f"The action {action_id} has no event of attempt {attempt}.")
        return found[0]

    async def list_attempts(self, action_id: ActionIdentifier) -> list[ActionAttempt]:
        """The attempts of an action that others made, from number 1 without a gap."""

        def read(tx: Tx) -> list[ActionAttempt]:
            tree = find(tx, action_id.run)
            return [] if tree is None else attempts.read(tx, tree.id, action_id.name)

        return await self._database.read(read)

    async def list_actions(self, input: ListResourceInput = EVERYTHING) -> list[Action]:
        """Actions in order: up to one more than the limit, which tells that there are more. See `listing`."""
        return await self._database.read(lambda tx: listing.page(tx, input))

    async def list_page(self, input: ListResourceInput = EVERYTHING) -> ActionPage:
        """`list_actions` without the additional one, and the token of the next page."""
        found = await self.list_actions(input)
        limit = limit_of(input)
        token = listing.token_after(found[limit - 1], input) if len(found) > limit else ""
        return ActionPage(found[:limit], token)

    async def list_root_actions(
        self,
        project: str = "",
        domain: str = "",
        start_date: Time = None,
        end_date: Time = None,
        limit: int = 0,
        *,
        org: str | None = None,
    ) -> list[Action]:
        """The newest runs (limit 0 = 1000), created from `start_date` to `end_date`, both included; "" = any."""
        wanted = {"project": project or None, "domain": domain or None, "org": org}
        parts = [Filter(field, FilterFunction.EQUAL, value) for field, value in wanted.items() if value is not None]
        if start_date is not None:
            parts.append(Filter("created_at", FilterFunction.GREATER_THAN_OR_EQUAL, start_date))
        if end_date is not None:
            parts.append(Filter("created_at", FilterFunction.LESS_THAN_OR_EQUAL, end_date))
        return await self._database.read(lambda tx: listing.roots(tx, And(*parts), limit if limit > 0 else ROOTS))

    async def update_action_phase(
        self,
        action_id: ActionIdentifier,
        phase: ActionPhase | int,
        attempts: int = 0,
        cache_status: CacheStatus | int | None = None,
        end_time: Time = None,
        start_time: Time = None,
    ) -> UpdateResult:
        """Move an action to a phase; late and repeated updates change nothing. See `updating.update_phase`."""
        cache = None if cache_status is None else CacheStatus(cache_status)
        return await self._database.write(
            lambda tx: updating.update_phase(
                tx, self._clock(), action_id, ActionPhase(phase), attempts, cache, end_time, start_time
            )
        )

    async def report(self, report: Report) -> UpdateResult:
        """Phase, events and state of one action in one transaction. See `reporting`."""
        return await self._database.write(lambda tx: reporting.report(tx, self._clock(), report))

    async def update_action_detailed_info(self, action_id: ActionIdentifier, info: bytes) -> None:
        """Replace the opaque details of an action. Raises ActionNotFound."""
        content = rows.as_bytes(info)
        if not await self._database.write(lambda tx: updating.set_detailed_info(tx, self._clock(), action_id, content)):
            raise ActionNotFound(f"There is no action {action_id}.")

    async def abort_run(self, run_id: RunIdentifier, reason: str = "", aborted_by: By = None) -> None:
        """Abort a run with everything below it; one that has ended stays as it is. Raises RunNotFound."""

        def write(tx: Tx) -> None:
            tree = find(tx, run_id)
            root = None if tree is None or tree.run_id is not None else rows.find_root(tx, tree.id)
            if tree is None or (tree.run_id is None and root is None):
                raise RunNotFound(f"There is no run {run_id}.")
            name = places.Place().name if root is None else root["name"]
            self._abort(tx, ActionIdentifier(run_id, name), reason, aborted_by)

        await self._database.write(write)

    async def abort_action(self, action_id: ActionIdentifier, reason: str = "", aborted_by: By = None) -> None:
        """Abort an action with everything below it; one that has ended stays as it is. Raises ActionNotFound."""
        await self._database.write(lambda tx: self._abort(tx, action_id, reason, aborted_by))

    async def list_pending_aborts(self, limit: int | None = None) -> list[Action]:
        """Actions whose abort is neither confirmed nor given up, oldest request first; also of workflow runs."""

        def read(tx: Tx) -> list[Action]:
            return [*aborting.pending(tx, limit=limit), *run_aborts.pending(tx)][:limit]

        return await self._database.read(read)

    async def claim_pending_aborts(self, limit: int = 100, lease_seconds: float = 60) -> list[Action]:
        """Pending aborts whose next try is due, for this caller alone until the lease is over."""
        lease = max(1, int(lease_seconds * 1000))
        return await self._database.write(lambda tx: aborting.pending(tx, due=self._clock(), limit=limit, lease=lease))

    async def mark_abort_attempt(self, action_id: ActionIdentifier) -> int:
        """Count a try to deliver an abort, before it is made; the count. Raises ActionNotFound, ReadOnlyAction."""

        def write(tx: Tx) -> int:
            changes, row = self._claimed(tx, action_id)
            count = aborting.mark(changes, row)
            changes.save()
            return count

        return await self._database.write(write)

    async def clear_abort_request(self, action_id: ActionIdentifier, outcome: str = aborting.CONFIRMED) -> None:
        """An abort is settled: "confirmed", or "abandoned". Nothing happens for an unknown action."""

        def write(tx: Tx) -> None:
            try:
                changes, row = self._claimed(tx, action_id)
            except ActionNotFound:
                return
            aborting.clear(changes, row, outcome)
            changes.save()

        await self._database.write(write)

    def watch_run_updates(
        self, run_id: RunIdentifier, after: int | None = None, buffer: int = BUFFER
    ) -> AsyncIterator[Run | Resync]:
        """The root of a run: as it is, then each change. `after`: only what is later. See `watching`."""
        return watching.tree(self._database, run_id, lambda action: action.parent_action_name is None, after, buffer)

    def watch_all_run_updates(self, after: str | None = None, buffer: int = BUFFER) -> AsyncIterator[Run | Resync]:
        """The roots of all runs: the newest 100, then changes. `after`: the `cursor` of an action of this watch."""
        return roots_watching.roots(self._database, after, buffer)

    def watch_all_action_updates(
        self, run_id: RunIdentifier, after: int | None = None, buffer: int = BUFFER
    ) -> AsyncIterator[Action | Resync]:
        """All actions of a run: as they are, then each change. `after`: only what is later. See `watching`."""
        return watching.tree(self._database, run_id, lambda action: True, after, buffer)

    def watch_action_updates(
        self, action_id: ActionIdentifier, after: int | None = None, buffer: int = BUFFER
    ) -> AsyncIterator[Action | Resync]:
        """One action: as it is, then each change. `after`: only what is later. See `watching`."""
        return watching.tree(self._database, action_id.run, lambda action: action.name == action_id.name, after, buffer)

    async def update_action_state(
        self, action_id: ActionIdentifier, state: str, expected_version: int | None = None
    ) -> int:
        """Replace an action's state; its new version. Raises ActionNotFound, StateTooLong, StateConflict."""
        written = await self._database.write(
            lambda tx: states.write(tx, self._clock(), action_id, state, expected_version)
        )
        return written.version

    async def get_action_state(self, action_id: ActionIdentifier) -> str:
        """An action's state, "" while there is none. Raises ActionNotFound."""
        return (await self.read_action_state(action_id)).state

    async def read_action_state(self, action_id: ActionIdentifier) -> ActionState:
        """An action's state with its version. Raises ActionNotFound."""
        return await self._database.read(lambda tx: states.read(tx, action_id))

    async def notify_state_update(self, action_id: ActionIdentifier) -> None:
        """Tell the watchers of states of an action again. Raises ActionNotFound."""
        await self._database.write(lambda tx: states.announce(tx, self._clock(), action_id))

    def watch_state_updates(self, after: int | None = None) -> AsyncIterator[StateUpdate]:
        """The identifiers of actions whose state is written: from now on, or behind a `sequence` of this watch."""
        return watching.all_states(self._database, after)

    async def forget_history(self, run_id: RunIdentifier, up_to: int) -> None:
        """Remove the recorded changes of a run that others made, up to a number; its actions and events stay.

        Raises RunNotFound, ReadOnlyAction.
        """

        def write(tx: Tx) -> None:
            tree = find(tx, run_id)
            if tree is None:
                raise RunNotFound(f"There is no run {run_id}.")
            if tree.run_id is not None:
                raise ReadOnlyAction(f"{run_id} is a run of this server; its history is its journal.")
            retention.forget(tx, claim(tx, run_id, self._clock()), up_to)

        await self._database.write(write)

    async def remove_ended(self, ended_before: Time, limit: int = 100) -> int:
        """Remove runs that others made, with everything in them, if their root ended before; how many."""
        before = to_milliseconds(ended_before)
        return await self._database.write(lambda tx: retention.remove_ended(tx, before, limit))

    def _events(
        self,
        tx: Tx,
        action: ActionIdentifier,
        stored: Callable[[Tree], list[ActionEvent]],
        chosen: Callable[[list[ActionEvent]], list[ActionEvent]],
    ) -> list[ActionEvent]:
        """Events from their rows, or chosen from those that the journal of a workflow run tells."""
        tree = find(tx, action.run)
        if tree is None:
            return []
        place = places.place_of(action.name) if tree.run_id is not None else None
        if tree.run_id is None or (place is not None and place.own):
            return stored(tree)
        return [] if place is None else chosen(run_events.read(tx, tree.run_id, action, place))

    def _abort(self, tx: Tx, action: ActionIdentifier, reason: str, aborted_by: By) -> None:
        by = rows.subject_of(aborted_by)
        place = places.place_of(action.name) if places.find_run(tx, action.run) is not None else Place(own="-")
        if place is None or not place.own:
            tree = claim(tx, action.run, self._clock())
            run_aborts.abort(tx, self._record, self._clock(), tree, action, reason, by)
            return
        changes, row = self._claimed(tx, action)
        aborting.abort(changes, row, reason, by)
        changes.save()

    def _claimed(self, tx: Tx, action: ActionIdentifier) -> tuple[Changes, dict[str, Any]]:
        """An action that others made, locked with its tree. Raises ActionNotFound, ReadOnlyAction."""
        changes, row = updating.claim_row(tx, self._clock(), action)
        if changes is None or row is None:
            raise ActionNotFound(f"There is no action {action}.")
        return changes, row
