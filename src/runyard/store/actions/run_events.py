"""The history of a part of a workflow run, read from the run's journal.

Attempt numbers are those of `view`: of a job and its steps the dispatch, elsewhere 1. `info` is the journal's entry.
"""

from __future__ import annotations

from collections import Counter

import msgspec

from runyard.kernel.events import (
    AttemptCreated,
    AttemptStatusChanged,
    Event,
    JobCreated,
    JobStatusChanged,
    RunCreated,
    RunStatusChanged,
    StepChanged,
    TaskCreated,
    TaskStatusChanged,
)
from runyard.kernel.evolve import evolve
from runyard.kernel.state import Run
from runyard.store import journal
from runyard.store.actions import view
from runyard.store.actions.identifiers import ActionIdentifier
from runyard.store.actions.phases import TERMINAL, ActionPhase
from runyard.store.actions.places import Place
from runyard.store.actions.records import ActionEvent
from runyard.store.actions.times import to_datetime, to_milliseconds
from runyard.store.database import Tx

PER_READ = 1000
_FAILED = {ActionPhase.FAILED: "KIND_USER", ActionPhase.TIMED_OUT: "KIND_SYSTEM"}
_encode = msgspec.json.Encoder().encode


def read(tx: Tx, run_id: int, action: ActionIdentifier, place: Place) -> list[ActionEvent]:
    """All events of one part, in order; of an old run whose journal was thinned out only the first ones."""
    events: list[ActionEvent] = []
    versions: Counter[tuple[int, ActionPhase]] = Counter()
    run: Run | None = None
    after = 0
    while found := journal.read(tx, run_id, after, PER_READ):
        for sequence, event in found:
            if sequence != after + 1:
                return events
            after = sequence
            run = evolve(run, event)
            told = _attempt_and_phase(run, event, place)
            if told is not None:
                events.append(_event(action, *told, versions[told], after, event))
                versions[told] += 1
    return events


def since(events: list[ActionEvent], attempt: int, after: int, recorded: int) -> list[ActionEvent]:
    """Those of one attempt behind a sequence number that were recorded later than a time."""
    return [
        event
        for event in events
        if event.attempt == attempt and event.sequence > after and to_milliseconds(event.updated_at) > recorded
    ]


def latest(events: list[ActionEvent], attempt: int) -> list[ActionEvent]:
    """The newest event of an attempt, if any; once it has ended, the newest one of the phase that it first ended in."""
    mine = [event for event in events if event.attempt == attempt]
    end = next((event.phase for event in mine if event.phase in TERMINAL), None)
    return [event for event in mine if end in (None, event.phase)][-1:]


def _attempt_and_phase(run: Run, event: Event, place: Place) -> tuple[int, ActionPhase] | None:
    """What an event says of the part, None = nothing."""
    if not place.attempt:
        told = isinstance(event, RunCreated | RunStatusChanged)
        return (1, view.phase_of(run.status)) if told else None
    if getattr(event, "attempt", 0) != place.attempt:
        return None
    if not place.job:
        told = isinstance(event, AttemptCreated | AttemptStatusChanged)
        return (1, view.phase_of(run.attempts[place.attempt - 1].status)) if told else None
    if getattr(event, "job", 0) != place.job:
        return None
    job = run.attempts[place.attempt - 1].jobs[place.job]
    if place.step < 0 and isinstance(event, TaskStatusChanged) and event.status.is_terminal:
        return event.task, view.phase_of(event.status, event.code)
    if place.step < 0:
        told = isinstance(event, JobCreated | JobStatusChanged | TaskCreated | TaskStatusChanged)
        return (view.attempts_of(job), view.phase_of_job(run, job)) if told else None
    if isinstance(event, StepChanged) and event.step == place.step:
        return event.task, view.phase_of(event.status)
    return None


def _event(
    action: ActionIdentifier, attempt: int, phase: ActionPhase, version: int, sequence: int, event: Event
) -> ActionEvent:
    at = to_datetime(event.at)
    return ActionEvent(
        id=action,
        attempt=attempt,
        phase=phase,
        version=version,
        info=_encode(event),
        error_kind=_FAILED.get(phase),
        reported_at=at,
        created_at=at,
        updated_at=at,
        sequence=sequence,
    )
