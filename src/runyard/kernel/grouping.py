"""The concurrency group that an attempt or job asks for, and whether it holds it. Who gets one is `groups`' matter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from runyard import language
from runyard.kernel.calling import call_contexts
from runyard.kernel.causes import Cause
from runyard.kernel.contexts import Contexts
from runyard.kernel.draft import Draft
from runyard.kernel.ending import end_job
from runyard.kernel.events import ConcurrencyRequested
from runyard.kernel.fields import Unusable
from runyard.kernel.groups import group_key
from runyard.kernel.scope import Scope
from runyard.kernel.state import Concurrency, Job
from runyard.kernel.status import Status
from runyard.language.model import Expression, Value, Workflow


def request_for_attempt(scope: Scope) -> None:
    """Ask for the group of the run's own file, if it names one. Raises `Unusable`."""
    workflow = scope.plan.workflow
    wanted = None if workflow is None else _of_workflow(workflow, scope.base)
    if wanted is not None:
        _request(scope.draft, 0, wanted)


def holds_group(scope: Scope, job: Job) -> bool:
    """Whether a job may begin as far as its own key `concurrency` goes.

    If not it has asked for the group, or it has ended, because it would wait for itself. Raises `Unusable`.
    """
    if job.concurrency is not None:
        return job.concurrency.granted
    definition = scope.plan.jobs[job.key]
    if definition.concurrency is None:
        return True
    contexts, where = call_contexts(scope, job), f"job '{job.key}'"
    wanted = _wanted(scope.plan.workflow, definition.position.line, where, definition.concurrency, contexts)
    if wanted is None:
        return True
    if not _ends_in_deadlock(scope.draft, job, wanted, [job.number]):
        _request(scope.draft, job.number, wanted)
    return False


def call_holds_group(scope: Scope, caller: Job) -> bool:
    """Whether the jobs of a called file may begin, as far as the file's own `concurrency` goes.

    The caller stands for the file: it has one group, that of its own key before that of the file. If not, it has asked
    for the group, or its jobs have ended. A mistake ends them, too.
    """
    if caller.concurrency is not None:
        return caller.concurrency.granted
    draft, inner = scope.draft, scope.inner(caller)
    children = draft.family.children(caller.number)
    try:
        wanted = None if inner.plan.workflow is None else _of_workflow(inner.plan.workflow, inner.base)
    except Unusable as mistake:
        for number in children:
            _end(draft, number, Status.FAILURE, str(mistake), Cause.MISTAKE)
        return True
    if wanted is None:
        return True
    if not _ends_in_deadlock(draft, caller, wanted, children):
        _request(draft, caller.number, wanted)
    return False


def _of_workflow(workflow: Workflow, contexts: Contexts) -> language.Concurrency | None:
    line = _line(workflow.concurrency) or 1
    return _wanted(workflow, line, "the workflow", workflow.concurrency, contexts)


def _wanted(
    workflow: Workflow | None, line: int, where: str, value: Value, contexts: Contexts
) -> language.Concurrency | None:
    try:
        wanted = language.evaluate_concurrency(value, contexts)
        if wanted is not None and wanted.queue == "max" and wanted.cancel_in_progress:
            raise language.LanguageError("'queue: max' cannot be combined with 'cancel-in-progress: true'")
    except language.LanguageError as error:
        path = workflow.path if workflow else ""
        line = _line(value) or line
        raise Unusable(f"{path}:{line}: cannot evaluate 'concurrency' of {where}: {error}") from error
    return wanted


def _line(value: Value) -> int:
    """The line of the first expression in a value, 0 = there is none."""
    if isinstance(value, Expression):
        return value.position.line
    parts: Any = value.values() if isinstance(value, Mapping) else ()
    return next((line for part in parts if (line := _line(part))), 0)


def _ends_in_deadlock(draft: Draft, job: Job, wanted: language.Concurrency, numbers: Sequence[int]) -> bool:
    """A job that waits for a group which its own run or one of its callers holds would wait for ever: cancelled."""
    above: list[tuple[str, Concurrency | None]] = [("its own run", draft.attempt.concurrency)]
    caller = job.caller
    while caller:
        calling = draft.job(caller)
        above.append((f"job '{calling.name}', which calls it,", calling.concurrency))
        caller = calling.caller
    for who, held in above:
        if held is not None and group_key(held.group) == group_key(wanted.group):
            cause = f"deadlock: the concurrency group '{wanted.group}' is held by {who} until this job has ended"
            for number in numbers:
                _end(draft, number, Status.CANCELLED, cause, Cause.DEADLOCK)
            return True
    return False


def _end(draft: Draft, number: int, status: Status, cause: str, code: str) -> None:
    if not draft.job(number).status.is_terminal:
        end_job(draft, number, status, cause, code)


def _request(draft: Draft, number: int, wanted: language.Concurrency) -> None:
    draft.emit(
        ConcurrencyRequested(
            at=draft.at,
            attempt=draft.attempt.number,
            job=number,
            group=wanted.group,
            cancel_in_progress=wanted.cancel_in_progress,
            queue=wanted.queue,
        )
    )
