"""Leases of running tasks: when a runner is silent for too long, its task ends with a cause.

A task whose runner was never heard of was not delivered: its job goes back to the queue. One whose runner was lost is
given out again if the repository's policy says so.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING

from runyard.kernel import decide
from runyard.kernel.causes import Cause
from runyard.kernel.commands import ExpireTask
from runyard.services.policy import policy_of
from runyard.services.record import record
from runyard.store import logs, runners, runs, tasks

if TYPE_CHECKING:
    from runyard.kernel.state import Task
    from runyard.services.context import Services
    from runyard.services.fleet import KnownRunner
    from runyard.store import Tx
    from runyard.store.runs import TaskRef

BATCH = 1000
NOT_DELIVERED = "runner '{runner}' did not take the task: it was not heard of for {seconds} s"
LOST_CONTACT = "lost contact with runner '{runner}' for {seconds} s"

log = logging.getLogger(__name__)


async def renew_open_leases(services: Services) -> None:
    """After a server start: runners could not report meanwhile, so every open task gets a full lease from now."""
    expires = services.clock() + lease_milliseconds(services)
    await services.database.write(lambda tx: tasks.renew_all(tx, expires))


async def expire_leases(services: Services) -> int:
    """End every task whose lease has run out; return how many there were. One that cannot be ended stops no other."""
    now = services.clock()
    refs = await services.database.read(lambda tx: tasks.expired(tx, now, BATCH))
    for ref in refs:
        try:
            await services.database.write(lambda tx, ref=ref: _expire(services, tx, ref.id))  # type: ignore[misc]
        except Exception:
            log.exception("task %s could not be ended", ref.id)
    return len(refs)


async def end_undelivered(services: Services, task_ids: Iterable[int]) -> None:
    """Give back tasks that were claimed for a client that left before it got them."""

    def give_back(tx: Tx) -> None:
        for task_id in task_ids:
            ref = runs.locate_task(tx, task_id)
            if is_untouched(tx, ref):
                _end(services, tx, ref, "the runner closed its connection before it got the task", undelivered=True)

    await services.database.write(give_back)


def lease_milliseconds(services: Services) -> int:
    """How long a runner may be silent."""
    return int(services.settings.lease_seconds * 1000)


def is_untouched(tx: Tx, ref: TaskRef) -> bool:
    """Whether nothing was ever heard of the task: no line of its log, no step begun."""
    task = _task(tx, ref)
    return all(step.started == 0 for step in task.steps) and logs.length(tx, ref.id).lines == 0


def _expire(services: Services, tx: Tx, task_id: int) -> None:
    """End the task, unless its runner was heard or the task has ended since it was found."""
    now = services.clock()
    ref = runs.locate_task(tx, task_id)
    if not 0 < ref.lease_expires <= now:
        return
    untouched = is_untouched(tx, ref)
    text = NOT_DELIVERED if untouched else LOST_CONTACT
    task = _task(tx, ref)
    silence = now - (task.started if untouched else ref.lease_expires - lease_milliseconds(services))
    cause = text.format(runner=task.runner_name, seconds=max(1, round(silence / 1000)))
    _end(services, tx, ref, cause, undelivered=untouched)
    tx.after_commit(lambda: log.warning("task %s has ended: %s", task_id, cause))


def _end(services: Services, tx: Tx, ref: TaskRef, cause: str, *, undelivered: bool) -> None:
    """End a task. A lost ephemeral runner is removed; one that never got its task may ask again."""
    runner = services.fleet.runner_by_id(ref.runner_id)
    if runner is not None and runner.ephemeral:
        retires = not undelivered and runners.delete(tx, runner.id)
        tx.after_commit(lambda: _release(runner, retires=retires))
    run = runs.load(tx, ref.run_id, lock=True)
    command = ExpireTask(
        at=services.clock(),
        attempt=ref.attempt,
        job=ref.job,
        task=ref.task,
        cause=cause,
        undelivered=undelivered,
        code=Cause.UNDELIVERED if undelivered else Cause.LOST_RUNNER,
        retry=policy_of(services, tx, ref.repository_id).retry,
    )
    record(services, tx, ref.run_id, run, decide(run, command))


def _release(runner: KnownRunner, *, retires: bool) -> None:
    runner.busy = False
    runner.retired = runner.retired or retires


def _task(tx: Tx, ref: TaskRef) -> Task:
    run = runs.load(tx, ref.run_id)
    return run.attempts[ref.attempt - 1].jobs[ref.job].tasks[ref.task - 1]
