"""Runs from forks: they begin when somebody who may has approved exactly what would run."""

from __future__ import annotations

from runyard.kernel.beginning import begin
from runyard.kernel.cancelling import kill_attempt, stop_attempt
from runyard.kernel.causes import Cause
from runyard.kernel.commands import Approve, Deny, Revoke
from runyard.kernel.draft import Draft
from runyard.kernel.emission import settle
from runyard.kernel.errors import Refused
from runyard.kernel.events import ApprovalDecided, Event
from runyard.kernel.scope import Scope
from runyard.kernel.state import Approval, ApprovalState, Run


def approve(run: Run, command: Approve) -> list[Event]:
    """Let the run begin. Nothing if it is approved already; refused when it never had to be, or was decided on."""
    approval = _approval(run)
    if approval.state is ApprovalState.APPROVED:
        return []
    if approval.state is not ApprovalState.NEEDED or run.status.is_terminal:
        raise Refused("not_awaiting_approval", f"run {run.number} waits no longer: {approval.state}")
    if (command.sha, command.digest) != (approval.sha, approval.digest):
        raise Refused("approval_outdated", f"run {run.number} is not what was looked at: look at it again")
    draft = Draft(run, command.at)
    draft.emit(ApprovalDecided(at=command.at, state=ApprovalState.APPROVED, by=command.by))
    begin(Scope(draft))
    return draft.events


def deny(run: Run, command: Deny) -> list[Event]:
    """Refuse the run: it is cancelled, if it has not ended. Nothing when it was decided on before."""
    if _approval(run).state is not ApprovalState.NEEDED:
        return []
    draft = Draft(run, command.at)
    draft.emit(ApprovalDecided(at=command.at, state=ApprovalState.DENIED, by=command.by, reason=command.reason))
    if not run.status.is_terminal:
        kill_attempt(draft, by=command.by, reason=command.reason or "not approved", code=Cause.NOT_APPROVED)
        settle(Scope(draft))
    return draft.events


def revoke(run: Run, command: Revoke) -> list[Event]:
    """Take an approval back: what runs is told to stop, and nothing else begins. Nothing when there is none."""
    if _approval(run).state is not ApprovalState.APPROVED:
        return []
    draft = Draft(run, command.at)
    draft.emit(ApprovalDecided(at=command.at, state=ApprovalState.REVOKED, by=command.by, reason=command.reason))
    if not run.status.is_terminal:
        reason = command.reason or "the approval was taken back"
        stop_attempt(draft, by=command.by, reason=reason, code=Cause.NOT_APPROVED, spares=False)
        settle(Scope(draft))
    return draft.events


def _approval(run: Run) -> Approval:
    if run.approval is None:
        raise Refused("never_awaited_approval", f"run {run.number} never had to be approved")
    return run.approval
