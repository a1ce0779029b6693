"""What this process remembers of runners and of their open tasks, so that most calls need no look into the store.

The store stays the truth: everything here may be forgotten at any moment and is found again there.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runyard.store.signals import Signals, Topic

KNOWN_TASKS = 20_000


@dataclass(slots=True)
class KnownRunner:
    """A registered runner that has called. `labels` are the declared names; times are milliseconds, 0 = never.

    `busy`: an ephemeral runner that was given its one task. `retired`: one that has done it and may only report what
    is left.
    """

    id: int
    uuid: str
    name: str
    token_hash: str
    owner_id: int | None
    repository_id: int | None
    labels: frozenset[str]
    capabilities: frozenset[str]
    version: str
    ephemeral: bool
    last_online: int = 0
    last_active: int = 0
    flushed: int = 0
    busy: bool = False
    retired: bool = False

    @property
    def cancels_gracefully(self) -> bool:
        """True when it goes on to a final report after it was told to cancel."""
        return "cancelling" in self.capabilities


@dataclass(slots=True)
class KnownTask:
    """A task that was given out or has reported: where it belongs, and what was last stored of it.

    `lease_expires`: as stored. `log_length`: -1 = not known. `last_report`: the request that changed nothing any more,
    `last_answer` the answer to it.
    """

    id: int
    run_id: int
    attempt: int
    job: int
    task: int
    runner_id: int
    lease_expires: int
    log_length: int = -1
    last_report: bytes = b""
    last_answer: bytes = b""


class Fleet:
    """The runners and tasks this process knows. `next_check`: when the reconciler looks next (ms)."""

    def __init__(self) -> None:
        self.next_check = 0
        self._runners: dict[str, KnownRunner] = {}
        self._runners_by_id: dict[int, KnownRunner] = {}
        self._tasks: OrderedDict[int, KnownTask] = OrderedDict()
        self._task_ids: dict[tuple[int, int, int, int], int] = {}

    def observe(self, signals: Signals) -> None:
        """Forget what is outdated as soon as it changes, here or in another server process."""
        signals.observe("task", self._task_changed)
        signals.observe("runner", self._runner_changed)

    def runner(self, uuid: str) -> KnownRunner | None:
        """The runner with this uuid, if it has called before."""
        return self._runners.get(uuid)

    def runner_by_id(self, runner_id: int) -> KnownRunner | None:
        """The runner with this id, if it has called before."""
        return self._runners_by_id.get(runner_id)

    def remember_runner(self, runner: KnownRunner) -> KnownRunner:
        """Know this runner from now on. If it is known already (two first calls at once), the known one stays."""
        known = self._runners.setdefault(runner.uuid, runner)
        return self._runners_by_id.setdefault(known.id, known)

    def forget_runner(self, runner_id: int) -> None:
        """The runner was deleted or changed: look it up again at its next call."""
        runner = self._runners_by_id.pop(runner_id, None)
        if runner is not None:
            del self._runners[runner.uuid]

    def unflushed(self) -> list[KnownRunner]:
        """Runners whose newest call is not in the store yet."""
        return [runner for runner in self._runners.values() if runner.last_online > runner.flushed]

    def retired(self) -> list[KnownRunner]:
        """Ephemeral runners that have done their task."""
        return [runner for runner in self._runners.values() if runner.retired]

    def task(self, task_id: int) -> KnownTask | None:
        """What is known of a task."""
        return self._tasks.get(task_id)

    def task_id(self, run_id: int, attempt: int, job: int, task: int) -> int | None:
        """The id of a known task by its place."""
        return self._task_ids.get((run_id, attempt, job, task))

    def remember_task(self, task: KnownTask) -> KnownTask:
        """Know this task from now on; the oldest known one is forgotten when there are too many."""
        self._tasks[task.id] = task
        self._task_ids[task.run_id, task.attempt, task.job, task.task] = task.id
        if len(self._tasks) > KNOWN_TASKS:
            _, oldest = self._tasks.popitem(last=False)
            del self._task_ids[oldest.run_id, oldest.attempt, oldest.job, oldest.task]
        return task

    def _task_changed(self, topic: Topic | None) -> None:
        """A repeated report must be answered from the store again."""
        changed = self._tasks.values() if topic is None else filter(None, [self._tasks.get(_number(topic))])
        for task in changed:
            task.last_report = b""

    def _runner_changed(self, topic: Topic | None) -> None:
        """The runner was declared anew or deleted. What only this process knows of a busy one is kept."""
        known = [_number(topic)] if topic is not None else list(self._runners_by_id)
        for runner_id in known:
            runner = self._runners_by_id.get(runner_id)
            if topic is not None or (runner is not None and not runner.busy and not runner.retired):
                self.forget_runner(runner_id)


def _number(topic: Topic) -> int:
    assert len(topic) == 2
    assert isinstance(topic[1], int)
    return topic[1]
