"""Nothing stays as it is for ever: silent runners, jobs that nobody takes, aborts without an end, pauses that are over.

An exact timer waits for the next lease or deadline; a slow sweep is the safety net. Of several server processes on
PostgreSQL one does this, as long as it lives: it leads while it renews its lease in the store, another takes over when
that has run out.
"""

from __future__ import annotations

import contextlib
import logging
from typing import TYPE_CHECKING

from runyard.kernel import decide
from runyard.kernel.commands import Tick
from runyard.services.leases import expire_leases
from runyard.services.record import record
from runyard.services.timer import TOPIC
from runyard.store import StoreError, deadlines, leader, runs, tasks

if TYPE_CHECKING:
    from runyard.services.context import Services
    from runyard.store import Tx

BATCH = 1000
NEVER = 1 << 62
LEADER = "reconciler"
LEADER_SECONDS = 15.0
"""How long a leader that has died is still believed to live; it renews three times as often."""

log = logging.getLogger(__name__)


async def run_reconciler(services: Services) -> None:
    """Meet all leases and deadlines, in time, until cancelled."""
    name = services.new_token()
    with services.database.signals.subscribe(TOPIC) as wake:
        try:
            while True:
                check = await reconcile_once(services, name)
                while await wake.wait(max(0, check - services.clock()) / 1000):
                    check = services.fleet.next_check
        finally:
            await _resign(services, name)


async def reconcile_once(services: Services, name: str) -> int:
    """Look once, if this process (`name`) leads; when to look again, in milliseconds."""
    if not await _leads(services, name):
        services.fleet.next_check = 0
        return services.clock() + int(LEADER_SECONDS * 1000 / 3)
    services.fleet.next_check = NEVER
    upcoming = await _upcoming(services)
    if upcoming <= services.clock():
        await expire_leases(services)
        await meet_deadlines(services)
        upcoming = await _upcoming(services)
    now = services.clock()
    pace = services.settings.sweep_seconds
    if services.database.dialect != "sqlite":
        pace = min(pace, LEADER_SECONDS / 3)
    check = now + int(pace * 1000)
    check = upcoming if now < upcoming < check else check
    services.fleet.next_check = min(check, services.fleet.next_check)
    return services.fleet.next_check


async def meet_deadlines(services: Services) -> int:
    """Let every overdue run move on; return how many there were. One that cannot be stops no other."""
    now = services.clock()
    overdue = await services.database.read(lambda tx: deadlines.overdue(tx, now, BATCH))
    for run_id in overdue:
        try:
            await services.database.write(lambda tx, run_id=run_id: _tick(services, tx, run_id))  # type: ignore[misc]
        except Exception:
            log.exception("run %s could not be moved on", run_id)
    return len(overdue)


def _tick(services: Services, tx: Tx, run_id: int) -> None:
    run = runs.load(tx, run_id, lock=True)
    limits = services.settings.limits
    events = decide(run, Tick(at=services.clock(), limits=limits))
    if events:
        record(services, tx, run_id, run, events)
    else:
        deadlines.refresh(tx, run_id, run, limits)


async def _upcoming(services: Services) -> int:
    def look(tx: Tx) -> int:
        return min(tasks.next_expiry(tx) or NEVER, deadlines.upcoming(tx) or NEVER)

    return await services.database.read(look)


async def _leads(services: Services, name: str) -> bool:
    if services.database.dialect == "sqlite":
        return True
    now = services.clock()
    expires = now + int(LEADER_SECONDS * 1000)
    return await services.database.write(lambda tx: leader.lead(tx, LEADER, name, now, expires))


async def _resign(services: Services, name: str) -> None:
    if services.database.dialect != "sqlite":
        with contextlib.suppress(StoreError):
            await services.database.write(lambda tx: leader.resign(tx, LEADER, name))
