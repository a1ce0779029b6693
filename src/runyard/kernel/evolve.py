"""Folding events into the state of a run. Total and pure: the same events always give the same run.

An event that cannot be (an illegal transition, an unknown job) raises `BrokenJournal` instead of being bent into shape.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from msgspec.structs import replace

from runyard.kernel.errors import BrokenJournal
from runyard.kernel.events import (
    AbortDelivered,
    AbortGaveUp,
    AbortRequested,
    ActionChanged,
    ApprovalDecided,
    ApprovalRequested,
    AttemptCreated,
    AttemptStatusChanged,
    CallExpanded,
    ConcurrencyGranted,
    ConcurrencyRequested,
    Event,
    JobCreated,
    JobPrepared,
    JobStatusChanged,
    OutputSet,
    RetryReleased,
    RetryScheduled,
    RunCreated,
    RunStatusChanged,
    StepChanged,
    TaskCreated,
    TaskStatusChanged,
)
from runyard.kernel.state import Abort, Approval, ApprovalState, Attempt, Concurrency, Job, Run, Step, Task
from runyard.kernel.status import Status, may_become


def fold(events: Iterable[Event]) -> Run:
    """The run that these events, all of them from the first, describe."""
    run: Run | None = None
    for event in events:
        run = evolve(run, event)
    if run is None:
        raise BrokenJournal("a run has at least one event")
    return run


def evolve(run: Run | None, event: Event) -> Run:
    """The run after one more event."""
    if isinstance(event, RunCreated):
        if run is not None:
            raise BrokenJournal("a run is created once")
        return _run_created(event)
    if run is None:
        raise BrokenJournal(f"{type(event).__name__} before RunCreated")
    return _HANDLERS[type(event)](run, event)


def _run_created(event: RunCreated) -> Run:
    return Run(
        repository_id=event.repository_id,
        number=event.number,
        workflow=event.workflow,
        source=event.source,
        title=event.title,
        event=event.event,
        ref=event.ref,
        sha=event.sha,
        actor=event.actor,
        status=Status.UNKNOWN,
        created=event.at,
        github=event.github,
        inputs=event.inputs,
        vars=event.vars,
        called=event.called,
        diagnostics=event.diagnostics,
        fork=event.fork,
        pull_request=event.pull_request,
        author=event.author,
        sequence=1,
    )


def _run_status_changed(run: Run, event: RunStatusChanged) -> Run:
    return replace(run, sequence=run.sequence + 1, **_derived(run, event.status, event.at))


def _attempt_created(run: Run, event: AttemptCreated) -> Run:
    """A new attempt opens the run again: its status and times start anew."""
    attempt = Attempt(
        number=event.attempt,
        status=Status.UNKNOWN,
        triggered_by=event.triggered_by,
        created=event.at,
        debug=event.debug,
    )
    return replace(
        run,
        attempts=(*run.attempts, attempt),
        status=Status.UNKNOWN,
        started=0,
        stopped=0,
        sequence=run.sequence + 1,
    )


def _attempt_status_changed(run: Run, event: AttemptStatusChanged) -> Run:
    attempt = _attempt(run, event.attempt)
    return _put_attempt(run, replace(attempt, **_derived(attempt, event.status, event.at)))


def _job_created(run: Run, event: JobCreated) -> Run:
    attempt = _attempt(run, event.attempt)
    if event.job in attempt.jobs:
        raise BrokenJournal(f"job {event.job} of attempt {event.attempt} is created twice")
    job = Job(
        number=event.job,
        key=event.key,
        name=event.name,
        status=event.status,
        needs=event.needs,
        runs_on=event.runs_on,
        matrix=event.matrix,
        matrix_index=event.matrix_index,
        matrix_total=event.matrix_total,
        max_parallel=event.max_parallel,
        fail_fast=event.fail_fast,
        deferred=event.deferred,
        continue_on_error=event.continue_on_error,
        timeout_minutes=event.timeout_minutes,
        created=event.at,
        started=event.started,
        stopped=event.stopped,
        outputs=event.outputs,
        caller=event.caller,
        calls=event.calls,
        inputs=event.inputs,
        source_attempt=event.source_attempt,
        cause=event.cause,
        code=event.code,
    )
    return _put_job(run, attempt, job)


def _job_prepared(run: Run, event: JobPrepared) -> Run:
    attempt = _attempt(run, event.attempt)
    job = replace(
        _job(attempt, event.job),
        name=event.name,
        runs_on=event.runs_on,
        matrix=event.matrix,
        matrix_index=event.matrix_index,
        matrix_total=event.matrix_total,
        max_parallel=event.max_parallel,
        fail_fast=event.fail_fast,
        continue_on_error=event.continue_on_error,
        timeout_minutes=event.timeout_minutes,
        deferred=False,
    )
    return _put_job(run, attempt, job)


def _call_expanded(run: Run, event: CallExpanded) -> Run:
    attempt = _attempt(run, event.attempt)
    return _put_job(run, attempt, replace(_job(attempt, event.job), inputs=event.inputs))


def _job_status_changed(run: Run, event: JobStatusChanged) -> Run:
    attempt = _attempt(run, event.attempt)
    job = _job(attempt, event.job)
    changed = replace(
        job,
        **_changed(job, event.status, event.at),
        cause=event.cause or job.cause,
        code=event.code or job.code,
        queued=(job.queued or event.at) if event.status is Status.WAITING else job.queued,
        retry_at=job.retry_at if event.status is Status.BLOCKED else 0,
    )
    return _put_job(run, attempt, changed)


def _task_created(run: Run, event: TaskCreated) -> Run:
    attempt = _attempt(run, event.attempt)
    job = _job(attempt, event.job)
    if event.task != len(job.tasks) + 1:
        raise BrokenJournal(f"task {event.task} of job {event.job} does not follow task {len(job.tasks)}")
    task = Task(
        number=event.task,
        runner_id=event.runner_id,
        runner_name=event.runner_name,
        status=Status.RUNNING,
        steps=tuple(Step(index, name) for index, name in enumerate(event.steps)),
        started=event.at,
    )
    return _put_job(run, attempt, replace(job, tasks=(*job.tasks, task)))


def _task_status_changed(run: Run, event: TaskStatusChanged) -> Run:
    attempt = _attempt(run, event.attempt)
    job = _job(attempt, event.job)
    task = _task(job, event.task)
    changed = replace(
        task,
        **_changed(task, event.status, event.at),
        cause=event.cause or task.cause,
        code=event.code or task.code,
    )
    return _put_job(run, attempt, _with_task(job, changed))


def _step_changed(run: Run, event: StepChanged) -> Run:
    attempt = _attempt(run, event.attempt)
    job = _job(attempt, event.job)
    task = _task(job, event.task)
    if not 0 <= event.step < len(task.steps):
        raise BrokenJournal(f"task {event.task} of job {event.job} has no step {event.step}")
    step = task.steps[event.step]
    _check(step.status, event.status)
    changed = Step(step.index, step.name, event.status, event.started, event.stopped, event.log_index, event.log_length)
    steps = (*task.steps[: event.step], changed, *task.steps[event.step + 1 :])
    return _put_job(run, attempt, _with_task(job, replace(task, steps=steps)))


def _output_set(run: Run, event: OutputSet) -> Run:
    attempt = _attempt(run, event.attempt)
    job = _job(attempt, event.job)
    outputs = job.outputs if event.name in job.outputs else {**job.outputs, event.name: event.value}
    return _put_job(run, attempt, replace(job, outputs=outputs))


def _abort_requested(run: Run, event: AbortRequested) -> Run:
    attempt = _attempt(run, event.attempt)
    abort = Abort(by=event.by, reason=event.reason, requested=event.at, force=event.force, code=event.code)
    if not event.job:
        return _put_attempt(run, replace(attempt, abort=abort))
    job = _job(attempt, event.job)
    if job.abort is not None:
        abort = replace(abort, tries=job.abort.tries, delivered=job.abort.delivered)
    return _put_job(run, attempt, replace(job, abort=abort))


def _abort_delivered(run: Run, event: AbortDelivered) -> Run:
    attempt = _attempt(run, event.attempt)
    job = _job(attempt, event.job)
    return _put_job(run, attempt, replace(job, abort=replace(_abort(job), tries=event.tries, delivered=event.at)))


def _abort_gave_up(run: Run, event: AbortGaveUp) -> Run:
    attempt = _attempt(run, event.attempt)
    job = _job(attempt, event.job)
    return _put_job(run, attempt, replace(job, abort=replace(_abort(job), gave_up=event.at)))


def _concurrency_requested(run: Run, event: ConcurrencyRequested) -> Run:
    attempt = _attempt(run, event.attempt)
    wanted = Concurrency(event.group, event.cancel_in_progress, event.queue, requested=event.at)
    if not event.job:
        return _put_attempt(run, replace(attempt, concurrency=wanted))
    return _put_job(run, attempt, replace(_job(attempt, event.job), concurrency=wanted))


def _concurrency_granted(run: Run, event: ConcurrencyGranted) -> Run:
    attempt = _attempt(run, event.attempt)
    wanting = _job(attempt, event.job) if event.job else attempt
    if wanting.concurrency is None:
        raise BrokenJournal(f"job {event.job} of attempt {event.attempt} has no concurrency group")
    granted = replace(wanting, concurrency=replace(wanting.concurrency, granted=True))
    return _put_job(run, attempt, granted) if isinstance(granted, Job) else _put_attempt(run, granted)


def _retry_scheduled(run: Run, event: RetryScheduled) -> Run:
    attempt = _attempt(run, event.attempt)
    job = _job(attempt, event.job)
    return _put_job(run, attempt, replace(job, retry_at=event.retry_at, queued=0, started=0, outputs={}))


def _retry_released(run: Run, event: RetryReleased) -> Run:
    attempt = _attempt(run, event.attempt)
    return _put_job(run, attempt, replace(_job(attempt, event.job), retry_at=0))


def _approval_requested(run: Run, event: ApprovalRequested) -> Run:
    asked = Approval(ApprovalState.NEEDED, event.sha, event.digest, event.at)
    return replace(run, approval=asked, sequence=run.sequence + 1)


def _approval_decided(run: Run, event: ApprovalDecided) -> Run:
    if run.approval is None:
        raise BrokenJournal(f"run {run.number} needs no approval")
    said = replace(run.approval, state=event.state, by=event.by, at=event.at)
    return replace(run, approval=said, sequence=run.sequence + 1)


def _abort(job: Job) -> Abort:
    if job.abort is None:
        raise BrokenJournal(f"job {job.number} was not asked to stop")
    return job.abort


def _action_changed(run: Run, event: ActionChanged) -> Run:
    """What jobs make for themselves is no part of the run's state."""
    return replace(run, sequence=run.sequence + 1)


def _attempt(run: Run, number: int) -> Attempt:
    for attempt in reversed(run.attempts):
        if attempt.number == number:
            return attempt
    raise BrokenJournal(f"run {run.number} has no attempt {number}")


def _job(attempt: Attempt, number: int) -> Job:
    job = attempt.jobs.get(number)
    if job is None:
        raise BrokenJournal(f"attempt {attempt.number} has no job {number}")
    return job


def _task(job: Job, number: int) -> Task:
    if not 1 <= number <= len(job.tasks):
        raise BrokenJournal(f"job {job.number} has no task {number}")
    return job.tasks[number - 1]


def _with_task(job: Job, task: Task) -> Job:
    return replace(job, tasks=(*job.tasks[: task.number - 1], task, *job.tasks[task.number :]))


def _put_job(run: Run, attempt: Attempt, job: Job) -> Run:
    jobs = attempt.jobs.copy()
    jobs[job.number] = job
    return _put_attempt(run, replace(attempt, jobs=jobs))


def _put_attempt(run: Run, attempt: Attempt) -> Run:
    attempts = (*run.attempts[: attempt.number - 1], attempt, *run.attempts[attempt.number :])
    return replace(run, attempts=attempts, sequence=run.sequence + 1)


def _changed(thing: Job | Task, status: Status, at: int) -> dict[str, Any]:
    """The fields of a job or task that a new status sets: it starts when it first runs, stops when it is terminal.

    One that waits again after it had run starts afresh, except a caller, which has been running all the time.
    """
    _check(thing.status, status)
    afresh = status is Status.WAITING and not (isinstance(thing, Job) and thing.calls)
    return _timed(thing, status, at) | ({"started": 0} if afresh else {})


def _derived(thing: Run | Attempt, status: Status, at: int) -> dict[str, Any]:
    """The same for a run or attempt, which follows its jobs freely until it is terminal."""
    if thing.status.is_terminal and thing.status is not status:
        raise BrokenJournal(f"{type(thing).__name__} {thing.number} has ended as {thing.status.label}")
    return _timed(thing, status, at)


def _timed(thing: Run | Attempt | Job | Task, status: Status, at: int) -> dict[str, Any]:
    fields: dict[str, Any] = {"status": status}
    if status is Status.RUNNING and not thing.started:
        fields["started"] = at
    elif status.is_terminal and not thing.stopped:
        fields["stopped"] = at
    return fields


def _check(old: Status, new: Status) -> None:
    if not may_become(old, new):
        raise BrokenJournal(f"{old.label} never becomes {new.label}")


_HANDLERS: dict[type[Event], Callable[[Run, Any], Run]] = {
    RunStatusChanged: _run_status_changed,
    AttemptCreated: _attempt_created,
    AttemptStatusChanged: _attempt_status_changed,
    JobCreated: _job_created,
    JobPrepared: _job_prepared,
    CallExpanded: _call_expanded,
    JobStatusChanged: _job_status_changed,
    TaskCreated: _task_created,
    TaskStatusChanged: _task_status_changed,
    StepChanged: _step_changed,
    OutputSet: _output_set,
    AbortRequested: _abort_requested,
    AbortDelivered: _abort_delivered,
    AbortGaveUp: _abort_gave_up,
    ConcurrencyRequested: _concurrency_requested,
    ConcurrencyGranted: _concurrency_granted,
    RetryScheduled: _retry_scheduled,
    RetryReleased: _retry_released,
    ApprovalRequested: _approval_requested,
    ApprovalDecided: _approval_decided,
    ActionChanged: _action_changed,
}
