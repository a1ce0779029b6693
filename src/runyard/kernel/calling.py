"""Jobs that call a reusable workflow: how a call begins, what its status is meanwhile, and how it ends.

A caller is blocked like any other job; when its turn has come it gets the jobs of the called file as its children. From
then on it follows them and ends, with the outputs of the called workflow, when all of them have ended.
"""

from __future__ import annotations

from runyard import language
from runyard.kernel.causes import Cause
from runyard.kernel.contexts import Contexts, job_contexts
from runyard.kernel.ending import end_job
from runyard.kernel.events import CallExpanded, JobStatusChanged
from runyard.kernel.fields import Unusable, explain
from runyard.kernel.first_jobs import first_jobs, room_for
from runyard.kernel.matrices import plain
from runyard.kernel.needs import dependents_see, merge, needs_context
from runyard.kernel.outputs import set_outputs
from runyard.kernel.scope import Scope
from runyard.kernel.state import Job
from runyard.kernel.status import Status, aggregate
from runyard.language.model import Workflow


def expand(scope: Scope, caller: Job) -> None:
    """Begin the call of a blocked job: its inputs, its children (blocked). Raises `Unusable`; then it has none."""
    draft = scope.draft
    called = scope.plan.jobs[caller.key].called
    if called is None:
        raise Unusable(f"the called workflow '{caller.calls}' cannot be found")
    inputs = _inputs(scope, caller, called)
    draft.emit(CallExpanded(at=draft.at, attempt=draft.attempt.number, job=caller.number, inputs=inputs))
    inner = scope.inner(draft.job(caller.number))
    children = first_jobs(inner, inner.plan.jobs)
    too_many = room_for(scope, len(children))
    if too_many:
        raise Unusable(too_many)
    for child in children:
        draft.emit(child)


def follow_children(scope: Scope, number: int) -> None:
    """Give an expanded caller the status that its children add up to; when all have ended it ends.

    A failure among them beats a cancellation, as for the jobs of a matrix. It is cancelling only if it is to end as a
    whole, not because one matrix among its children stops itself.
    """
    draft = scope.draft
    caller = draft.job(number)
    children = [draft.job(child) for child in draft.family.children(number)]
    ended = merge(children)
    if ended is not None:
        _end(scope, caller, children, ended.result)
        return
    status = aggregate({(child.status, child.continue_on_error) for child in children})
    if status is Status.CANCELLING and draft.attempt.abort is None:
        status = Status.RUNNING
    if status is not caller.status and caller.status is not Status.CANCELLING:
        draft.emit(JobStatusChanged(at=draft.at, attempt=draft.attempt.number, job=number, status=status))


def follow_callers(scope: Scope, job: Job) -> None:
    """Let the callers above a job follow a change of it that does not end it. `scope`: that of the run's own file."""
    while job.caller:
        job = scope.draft.job(job.caller)
        follow_children(scope.of(job), job.number)


def call_contexts(scope: Scope, caller: Job) -> Contexts:
    """What `with` and `secrets` of a caller may read; `secrets` itself is missing."""
    return job_contexts(scope.contexts(caller.key), caller)


def _inputs(scope: Scope, caller: Job, called: Workflow) -> dict[str, object]:
    definition = scope.plan.jobs[caller.key]
    try:
        found = language.call_inputs(definition, called, call_contexts(scope, caller), scope.base)
    except language.LanguageError as error:
        raise Unusable(explain(scope.plan, definition, "with", error)) from error
    return {name: plain(value) for name, value in found.items()}


def _end(scope: Scope, caller: Job, children: list[Job], result: Status) -> None:
    cause, code = _cause(children, result)
    try:
        set_outputs(scope.draft, caller.number, _outputs(scope, caller))
    except Unusable as mistake:
        if result is Status.SUCCESS:
            result, cause, code = Status.FAILURE, str(mistake), Cause.MISTAKE
    end_job(scope.draft, caller.number, result, cause, code)


def _outputs(scope: Scope, caller: Job) -> dict[str, str]:
    inner = scope.inner(caller)
    if inner.plan.workflow is None:
        return {}
    jobs = needs_context(inner.results, inner.plan.jobs)
    try:
        return language.call_outputs(inner.plan.workflow, inner.base | {"jobs": jobs})
    except language.LanguageError as error:
        definition = scope.plan.jobs[caller.key]
        raise Unusable(explain(scope.plan, definition, f"outputs of '{caller.calls}'", error)) from error


def _cause(children: list[Job], result: Status) -> tuple[str, str]:
    """Why a call ended as it did, and the kind of cause: its first child that ended so."""
    if result not in (Status.FAILURE, Status.CANCELLED):
        return "", ""
    first = next(child for child in children if dependents_see(child) is result)
    return (f"job '{first.name}' failed" if result is Status.FAILURE else first.cause), first.code
