"""The decision maker of a run. Pure: no clock, no I/O, no randomness.

`decide(run, command)` answers with events, `evolve(run, event)` folds one into the state. Nothing else changes a
status. What a runner gets for a job is made by `runyard.kernel.assignment`.
"""

from __future__ import annotations

from runyard.kernel.commands import (
    CancelRun,
    ClaimJob,
    Command,
    CreateRun,
    ExpireTask,
    ReportTask,
    Rerun,
    RerunKind,
    StepReport,
)
from runyard.kernel.decide import decide
from runyard.kernel.errors import BrokenJournal, Refused
from runyard.kernel.events import Event
from runyard.kernel.evolve import evolve, fold
from runyard.kernel.needs import Need
from runyard.kernel.rerunning import RerunPlan, plan_rerun
from runyard.kernel.state import Abort, Attempt, Diagnostic, Job, Run, Step, Task
from runyard.kernel.status import TERMINAL, TRANSITIONS, Status, aggregate, may_become

__all__ = [
    "TERMINAL",
    "TRANSITIONS",
    "Abort",
    "Attempt",
    "BrokenJournal",
    "CancelRun",
    "ClaimJob",
    "Command",
    "CreateRun",
    "Diagnostic",
    "Event",
    "ExpireTask",
    "Job",
    "Need",
    "Refused",
    "ReportTask",
    "Rerun",
    "RerunKind",
    "RerunPlan",
    "Run",
    "Status",
    "Step",
    "StepReport",
    "Task",
    "aggregate",
    "decide",
    "evolve",
    "fold",
    "may_become",
    "plan_rerun",
]
