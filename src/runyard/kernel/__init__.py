"""The decision maker of a run. Pure: no clock, no I/O, no randomness.

`decide(run, command)` answers with events, `evolve(run, event)` folds one into the state. Nothing else changes a
status. What a runner gets for a job is made by `runyard.kernel.assignment`.
"""

from __future__ import annotations

from runyard.kernel.causes import Cause
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
    RerunKind,
    Revoke,
    StepReport,
    Tick,
)
from runyard.kernel.deadlines import Deadline, next_deadline
from runyard.kernel.decide import decide
from runyard.kernel.errors import BrokenJournal, Refused
from runyard.kernel.events import Event
from runyard.kernel.evolve import evolve, fold
from runyard.kernel.limits import Limits, RetryPolicy
from runyard.kernel.needs import Need
from runyard.kernel.reasons import Reason, waiting_reason
from runyard.kernel.rerun_plan import RerunPlan, plan_rerun
from runyard.kernel.state import Abort, Approval, ApprovalState, Attempt, Concurrency, Diagnostic, Job, Run, Step, Task
from runyard.kernel.status import TERMINAL, TRANSITIONS, Status, aggregate, may_become

__all__ = [
    "TERMINAL",
    "TRANSITIONS",
    "Abort",
    "Approval",
    "ApprovalState",
    "Approve",
    "Attempt",
    "BrokenJournal",
    "CancelRun",
    "Cause",
    "ClaimJob",
    "Command",
    "Concurrency",
    "CreateRun",
    "Deadline",
    "DeliverAbort",
    "Deny",
    "Diagnostic",
    "Event",
    "ExpireTask",
    "GrantConcurrency",
    "Job",
    "Limits",
    "Need",
    "Reason",
    "Refused",
    "ReportTask",
    "Rerun",
    "RerunKind",
    "RerunPlan",
    "RetryPolicy",
    "Revoke",
    "Run",
    "Status",
    "Step",
    "StepReport",
    "Task",
    "Tick",
    "aggregate",
    "decide",
    "evolve",
    "fold",
    "may_become",
    "next_deadline",
    "plan_rerun",
    "waiting_reason",
]
