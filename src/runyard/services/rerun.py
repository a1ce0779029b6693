"""Running a run again: a plan that changes nothing, and its execution as one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runyard.kernel import Refused, Rerun, RerunKind, RerunPlan, Run, decide
from runyard.kernel import plan_rerun as plan
from runyard.services.errors import ConflictError, NotFound, ServiceError
from runyard.services.record import record
from runyard.services.workflow_switch import require_enabled
from runyard.store import concurrency, runs

__all__ = ["RerunKind", "RerunPlan", "plan_rerun", "rerun"]

if TYPE_CHECKING:
    from runyard.services.context import Services
    from runyard.store import Tx


async def plan_rerun(
    services: Services, run_id: int, *, kind: RerunKind = RerunKind.ALL, job: int = 0, by: str = "", debug: bool = False
) -> RerunPlan:
    """Which jobs a re-run would execute and which it would carry over; writes nothing. Raises as `rerun` does."""
    command = _command(services, kind, job, by, debug)

    def look(tx: Tx) -> RerunPlan:
        run = runs.load(tx, run_id)
        require_enabled(tx, run.repository_id, run.workflow)
        return plan(run, command)

    try:
        return await services.database.read(look)
    except Refused as refusal:
        raise _refusal(refusal) from refusal


async def rerun(
    services: Services, run_id: int, *, kind: RerunKind = RerunKind.ALL, job: int = 0, by: str, debug: bool = False
) -> Run:
    """Add an attempt to a finished run and return the run. `job`: the job's number (kind JOB); `by`: who asks.

    Raises `ConflictError` with the codes `run_not_finished`, `too_many_attempts`, `nothing_to_rerun`, and `NotFound`
    with `job_not_found`, and Forbidden (`workflow_disabled`).
    """

    def apply(tx: Tx) -> Run:
        concurrency.lock(tx, runs.repository_of(tx, run_id))
        before = runs.load(tx, run_id, lock=True)
        require_enabled(tx, before.repository_id, before.workflow)
        return record(services, tx, run_id, before, decide(before, _command(services, kind, job, by, debug))).run

    try:
        return await services.database.write(apply)
    except Refused as refusal:
        raise _refusal(refusal) from refusal


def _command(services: Services, kind: RerunKind, job: int, by: str, debug: bool) -> Rerun:
    limit = services.settings.max_attempts
    return Rerun(at=services.clock(), by=by, kind=kind, job=job, debug=debug, max_attempts=limit)


def _refusal(refusal: Refused) -> ServiceError:
    if refusal.code.endswith("_not_found"):
        return NotFound(refusal.message, code=refusal.code)
    return ConflictError(refusal.message, code=refusal.code)
