"""FetchTask: a runner asks for work, and is answered the moment there is some.

Held fetches stand in `services.waiting`. One dispatcher coroutine sleeps until a job starts to wait or a fetch arrives
that has not looked yet, and serves all of them in one transaction. Nobody polls: an idle fleet costs no database work.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from runyard.services.claim import Batch, Given, claim_batch
from runyard.services.errors import ConflictError
from runyard.services.fleet import KnownTask
from runyard.services.leases import end_undelivered
from runyard.services.timer import watch_deadline
from runyard.services.waiting import Fetched, Waiter

if TYPE_CHECKING:
    from runyard.services.context import Services
    from runyard.services.fleet import KnownRunner
    from runyard.store import Tx

BATCH = 64
MARGIN_SECONDS = 1.0


async def fetch(
    services: Services,
    runner: KnownRunner,
    *,
    tasks_version: int,
    capacity: int = 1,
    request_key: str = "",
    patience: float | None = None,
    gone: asyncio.Future[None],
) -> Fetched:
    """Wait for up to `capacity` tasks. `patience` is the client's deadline in seconds, None = not told.

    A `tasks_version` equal to the queue's says that the runner has looked already. `gone` is done when the client has
    closed the connection: it is then given nothing, and what it was just given is taken back.
    """
    room = services.waiting
    looked = tasks_version != 0 and tasks_version == room.tasks_version
    waiter = Waiter(runner, 1 if runner.ephemeral else max(1, capacity), request_key, looked)
    if not room.enter(waiter):
        raise ConflictError("request key is currently locked; retry soon", code="request_key_locked")
    if services.database.signals.closed:
        room.end(waiter)
    if not looked:
        services.database.signals.publish(("fetch",))
    timer = asyncio.get_running_loop().call_later(hold_seconds(services, patience), room.end, waiter)
    gone.add_done_callback(lambda _: room.end(waiter))
    try:
        fetched = await waiter.answer
    finally:
        timer.cancel()
        room.leave(waiter)
    if fetched.task_ids and gone.done() and not request_key:
        await end_undelivered(services, fetched.task_ids)
    return fetched


def hold_seconds(services: Services, patience: float | None) -> float:
    """How long a fetch may be held: answered well before the client's own deadline."""
    settings = services.settings
    if patience is None:
        return settings.fetch_hold_seconds
    return min(settings.fetch_hold_max_seconds, max(patience - MARGIN_SECONDS, patience / 2))


async def run_dispatcher(services: Services) -> None:
    """Serve held fetches until cancelled."""
    with services.database.signals.subscribe(("queue",), ("fetch",)) as wake:
        while True:
            while await dispatch_once(services):
                pass
            await wake.wait()


async def dispatch_once(services: Services) -> bool:
    """One transaction for those who wait. True when there may be more to give at once."""
    room = services.waiting
    waiters = room.everybody()
    if not waiters:
        room.tasks_version = 0
        return False
    seen = room.tasks_version
    for waiter in waiters:
        waiter.claiming = True

    def claim(tx: Tx) -> Batch:
        return claim_batch(services, tx, waiters, seen, BATCH, room.passed)

    try:
        batch = await services.database.write(claim)
    except Exception:
        for waiter in waiters:
            waiter.claiming = False
            if waiter.over:
                room.end(waiter)
        raise
    for waiter in waiters:
        waiter.claiming = False
    room.tasks_version = batch.tasks_version
    room.broken_jobs |= batch.broken_jobs
    room.passed = batch.passed
    for waiter in batch.searched:
        waiter.looked = not batch.cut_short
        waiter.recovers = False
    _remember(services, batch.given)
    _deliver(services, waiters, batch)
    return batch.cut_short


def _remember(services: Services, given: list[Given]) -> None:
    """Know the new tasks, and have their leases watched."""
    for task in given:
        runner = task.waiter.runner
        runner.busy = runner.ephemeral
        services.fleet.remember_task(KnownTask(task.task_id, *task.place, runner.id, task.lease_expires))
    watch_deadline(services, min((task.lease_expires for task in given), default=0))


def _deliver(services: Services, waiters: list[Waiter], batch: Batch) -> None:
    """Answer those who got something, and those whose time ran out meanwhile."""
    by_waiter: dict[Waiter, list[Given]] = {}
    for task in batch.given:
        by_waiter.setdefault(task.waiter, []).append(task)
    for waiter in waiters:
        mine = by_waiter.get(waiter)
        if mine:
            messages, ids = tuple(task.message for task in mine), tuple(task.task_id for task in mine)
            version = 0 if waiter in batch.recovered else batch.tasks_version
            services.waiting.answer(waiter, Fetched(messages, ids, version))
        elif waiter.over:
            services.waiting.end(waiter)
