"""What happens when time is over: the one command that nobody sends but the clock."""

from __future__ import annotations

from runyard.kernel.cancelling import kill_attempt
from runyard.kernel.causes import Cause
from runyard.kernel.commands import Tick
from runyard.kernel.deadlines import Deadline, Overdue, deadlines
from runyard.kernel.draft import Draft
from runyard.kernel.emission import let_go, settle
from runyard.kernel.ending import end_job, end_task, stop_job
from runyard.kernel.events import AbortGaveUp, ApprovalDecided, Event, RetryReleased
from runyard.kernel.limits import DAY, HOUR, MINUTE, Limits
from runyard.kernel.scope import Scope
from runyard.kernel.state import ApprovalState, Run
from runyard.kernel.status import Status


def tick(run: Run, command: Tick) -> list[Event]:
    """Everything of the latest attempt that is overdue ends or moves on. Nothing when nothing is."""
    due = sorted(each for each in deadlines(run, command.limits) if each.at <= command.at)
    if not due:
        return []
    draft = Draft(run, command.at)
    for each in due:
        if each.subject == 0 or not draft.job(each.subject).status.is_terminal:
            _act(draft, each, command.limits)
    settle(Scope(draft))
    return draft.events


def _act(draft: Draft, due: Deadline, limits: Limits) -> None:
    number = due.subject
    match due.action:
        case Overdue.ABANDON:
            cause = f"abandoned: no runner took the job for {duration(limits.abandoned)}"
            end_job(draft, number, Status.CANCELLED, cause, Cause.ABANDONED)
        case Overdue.STOP:
            minutes = draft.job(number).timeout_minutes
            cause = f"the job ran longer than its timeout of {minutes:g} minutes"
            stop_job(draft, number, cause, Cause.TIMEOUT)
        case Overdue.GIVE_UP:
            _give_up(draft, number, limits)
        case Overdue.RELEASE:
            draft.emit(RetryReleased(at=draft.at, attempt=draft.attempt.number, job=number))
            let_go(Scope(draft).of(draft.job(number)), number)
        case Overdue.EXPIRE_APPROVAL:
            draft.emit(ApprovalDecided(at=draft.at, state=ApprovalState.EXPIRED, by=""))
            reason = f"nobody approved the run within {duration(limits.approval)}"
            kill_attempt(draft, reason=reason, code=Cause.NOT_APPROVED)
        case Overdue.END_RUN:
            reason = f"the run took longer than {duration(limits.run)}"
            kill_attempt(draft, reason=reason, code=Cause.RUN_LIMIT)


def _give_up(draft: Draft, number: int, limits: Limits) -> None:
    """The runner never said its last word: the job is cancelled without it, and says so."""
    job = draft.job(number)
    tries = job.abort.tries if job.abort else 0
    runner = job.task.runner_name if job.task else ""
    if job.abort is not None:
        draft.emit(AbortGaveUp(at=draft.at, attempt=draft.attempt.number, job=number, tries=tries))
    told = f"was told {tries} time{'' if tries == 1 else 's'}" if tries else "could not be told"
    said = f"gave up waiting: runner '{runner}' {told} to stop and did not end the job in {duration(limits.cancelling)}"
    cause = f"{job.cause}; {said}" if job.cause else said
    end_task(draft, number, Status.CANCELLED, cause, Cause.GAVE_UP)


def duration(milliseconds: int) -> str:
    """`35 days`, `24 hours`, `11 minutes`, `90 s`."""
    for unit, name in ((DAY, "days"), (HOUR, "hours"), (MINUTE, "minutes")):
        if milliseconds >= 2 * unit and milliseconds % unit == 0:
            return f"{milliseconds // unit} {name}"
    return f"{milliseconds / 1000:g} s"
