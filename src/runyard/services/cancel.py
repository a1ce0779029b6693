"""Stopping a run. The request is durable when this returns; runners hear of it at once or at their next report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runyard.kernel import CancelRun, Refused, decide
from runyard.services.errors import NotFound
from runyard.services.record import record
from runyard.store import runs

if TYPE_CHECKING:
    from runyard.services.context import Services
    from runyard.store import Tx


async def cancel(
    services: Services, run_id: int, *, by: str, reason: str = "", force: bool = False, job: int = 0
) -> bool:
    """Ask the latest attempt of a run, or one `job` of it, to stop; `by` is the name of who asks.

    `force` waits for no runner. False when there is nothing to stop: it has ended, or was asked before. Raises the
    store's `NotFound`, and `NotFound` with `job_not_found`.
    """

    def apply(tx: Tx) -> bool:
        run = runs.load(tx, run_id, lock=True)
        try:
            events = decide(run, CancelRun(at=services.clock(), by=by, reason=reason, force=force, job=job))
        except Refused as refusal:
            raise NotFound(refusal.message, code=refusal.code) from refusal
        record(services, tx, run_id, run, events)
        return bool(events)

    return await services.database.write(apply)
