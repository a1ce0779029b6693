"""The one way to store what the kernel decided: events appended, and after the commit everybody concerned is woken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from runyard.kernel import decide, evolve
from runyard.kernel.commands import ReportTask
from runyard.kernel.events import Event, JobCreated, JobStatusChanged, TaskStatusChanged
from runyard.kernel.status import Status
from runyard.store import NotFound, runners, runs

if TYPE_CHECKING:
    from runyard.kernel.state import Run
    from runyard.services.context import Services
    from runyard.store import Tx
    from runyard.store.runs import Saved


def record(services: Services, tx: Tx, run_id: int, before: Run, events: Sequence[Event]) -> Saved:
    """Append `events` to the run, whose state was `before`. Nothing happens for no events.

    A task that is to be cancelled ends here and now if its runner says nothing more once it is told to.
    """
    events = [*events, *_last_words(services, tx, before, events)]
    saved = runs.append(tx, run_id, before, events)
    if events:
        changed = _changed_tasks(services, tx, run_id, events)
        announce(services, tx, run_id, saved.run.repository_id, starts_waiting(events), changed)
    return saved


def announce(
    services: Services,
    tx: Tx,
    run_id: int,
    repository_id: int,
    waiting: bool,
    tasks: Sequence[tuple[int, TaskStatusChanged]],
) -> None:
    """After the commit, tell those who watch the run, its repository, the queue and the tasks that changed."""

    def publish() -> None:
        hub = services.hub
        hub.publish(("run", run_id))
        hub.publish(("repository", repository_id))
        if waiting:
            hub.publish(("queue",))
        for task_id, event in tasks:
            known = services.fleet.task(task_id)
            if known is not None:
                known.last_report = b""
            hub.publish(("task", task_id))
            if event.status.is_terminal:
                hub.publish(("log", task_id))

    tx.after_commit(publish)


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
