"""The one decision maker: a state and a command in, events out.

Pure and repeatable. No events means that nothing changes (a late report, a cancel of an ended run); what makes no sense
raises `Refused`. The events of one decision belong into one transaction: only together they leave the run consistent.
"""

from __future__ import annotations

from runyard.kernel.approval import approve, deny, revoke
from runyard.kernel.cancelling import cancel, deliver
from runyard.kernel.claiming import claim
from runyard.kernel.commands import (
    Approve,
    CancelRun,
    ClaimJob,
    Command,
    CreateRun,
    DeliverAbort,
    Deny,
    ExpireTask,
    GrantConcurrency,
    ReportTask,
    Rerun,
    Revoke,
    Tick,
)
from runyard.kernel.creation import create
from runyard.kernel.errors import Refused
from runyard.kernel.events import Event
from runyard.kernel.expiry import expire
from runyard.kernel.granting import grant
from runyard.kernel.reporting import report
from runyard.kernel.rerunning import rerun
from runyard.kernel.state import Run
from runyard.kernel.ticking import tick


def decide(run: Run | None, command: Command) -> list[Event]:
    """What a command leads to. `run` is None exactly for `CreateRun`."""
    if isinstance(command, CreateRun):
        if run is not None:
            raise Refused("run_exists", f"run {run.number} exists already")
        return create(command)
    if run is None:
        raise Refused("run_not_found", "there is no run to act on")
    match command:
        case ClaimJob():
            return claim(run, command)
        case ReportTask():
            return report(run, command)
        case CancelRun():
            return cancel(run, command)
        case DeliverAbort():
            return deliver(run, command)
        case GrantConcurrency():
            return grant(run, command)
        case Approve():
            return approve(run, command)
        case Deny():
            return deny(run, command)
        case Revoke():
            return revoke(run, command)
        case Rerun():
            return rerun(run, command)
        case ExpireTask():
            return expire(run, command)
        case Tick():
            return tick(run, command)
