"""The steps of a job as a viewer sees them: what the runner reported, framed by `Set up job` and `Complete job`.

Every log line belongs to exactly one step. Lines are counted from 0; `end` is None while a step still grows.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runyard.kernel.state import Step, Task

SET_UP = "Set up job"
COMPLETE = "Complete job"
_OPEN = ("running", "waiting", "blocked", "unknown")


@dataclass(frozen=True, slots=True)
class StepView:
    """One step on the job page; `number` is its place on the page, from 0. `status` is a label such as `running`."""

    number: int
    name: str
    status: str
    started: int = 0
    stopped: int = 0
    first: int = 0
    end: int | None = 0

    def length(self, total: int) -> int:
        """How many lines it has when the log has `total`."""
        return max(0, (total if self.end is None else min(self.end, total)) - self.first)

    def holds(self, line: int) -> bool:
        """Whether a line is this step's."""
        return self.first <= line and (self.end is None or line < self.end)


def step_views(task: Task | None) -> tuple[StepView, ...]:
    """The steps of a dispatch, in order. Nothing before a runner has taken the job."""
    if task is None:
        return ()
    begun = [step for step in task.steps if step.started]
    ends = _ends(task, begun)
    middle = [_own(number, step, ends.get(step.index), task) for number, step in enumerate(task.steps, 1)]
    return (_set_up(task, begun), *middle, _complete(task, len(middle) + 1, begun))


def _ends(task: Task, begun: list[Step]) -> dict[int, int | None]:
    """Where each step that has begun ends: where the next one begins; the last goes on until the job completes."""
    ends: dict[int, int | None] = {step.index: after.log_index for step, after in itertools.pairwise(begun)}
    if begun:
        last = begun[-1]
        ends[last.index] = last.log_index + last.log_length if _completes(task) else None
    return ends


def _completes(task: Task) -> bool:
    """Whether no further step will run: the lines after the last step are the job's own."""
    labels = [step.status.label for step in task.steps]
    ended = task.status.is_terminal or not any(label in _OPEN for label in labels)
    begun = [step for step in task.steps if step.started]
    return ended and bool(begun) and begun[-1].status.is_terminal


def _set_up(task: Task, begun: list[Step]) -> StepView:
    if begun:
        return StepView(0, SET_UP, "success", task.started, begun[0].started, 0, begun[0].log_index)
    status = task.status.label if task.status.is_terminal else "running"
    return StepView(0, SET_UP, status, task.started, task.stopped, 0, None)


def _own(number: int, step: Step, end: int | None, task: Task) -> StepView:
    label = step.status.label
    if task.status.is_terminal and label in _OPEN:
        label = task.status.label if step.started else "skipped"
    if not step.started:
        return StepView(number, step.name, label)
    stopped = step.stopped or (task.stopped if task.status.is_terminal else 0)
    return StepView(number, step.name, label, step.started, stopped, step.log_index, end)


def _complete(task: Task, number: int, begun: list[Step]) -> StepView:
    done = task.status.is_terminal
    if not _completes(task):
        return StepView(number, COMPLETE, task.status.label if done else "waiting")
    last = begun[-1]
    explained = any(step.status.label == task.status.label for step in task.steps)
    status = ("success" if explained else task.status.label) if done else "running"
    return StepView(number, COMPLETE, status, last.stopped, task.stopped, last.log_index + last.log_length, None)
