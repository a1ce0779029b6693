"""What a runner says of its task. Late, repeated and reordered reports are harmless: things only move forward."""

from __future__ import annotations

from runyard.kernel.commands import ReportTask, StepReport
from runyard.kernel.draft import Draft
from runyard.kernel.emission import settle
from runyard.kernel.ending import end_task
from runyard.kernel.errors import Refused
from runyard.kernel.events import Event, StepChanged
from runyard.kernel.outputs import set_outputs
from runyard.kernel.scope import Scope
from runyard.kernel.state import Job, Run, Step, Task
from runyard.kernel.status import Status


def report(run: Run, command: ReportTask) -> list[Event]:
    """Outputs first, then steps, then the end of the task and everything that follows from it."""
    job, task = find_task(run, command.attempt, command.job, command.task)
    if task.status.is_terminal:
        return []
    draft = Draft(run, command.at)
    set_outputs(draft, job.number, command.outputs)
    _change_steps(draft, job.number, task, command.steps)
    if command.result.is_terminal:
        end_task(draft, job.number, command.result, command.cause)
        settle(Scope(draft))
    return draft.events


def find_task(run: Run, attempt: int, job: int, task: int) -> tuple[Job, Task]:
    """The task that a report or an expiry names, of whatever attempt. Refused when there is none."""
    for each in reversed(run.attempts):
        if each.number == attempt and job in each.jobs and 1 <= task <= len(each.jobs[job].tasks):
            return each.jobs[job], each.jobs[job].tasks[task - 1]
    raise Refused("task_not_found", f"run {run.number} has no task {task} of job {job} in attempt {attempt}")


def _change_steps(draft: Draft, number: int, task: Task, reports: tuple[StepReport, ...]) -> None:
    steps = list(task.steps)
    for said in reports:
        if not 0 <= said.index < len(steps):
            continue
        changed = _step_after(steps[said.index], said, draft.at)
        if changed.status is steps[said.index].status:
            continue
        steps[said.index] = changed
        draft.emit(
            StepChanged(
                at=draft.at,
                attempt=draft.attempt.number,
                job=number,
                task=task.number,
                step=changed.index,
                status=changed.status,
                started=changed.started,
                stopped=changed.stopped,
                log_index=changed.log_index,
                log_length=changed.log_length,
            )
        )


def _step_after(step: Step, said: StepReport, at: int) -> Step:
    """The step as reported, if that is news: terminal when it has a result, running when it has started."""
    if step.status.is_terminal:
        return step
    started = said.started or step.started
    if said.result.is_terminal:
        stopped = max(said.stopped or at, started)
        return Step(step.index, step.name, said.result, started, stopped, said.log_index, said.log_length)
    if said.started and step.status is Status.WAITING:
        return Step(step.index, step.name, Status.RUNNING, started, 0, said.log_index, 0)
    return step
