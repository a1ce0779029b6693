"""How a job ends or is stopped, and what that does to its task, its steps, the jobs it calls and its matrix."""

from __future__ import annotations

from runyard.kernel.causes import Cause
from runyard.kernel.draft import Draft
from runyard.kernel.events import AbortRequested, JobStatusChanged, RetryScheduled, StepChanged, TaskStatusChanged
from runyard.kernel.state import Job
from runyard.kernel.status import Status


def end_job(draft: Draft, number: int, status: Status, cause: str = "", code: str = "") -> None:
    """A job that has no open task ends; if it failed, fail-fast stops the rest of its matrix."""
    _change_job(draft, number, status, cause, code)
    if status is Status.FAILURE:
        _fail_fast(draft, draft.job(number))


def end_task(draft: Draft, number: int, result: Status, cause: str = "", code: str = "") -> None:
    """The open task of a job ends with a result, and with it the job. One that is being cancelled ends as cancelled."""
    task = draft.job(number).task
    if task is None or task.status.is_terminal:
        raise ValueError(f"job {number} has no open task")
    status = Status.CANCELLED if task.status is Status.CANCELLING else result
    _close_steps(draft, number, status)
    _change_task(draft, number, status, cause, code)
    end_job(draft, number, status, cause, code)


def stop_job(draft: Draft, number: int, cause: str, code: str, *, by: str = "") -> None:
    """Cancel a job, or those it calls: at once when no runner has it, otherwise when its runner has had its last word.

    `by`: who asked, empty for the server itself. Nothing happens to a job that has ended or is being cancelled.
    """
    children = draft.family.children(number)
    for child in children:
        stop_job(draft, child, cause, code, by=by)
    if children:
        return
    status = draft.job(number).status
    if status in (Status.BLOCKED, Status.WAITING):
        end_job(draft, number, Status.CANCELLED, cause, code)
    elif status is Status.RUNNING:
        draft.emit(
            AbortRequested(at=draft.at, attempt=draft.attempt.number, job=number, by=by, reason=cause, code=code)
        )
        _change_task(draft, number, Status.CANCELLING, cause, code)
        _change_job(draft, number, Status.CANCELLING, cause, code)


def kill_job(draft: Draft, number: int, cause: str, code: str) -> None:
    """Cancel a job, or those it calls, now: whatever its runner is doing."""
    for child in draft.family.children(number):
        kill_job(draft, child, cause, code)
    if draft.job(number).status in (Status.RUNNING, Status.CANCELLING) and not draft.job(number).calls:
        end_task(draft, number, Status.CANCELLED, cause, code)
    else:
        stop_job(draft, number, cause, code)


def return_job(draft: Draft, number: int, cause: str) -> None:
    """The open task of a job never reached its runner: the job waits again, unless it is being cancelled."""
    if draft.job(number).status is Status.CANCELLING:
        end_task(draft, number, Status.CANCELLED, cause, Cause.UNDELIVERED)
        return
    _close_steps(draft, number, Status.CANCELLED)
    _change_task(draft, number, Status.CANCELLED, cause, Cause.UNDELIVERED)
    _change_job(draft, number, Status.WAITING, "", "")


def retry_job(draft: Draft, number: int, retry_at: int, cause: str, code: str) -> None:
    """The open task of a job was lost: it fails with the cause, and the job is given out again after `retry_at`."""
    _close_steps(draft, number, Status.FAILURE)
    _change_task(draft, number, Status.FAILURE, cause, code)
    _change_job(draft, number, Status.BLOCKED, "", "")
    draft.emit(RetryScheduled(at=draft.at, attempt=draft.attempt.number, job=number, retry_at=retry_at))


def _fail_fast(draft: Draft, failed: Job) -> None:
    if failed.continue_on_error or not failed.fail_fast or failed.matrix_total < 2:
        return
    cause = f"fail-fast: job '{failed.name}' failed"
    for number in draft.family.group(failed.caller, failed.key):
        stop_job(draft, number, cause, Cause.FAIL_FAST)


def _change_job(draft: Draft, number: int, status: Status, cause: str, code: str) -> None:
    draft.emit(
        JobStatusChanged(at=draft.at, attempt=draft.attempt.number, job=number, status=status, cause=cause, code=code)
    )


def _change_task(draft: Draft, number: int, status: Status, cause: str, code: str) -> None:
    task = draft.job(number).task
    if task is not None:
        draft.emit(
            TaskStatusChanged(
                at=draft.at,
                attempt=draft.attempt.number,
                job=number,
                task=task.number,
                status=status,
                cause=cause,
                code=code,
            )
        )


def _close_steps(draft: Draft, number: int, result: Status) -> None:
    """Steps that never began are skipped (cancelled with a cancelled task); one that was running shares the result."""
    task = draft.job(number).task
    if task is None:
        return
    for step in task.steps:
        if step.status.is_terminal:
            continue
        began = step.status is not Status.WAITING
        draft.emit(
            StepChanged(
                at=draft.at,
                attempt=draft.attempt.number,
                job=number,
                task=task.number,
                step=step.index,
                status=result if began or result is Status.CANCELLED else Status.SKIPPED,
                started=step.started,
                stopped=draft.at if began else 0,
                log_index=step.log_index,
                log_length=step.log_length,
            )
        )
