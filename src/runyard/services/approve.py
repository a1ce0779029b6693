"""Who decides on runs from forks: approve, deny, revoke, and what becomes of them when the pull request is closed.

A run is approved as it is: this head commit, these workflow files. An author may be trusted once and for all; then
later runs begin at once (`must_be_approved`), until somebody revokes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runyard.kernel import decide
from runyard.kernel.causes import Cause
from runyard.kernel.commands import Approve, CancelRun, Command, Deny, Revoke
from runyard.kernel.errors import Refused
from runyard.kernel.state import ApprovalState
from runyard.services.errors import ConflictError
from runyard.services.record import record
from runyard.store import NotFound as NoSuchRow
from runyard.store import runs, trust, users

if TYPE_CHECKING:
    from collections.abc import Iterable

    from runyard.services.context import Services
    from runyard.store import Tx
    from runyard.store.repositories import Repository


def must_be_approved(tx: Tx, repository: Repository, author: str) -> bool:
    """Whether a run from a fork by the author of its pull request has to be approved before it begins.

    Not for those who may write to the repository, nor for authors who are trusted there.
    """
    try:
        user = users.get(tx, author)
    except NoSuchRow:
        return True
    may_write = user.is_admin or user.id == repository.owner_id
    return not may_write and not trust.is_trusted(tx, repository.id, author)


async def approve(
    services: Services, run_id: int, *, by: str, sha: str = "", digest: str = "", always: bool = False
) -> bool:
    """Let a run from a fork begin; False when it was approved already.

    `sha` and `digest` are what the approver looked at, empty = what the run has. `always` trusts its author from now
    on, and approves all that waits of that author in the repository. Raises ConflictError with the codes
    `never_awaited_approval`, `not_awaiting_approval`, `approval_outdated`.
    """

    def apply(tx: Tx) -> bool:
        run = runs.load(tx, run_id)
        changed = _approve(services, tx, run_id, by, sha, digest)
        if always:
            trust.trust(tx, run.repository_id, run.author, by=by, at=services.clock())
            for other in trust.open_runs(tx, run.repository_id, author=run.author):
                approval = runs.load(tx, other).approval
                if approval is not None and approval.state is ApprovalState.NEEDED:
                    changed = _approve(services, tx, other, by, "", "") or changed
        return changed

    return await services.database.write(apply)


async def deny(services: Services, run_id: int, *, by: str, reason: str = "") -> bool:
    """Refuse a run from a fork: it is cancelled. False when it was denied before.

    Raises ConflictError with `never_awaited_approval`, and `not_awaiting_approval` when it was decided otherwise.
    """

    def apply(tx: Tx) -> bool:
        changed = _decide(services, tx, run_id, Deny(at=services.clock(), by=by, reason=reason))
        run = runs.load(tx, run_id)
        if run.approval is not None and run.approval.state is not ApprovalState.DENIED:
            message = f"run {run.number} waits no longer: {run.approval.state}; revoke it to stop it"
            raise ConflictError(message, code="not_awaiting_approval")
        return changed

    return await services.database.write(apply)


async def revoke(services: Services, run_id: int, *, by: str, reason: str = "") -> bool:
    """Take back the approval of a run and the trust in its author: all open runs of the author are told to stop.

    Raises ConflictError (`never_awaited_approval`) for a run that is not from a fork.
    """

    def apply(tx: Tx) -> bool:
        run = runs.load(tx, run_id)
        if not run.fork:
            message = f"run {run.number} does not come from a fork: cancel it to stop it"
            raise ConflictError(message, code="never_awaited_approval")
        changed = trust.distrust(tx, run.repository_id, run.author)
        others = trust.open_runs(tx, run.repository_id, author=run.author) if run.author else []
        for each in dict.fromkeys([run_id, *others]):
            changed = _end(services, tx, each, by, reason or "the approval was taken back") or changed
        return changed

    return await services.database.write(apply)


async def close_pull_request(services: Services, repository_id: int, pull_request: int, *, by: str) -> int:
    """A pull request was closed without a merge: its open runs are told to stop. Returns how many there were."""

    def apply(tx: Tx) -> int:
        found = trust.open_runs(tx, repository_id, pull_request=pull_request)
        _cancel_all(services, tx, found, by, f"pull request {pull_request} was closed")
        return len(found)

    return await services.database.write(apply)


def _approve(services: Services, tx: Tx, run_id: int, by: str, sha: str, digest: str) -> bool:
    approval = runs.load(tx, run_id, lock=True).approval
    looked_at = (sha or approval.sha, digest or approval.digest) if approval else (sha, digest)
    command = Approve(at=services.clock(), by=by, sha=looked_at[0], digest=looked_at[1])
    return _decide(services, tx, run_id, command)


def _end(services: Services, tx: Tx, run_id: int, by: str, reason: str) -> bool:
    """Stop a run of an author who is trusted no longer, whether it was approved or did not have to be."""
    approval = runs.load(tx, run_id, lock=True).approval
    if approval is not None and approval.state is ApprovalState.APPROVED:
        return _decide(services, tx, run_id, Revoke(at=services.clock(), by=by, reason=reason))
    command = CancelRun(at=services.clock(), by=by, reason=reason, code=Cause.NOT_APPROVED)
    return _decide(services, tx, run_id, command)


def _cancel_all(services: Services, tx: Tx, run_ids: Iterable[int], by: str, reason: str) -> None:
    for run_id in run_ids:
        command = CancelRun(at=services.clock(), by=by, reason=reason, code=Cause.CLOSED)
        _decide(services, tx, run_id, command)


def _decide(services: Services, tx: Tx, run_id: int, command: Command) -> bool:
    run = runs.load(tx, run_id, lock=True)
    try:
        events = decide(run, command)
    except Refused as refusal:
        raise ConflictError(refusal.message, code=refusal.code) from refusal
    record(services, tx, run_id, run, events)
    return bool(events)
