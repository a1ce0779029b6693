"""Watches: what there is, then every change once and in order, for as long as the caller iterates.

A watch subscribes first and reads afterwards, always behind the number it has reached, so that nothing is lost between
the two, however slow the caller is. One that has fallen behind by more than its `buffer`, or whose history is gone, is
told `Resync` and gets a new snapshot. What does not exist yet is waited for.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

from runyard.store.actions import places, states
from runyard.store.actions.errors import RunNotFound
from runyard.store.actions.following import Batch, Follower, Wanted
from runyard.store.actions.identifiers import RunIdentifier, StateUpdate
from runyard.store.actions.records import Action, Resync
from runyard.store.actions.run_follower import RunFollower
from runyard.store.actions.tree_follower import TreeFollower
from runyard.store.actions.trees import ALL_STATES, find, topic_of
from runyard.store.database import Database, Tx

BUFFER = 10_000
SAFETY_SECONDS = 5.0
"""A watcher looks this often even if nobody wakes it."""

STATES_PER_READ = 500


async def tree(
    database: Database, run: RunIdentifier, wanted: Wanted, after: int | None, buffer: int
) -> AsyncIterator[Action | Resync]:
    """The wanted actions of a run. Raises RunNotFound when the run is removed meanwhile."""
    is_ours = places.run_id_in(run) is not None
    watch = _Watch(RunFollower(wanted) if is_ours else TreeFollower(wanted), run, after, buffer)
    with database.signals.subscribe(topic_of(run)) as wake:
        while True:
            items, more = await database.read(watch.look)
            for item in items:
                yield item
            if not more:
                await wake.wait(SAFETY_SECONDS)


async def all_states(database: Database, after: int | None) -> AsyncIterator[StateUpdate]:
    """The actions whose state is written, from now on or behind a number. One written twice may be told once."""
    with database.signals.subscribe(ALL_STATES) as wake:
        position = await database.read(states.position) if after is None else after
        while True:
            start = position
            found = await database.read(lambda tx, start=start: states.since(tx, start, STATES_PER_READ))  # type: ignore[misc]
            for update in found:
                yield update
                position = update.sequence
            if len(found) < STATES_PER_READ:
                await wake.wait(SAFETY_SECONDS)


class _Watch:
    """One watch of one tree: how it begins, goes on, and starts again."""

    def __init__(self, follower: Follower, run: RunIdentifier, after: int | None, buffer: int) -> None:
        self._follower = follower
        self._run = run
        self._after = after
        self._buffer = buffer
        self._begun = False

    def look(self, tx: Tx) -> tuple[list[Action | Resync], bool]:
        """What is to be told now, and whether there is more at once."""
        found = find(tx, self._run)
        if found is None:
            if self._begun:
                raise RunNotFound(f"The run {self._run} does not exist any more.")
            return [], False
        follower = self._follower
        if not self._begun:
            self._begun = True
            if self._after is None:
                return [*_steps(follower.snapshot(tx, found), follower.position)], True
            resumed = follower.start(tx, found, self._after)
        else:
            resumed = found.sequence >= follower.position >= found.forgotten
        in_reach = resumed and found.sequence - follower.position <= self._buffer
        batch = follower.changes(tx, found) if in_reach else Batch(lost=True)
        if not batch.lost:
            return [*batch.items], batch.more
        snapshot = follower.snapshot(tx, found)
        return [Resync(0 if snapshot else follower.position), *_steps(snapshot, follower.position)], True


def _steps(snapshot: list[Action], position: int) -> list[Action]:
    """A snapshot that is complete with its last row only: who leaves before begins again."""
    last = len(snapshot) - 1
    return [replace(each, sequence=position if place == last else 0) for place, each in enumerate(snapshot)]
