"""Stopping a run. The request is durable when this returns; runners hear of it at once or at their next report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runyard.kernel import CancelRun, decide
from runyard.services.record import record
from runyard.store import runs

if TYPE_CHECKING:
    from runyard.services.context import Services
    from runyard.store import Tx


async def cancel(services: Services, run_id: int, *, by: str, reason: str = "", force: bool = False) -> bool:
    """Ask the latest attempt of a run to stop; `by` is the name of who asks. `force` waits for no runner.

    False when there is nothing to stop: the run has ended, or was asked before. Raises the store's `NotFound`.
    """

    def apply(tx: Tx) -> bool:
        run = runs.load(tx, run_id, lock=True)
        events = decide(run, CancelRun(at=services.clock(), by=by, reason=reason, force=force))
        record(services, tx, run_id, run, events)
        return bool(events)

    return await services.database.write(apply)
