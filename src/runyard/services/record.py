"""The one way to store what the kernel decided: the events, and what follows from them for other runs.

An attempt or job that asks for a concurrency group, or that ends while it holds or wants one, concerns the group's
other members. They are ruled on in the same transaction, until nothing changes: so a group never has two holders, and
nobody waits for one that is free.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from runyard.kernel import decide
from runyard.kernel.causes import Cause
from runyard.kernel.commands import CancelRun, Command, GrantConcurrency
from runyard.kernel.groups import arbitrate, deadlocked, touched_groups
from runyard.services.append import append_events, create_run
from runyard.store import concurrency, runs
from runyard.store.runs import Change

if TYPE_CHECKING:
    from runyard.kernel.events import Event
    from runyard.kernel.state import Run
    from runyard.services.context import Services
    from runyard.store import Tx
    from runyard.store.concurrency import Entry
    from runyard.store.runs import Saved


def record(services: Services, tx: Tx, run_id: int, before: Run, events: Sequence[Event]) -> Saved:
    """Append `events` to the run, whose state was `before`, and to others what follows. Nothing for no events."""
    return record_all(services, tx, [Change(run_id, before, events)])[0]


def record_all(services: Services, tx: Tx, changes: Sequence[Change]) -> Sequence[Saved]:
    """`record` for different runs; what was stored of each, with its state after all that follows."""
    appended = append_events(services, tx, changes)
    settled = False
    for saved, events in appended:
        touched = touched_groups(saved.run, events)
        if touched:
            _settle_groups(services, tx, saved.run.repository_id, touched)
            settled = True
    if not settled:
        return [saved for saved, _ in appended]
    return [
        replace(saved, run=runs.load(tx, change.run_id)) for change, (saved, _) in zip(changes, appended, strict=True)
    ]


def record_new(services: Services, tx: Tx, events: Sequence[Event]) -> tuple[int, Run]:
    """Store a new run from its first events; its id and the state that it has when all that follows is done."""
    run_id, run = create_run(services, tx, events)
    touched = touched_groups(run, events)
    if not touched:
        return run_id, run
    _settle_groups(services, tx, run.repository_id, touched)
    return run_id, runs.load(tx, run_id)


def _settle_groups(services: Services, tx: Tx, repository_id: int, groups: set[str]) -> None:
    """Rule on these groups, and on those that are touched by it, in the order of their keys."""
    while groups:
        key = min(groups)
        groups.remove(key)
        entries = concurrency.members(tx, repository_id, key)
        ruling = arbitrate([entry.member for entry in entries])
        for who, newer in ruling.cancel:
            command = _cancel(services, tx, entries[who], entries[newer])
            groups |= _follow(services, tx, entries[who], command)
        if ruling.grant is not None:
            entry = entries[ruling.grant]
            groups |= _follow(services, tx, entry, GrantConcurrency(at=services.clock(), job=entry.job))
        elif any(entry.job and not entry.granted for entry in entries):
            groups |= _end_deadlock(services, tx, repository_id)


def _follow(services: Services, tx: Tx, entry: Entry, command: Command) -> set[str]:
    """Give a command to a member's run; the groups that it touches."""
    run = runs.load(tx, entry.run_id, lock=True)
    if run.attempt.number != entry.attempt:
        return set()
    [(saved, events)] = append_events(services, tx, [Change(entry.run_id, run, decide(run, command))])
    return touched_groups(saved.run, events)


def _cancel(services: Services, tx: Tx, entry: Entry, newer: Entry) -> CancelRun:
    """The cancellation of a member because of another one, which it names."""
    group = _group_of(tx, entry)
    if newer == entry:
        by, reason = "", f"too many wait for the concurrency group '{group}'"
    else:
        by = _name(tx, newer, entry)
        waits = f"only the newest may wait for the concurrency group '{group}'"
        reason = f"it came with cancel-in-progress in the concurrency group '{group}'" if entry.granted else waits
    return CancelRun(at=services.clock(), by=by, reason=reason, job=entry.job, code=Cause.CONCURRENCY)


def _end_deadlock(services: Services, tx: Tx, repository_id: int) -> set[str]:
    """Runs that hold groups and whose jobs wait for each other's: the newest of these jobs is cancelled."""
    stuck = deadlocked(concurrency.of_repository(tx, repository_id))
    if stuck is None:
        return set()
    holder = f"'{_group_of(tx, stuck)}' is held by a run that waits for a group of this run"
    reason = f"deadlock: the concurrency group {holder}"
    command = CancelRun(at=services.clock(), by="", reason=reason, job=stuck.job, code=Cause.DEADLOCK)
    return _follow(services, tx, stuck, command)


def _name(tx: Tx, entry: Entry, seen_from: Entry) -> str:
    """`run 7`; within one run `job 'deploy'`."""
    run = runs.load(tx, entry.run_id)
    if entry.run_id == seen_from.run_id and entry.job:
        return f"job '{run.attempt.jobs[entry.job].name}'"
    return f"run {run.number}"


def _group_of(tx: Tx, entry: Entry) -> str:
    """The group's name as this member spells it."""
    attempt = runs.load(tx, entry.run_id).attempt
    wanted = attempt.jobs[entry.job].concurrency if entry.job else attempt.concurrency
    return wanted.group if wanted else ""
