"""Rows ↔ the kernel's structs. Column lists and the functions below them name the same things in the same order."""

from __future__ import annotations

from typing import Any

import msgspec

from runyard.kernel.state import Abort, Approval, Attempt, Concurrency, Job, Run, Step, Task
from runyard.kernel.status import Status

Row = tuple[Any, ...]

STATUSES: tuple[Status, ...] = tuple(Status(number) for number in range(len(Status)))

ATTEMPT_KEY = "run_id number"
ATTEMPT_FIXED = "triggered_by debug created"
ATTEMPT_CHANGING = "status started stopped concurrency abort_by abort_reason abort_requested abort_force abort_code"

JOB_KEY = "run_id attempt number"
JOB_FIXED = "key needs created source_attempt caller calls"
JOB_PREPARED = (
    "name runs_on matrix matrix_index matrix_total max_parallel fail_fast deferred continue_on_error timeout_minutes "
    "inputs"
)
JOB_PROGRESS = "status started stopped cause code queued retry_at abort concurrency"

TASK_FIXED = "number runner_id runner_name"
TASK_PROGRESS = "status started stopped cause code"

STEP_KEY = "task_id index"
STEP_FIXED = "name"
STEP_PROGRESS = "status started stopped log_index log_length"

_encode = msgspec.json.Encoder().encode
_texts = msgspec.json.Decoder(tuple[str, ...]).decode
_mapping = msgspec.json.Decoder(dict[str, Any]).decode
_abort = msgspec.json.Decoder(Abort).decode
_approval = msgspec.json.Decoder(Approval).decode
_concurrency = msgspec.json.Decoder(Concurrency).decode


def _optional(value: Abort | Approval | Concurrency | None) -> str | None:
    """JSON text, or NULL."""
    return None if value is None else _encode(value).decode()


def run_approval(run: Run) -> str | None:
    """The value of the run's column `approval`."""
    return _optional(run.approval)


def approval_of(text: str | None) -> Approval | None:
    """From that column."""
    return None if text is None else _approval(text)


def attempt_fixed(attempt: Attempt) -> Row:
    """The values of ATTEMPT_FIXED."""
    return (attempt.triggered_by, attempt.debug, attempt.created)


def attempt_changing(attempt: Attempt) -> Row:
    """The values of ATTEMPT_CHANGING."""
    abort = attempt.abort
    asked: Row = (None,) * 5 if abort is None else (abort.by, abort.reason, abort.requested, abort.force, abort.code)
    return (int(attempt.status), attempt.started, attempt.stopped, _optional(attempt.concurrency), *asked)


def attempt_of(row: Row, jobs: dict[int, Job]) -> Attempt:
    """From `number` + ATTEMPT_FIXED + ATTEMPT_CHANGING."""
    number, triggered_by, debug, created, status, started, stopped, group, by, reason, requested, force, code = row
    return Attempt(
        number=number,
        status=STATUSES[status],
        triggered_by=triggered_by,
        created=created,
        debug=bool(debug),
        started=started,
        stopped=stopped,
        jobs=jobs,
        abort=None if requested is None else Abort(by, reason, requested, bool(force), code or ""),
        concurrency=None if group is None else _concurrency(group),
    )


def job_fixed(job: Job) -> Row:
    """The values of JOB_FIXED."""
    return (job.key, _encode(job.needs).decode(), job.created, job.source_attempt, job.caller, job.calls)


def job_prepared(job: Job) -> Row:
    """The values of JOB_PREPARED."""
    return (
        job.name,
        _encode(job.runs_on).decode(),
        None if job.matrix is None else _encode(job.matrix).decode(),
        job.matrix_index,
        job.matrix_total,
        job.max_parallel,
        job.fail_fast,
        job.deferred,
        job.continue_on_error,
        float(job.timeout_minutes),
        _encode(job.inputs).decode(),
    )


def same_prepared(old: Job, new: Job) -> bool:
    """Whether JOB_PREPARED is unchanged. Equal values in new objects are unchanged."""
    return (
        old.deferred is new.deferred
        and old.name == new.name
        and old.runs_on == new.runs_on
        and (old.matrix is new.matrix or old.matrix == new.matrix)
        and old.matrix_index == new.matrix_index
        and old.matrix_total == new.matrix_total
        and old.max_parallel == new.max_parallel
        and old.fail_fast is new.fail_fast
        and old.continue_on_error is new.continue_on_error
        and old.timeout_minutes == new.timeout_minutes
        and (old.inputs is new.inputs or old.inputs == new.inputs)
    )


def job_progress(job: Job) -> Row:
    """The values of JOB_PROGRESS."""
    waits = (job.queued, job.retry_at, _optional(job.abort), _optional(job.concurrency))
    return (int(job.status), job.started, job.stopped, job.cause, job.code, *waits)


def job_of(row: Row, outputs: dict[str, str], tasks: tuple[Task, ...]) -> Job:
    """From `number` + JOB_FIXED + JOB_PREPARED + JOB_PROGRESS."""
    number, key, needs, created, source_attempt, caller, calls, name, runs_on, matrix, index, total, parallel, *rest = (
        row
    )
    fail_fast, deferred, continue_on_error, timeout_minutes, inputs, status, started, stopped, cause, *waits = rest
    code, queued, retry_at, abort, concurrency = waits
    return Job(
        number=number,
        key=key,
        name=name,
        status=STATUSES[status],
        needs=_texts(needs),
        runs_on=_texts(runs_on),
        matrix=None if matrix is None else _mapping(matrix),
        matrix_index=index,
        matrix_total=total,
        max_parallel=parallel,
        fail_fast=bool(fail_fast),
        deferred=bool(deferred),
        continue_on_error=bool(continue_on_error),
        timeout_minutes=timeout_minutes,
        created=created,
        started=started,
        stopped=stopped,
        outputs=outputs,
        tasks=tasks,
        caller=caller,
        calls=calls,
        inputs=_mapping(inputs),
        source_attempt=source_attempt,
        cause=cause,
        code=code,
        queued=queued,
        retry_at=retry_at,
        abort=None if abort is None else _abort(abort),
        concurrency=None if concurrency is None else _concurrency(concurrency),
    )


def task_fixed(task: Task) -> Row:
    """The values of TASK_FIXED."""
    return (task.number, task.runner_id, task.runner_name)


def task_progress(task: Task) -> Row:
    """The values of TASK_PROGRESS."""
    return (int(task.status), task.started, task.stopped, task.cause, task.code)


def task_of(row: Row, steps: tuple[Step, ...]) -> Task:
    """From TASK_FIXED + TASK_PROGRESS."""
    number, runner_id, runner_name, status, started, stopped, cause, code = row
    return Task(number, runner_id, runner_name, STATUSES[status], steps, started, stopped, cause, code)


def step_progress(step: Step) -> Row:
    """The values of STEP_PROGRESS."""
    return (int(step.status), step.started, step.stopped, step.log_index, step.log_length)


def step_of(row: Row) -> Step:
    """From `index` + STEP_FIXED + STEP_PROGRESS."""
    index, name, status, started, stopped, log_index, log_length = row
    return Step(index, name, STATUSES[status], started, stopped, log_index, log_length)
