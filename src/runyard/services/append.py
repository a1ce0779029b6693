"""Events of one run, stored: rows and journal, the last words of runners that have none, and who is woken for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from runyard.kernel import decide, evolve
from runyard.kernel.commands import ReportTask
from runyard.kernel.deadlines import next_deadline
from runyard.kernel.events import Event, JobCreated, JobStatusChanged, TaskStatusChanged
from runyard.kernel.status import Status
from runyard.services.policy import policy_of
from runyard.services.timer import watch_deadline
from runyard.store import NotFound, runners, runs
from runyard.store.runs import Change

if TYPE_CHECKING:
    from runyard.kernel.state import Run
    from runyard.services.context import Services
    from runyard.store import Tx
    from runyard.store.runs import Saved


def create_run(services: Services, tx: Tx, events: Sequence[Event]) -> tuple[int, Run]:
    """Store the first events of a run; its id and state. The lock of the repository is held (`runs.next_number`)."""
    run_id, run = runs.create(tx, events, services.settings.limits)
    announce(tx, starts_waiting(events), ())
    deadline = next_deadline(run, services.settings.limits)
    if deadline is not None:
        tx.after_commit(lambda: watch_deadline(services, deadline.at))
    return run_id, run


def append_events(services: Services, tx: Tx, changes: Sequence[Change]) -> Sequence[tuple[Saved, Sequence[Event]]]:
    """Append events to different runs; what was stored, and all events of each. Nothing for a run without events.

    A task that is to be cancelled ends here and now if its runner says nothing more once it is told to.
    """
    whole = [
        Change(run_id, before, [*events, *_last_words(services, tx, before, events)])
        for run_id, before, events in changes
    ]
    all_saved = runs.append_all(tx, whole, services.settings.limits)
    for (run_id, _, events), saved in zip(whole, all_saved, strict=True):
        changed = _changed_tasks(services, tx, run_id, events)
        announce(tx, starts_waiting(events), changed)
        if any(event.status.is_terminal for _, event in changed):
            _free_place(services, tx, saved.run.repository_id)
    deadline = min((saved.deadline for saved in all_saved if saved.deadline), default=0)
    tx.after_commit(lambda: watch_deadline(services, deadline))
    return [(saved, change.events) for saved, change in zip(all_saved, whole, strict=True)]


def _free_place(services: Services, tx: Tx, repository_id: int) -> None:
    """A job has ended where only so many may run: others, which were passed over, are looked at again."""
    if policy_of(services, tx, repository_id).running_jobs:
        tx.queue_grew = True
        tx.notify(("queue",))


def announce(tx: Tx, waiting: bool, tasks: Sequence[tuple[int, TaskStatusChanged]]) -> None:
    """After the commit, tell those who wait for jobs or for the tasks that changed."""
    if waiting:
        tx.notify(("queue",))
    for task_id, event in tasks:
        tx.notify(("task", task_id))
        if event.status.is_terminal:
            tx.notify(("log", task_id))


def starts_waiting(events: Sequence[Event]) -> bool:
    """Whether one of the events lets a job wait for a runner."""
    return any(isinstance(event, JobStatusChanged | JobCreated) and event.status is Status.WAITING for event in events)


def _last_words(services: Services, tx: Tx, run: Run, events: Sequence[Event]) -> list[Event]:
    """The final reports of runners that will not send one: those without the capability to cancel gracefully."""
    cancelling = [each for each in events if isinstance(each, TaskStatusChanged) and each.status is Status.CANCELLING]
    if not cancelling:
        return []
    for event in events:
        run = evolve(run, event)
    added: list[Event] = []
    for told in cancelling:
        task = run.attempts[told.attempt - 1].jobs[told.job].tasks[told.task - 1]
        if task.status is Status.CANCELLING and not _reports_its_end(services, tx, task.runner_id):
            for event in decide(run, _cancelled(told)):
                run = evolve(run, event)
                added.append(event)
    return added


def _cancelled(told: TaskStatusChanged) -> ReportTask:
    """What the runner would say."""
    return ReportTask(
        at=told.at, attempt=told.attempt, job=told.job, task=told.task, result=Status.CANCELLED, cause=told.cause
    )


def _reports_its_end(services: Services, tx: Tx, runner_id: int) -> bool:
    known = services.fleet.runner_by_id(runner_id)
    if known is not None:
        return known.cancels_gracefully
    try:
        return "cancelling" in runners.by_id(tx, runner_id).capabilities
    except NotFound:
        return False


def _changed_tasks(
    services: Services, tx: Tx, run_id: int, events: Sequence[Event]
) -> list[tuple[int, TaskStatusChanged]]:
    """The tasks whose status changed, with their ids."""
    changed = []
    stored: dict[int, dict[tuple[int, int], int]] = {}
    for event in events:
        if isinstance(event, TaskStatusChanged):
            task_id = services.fleet.task_id(run_id, event.attempt, event.job, event.task)
            if task_id is None:
                if event.attempt not in stored:
                    stored[event.attempt] = runs.task_ids(tx, run_id, event.attempt)
                task_id = stored[event.attempt][event.job, event.task]
            changed.append((task_id, event))
    return changed
