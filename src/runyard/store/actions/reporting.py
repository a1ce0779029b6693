"""One report of whoever runs an action: phase, events and state together, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from runyard.store.actions import events, states, updating
from runyard.store.actions.identifiers import ActionIdentifier
from runyard.store.actions.phases import ActionPhase, CacheStatus, UpdateResult
from runyard.store.actions.records import ActionEvent
from runyard.store.actions.times import Time
from runyard.store.database import Tx


@dataclass(frozen=True, slots=True)
class Report:
    """What is reported. `state` None leaves the state; it is written if it is at `expected_version` (None = any)."""

    id: ActionIdentifier
    phase: ActionPhase | int
    attempts: int = 0
    cache_status: CacheStatus | None = None
    end_time: Time = None
    start_time: Time = None
    events: Sequence[ActionEvent] = ()
    state: str | None = None
    expected_version: int | None = None


def report(tx: Tx, now: int, given: Report) -> UpdateResult:
    """Store a report. Events are kept of a stale one, too; its state is not. Raises what each part raises."""
    phase = ActionPhase(given.phase)
    result = updating.update_phase(
        tx, now, given.id, phase, given.attempts, given.cache_status, given.end_time, given.start_time
    )
    if result is not UpdateResult.NOT_FOUND:
        events.insert(tx, now, given.events)
    if result is UpdateResult.APPLIED and given.state is not None:
        states.write(tx, now, given.id, given.state, given.expected_version)
    return result
