"""Calls of reusable workflows: the called file is read, and what is passed is checked against what it takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from runyard.language.convert.permissions import Levels, levels, violations
from runyard.language.convert.references import called_reference
from runyard.language.diagnostics import Problems
from runyard.language.expressions.values import fold, to_string
from runyard.language.limits import Limits
from runyard.language.model import CallSecret, Expression, Input, Job, Position, Trigger, Value, Workflow


@dataclass(frozen=True, slots=True)
class Grant:
    """What a workflow may do: the levels, and what somebody above it wrote (None: nobody wrote anything)."""

    allowed: Levels
    written: Value = None

    def narrowed(self, written: Value) -> Grant:
        """What is left where `permissions` says this; None: it says nothing."""
        return self if written is None else Grant(levels(written), written)


class Calls:
    """Follows the calls of one file, and of the files that it calls.

    `read` makes a workflow of a text and a path, or None after noting why not. `load` gives the text for a reference,
    or None when there is none. Without `follow` calls inside called files stay unbound. `jobs` counts the jobs of all
    files, each as often as it is called.
    """

    def __init__(
        self,
        read: Callable[[str, str, Problems], Workflow | None],
        load: Callable[[str], str | None],
        limits: Limits,
        *,
        follow: bool = True,
    ) -> None:
        self._read = read
        self._load = load
        self._limits = limits
        self._follow = follow
        self._files: dict[str, tuple[Workflow | None, Problems]] = {}
        self.jobs = 0

    def bind(self, workflow: Workflow, grant: Grant, problems: Problems) -> Workflow:
        """The workflow with `called` set in the jobs that call. Mistakes are reported where the call stands."""
        grant = grant.narrowed(workflow.permissions)
        self.jobs += len(workflow.jobs)
        jobs = dict(workflow.jobs)
        for name, job in workflow.jobs.items():
            if job.uses is not None and self.jobs <= self._limits.jobs:
                jobs[name] = self.bind_job(workflow, job, grant, problems)
        return replace(workflow, jobs=jobs)

    def bind_job(self, workflow: Workflow, job: Job, grant: Grant, problems: Problems) -> Job:
        """The job with `called` set. `grant` is that of the workflow."""
        grant = grant.narrowed(job.permissions)
        uses = job.places["uses"].value
        reference = called_reference(workflow, job)
        depth = workflow.depth + 1
        if depth > self._limits.call_depth:
            message = f"Nested reusable workflow depth exceeded {self._limits.call_depth}."
            problems.error(uses, "workflow-call", message)
            return job
        called = self._file(reference, uses, problems)
        if called is None:
            return job
        trigger = called.triggers.get("workflow_call")
        if trigger is None:
            message = "workflow_call key is not defined in the referenced workflow."
            problems.error(uses, "workflow-call", message)
            return job
        _check_inputs(trigger, job, problems)
        if job.secrets != "inherit":
            _check_secrets(trigger, job, problems)
        for message in violations(called, reference, grant.allowed):
            problems.error(job.position, "permissions", message)
        called = _granted(replace(called, depth=depth), grant.written)
        if not self._follow:
            self.jobs += len(called.jobs)
            return replace(job, called=called)
        inner = Problems(reference, self._limits.errors, self._limits.error_length)
        called = self.bind(called, grant, inner)
        _report(inner, uses, problems)
        return replace(job, called=called)

    def _file(self, reference: str, uses: Position, problems: Problems) -> Workflow | None:
        """The called file, its own calls not bound. It is read once, however often it is called."""
        if reference not in self._files:
            if len(self._files) == self._limits.called_files:
                total, limit = len(self._files) + 1, self._limits.called_files
                problems.error(uses, "limit", f"Too many workflows are referenced, total: {total}, limit: {limit}")
                return None
            text = self._load(reference)
            if text is None:
                problems.error(uses, "workflow-call", f"The called workflow '{reference}' was not found.")
                return None
            inner = Problems(reference, self._limits.errors, self._limits.error_length)
            self._files[reference] = (self._read(text, reference, inner), inner)
        workflow, inner = self._files[reference]
        _report(inner, uses, problems)
        return None if inner.errors else workflow


def _report(inner: Problems, uses: Position, problems: Problems) -> None:
    """Tell the caller what is wrong in the called file."""
    for each in inner.found:
        place = f" (Line: {each.line}, Col: {each.column})" if each.line else ""
        problems.error(uses, "workflow-call", f"Error from called workflow {each.path}{place}: {each.message}")


def _granted(called: Workflow, written: Value) -> Workflow:
    """The called workflow, whose jobs have what the caller grants where they ask for nothing themselves."""
    if written is None or called.permissions is not None:
        return called
    jobs = {
        name: job if job.permissions is not None else replace(job, permissions=written)
        for name, job in called.jobs.items()
    }
    return replace(called, jobs=jobs)


def _check_inputs(trigger: Trigger, job: Job, problems: Problems) -> None:
    uses = job.places["uses"].value
    given = {fold(name): name for name in job.with_}
    declared: Mapping[str, Input] = {fold(name): each for name, each in trigger.inputs.items()}
    for folded, each in declared.items():
        if each.required and folded not in given:
            message = f"Input {each.name} is required, but not provided while calling."
            problems.error(uses, "workflow-call", message)
    for folded, name in given.items():
        place = job.places[f"with.{name}"]
        if folded not in declared:
            message = f"Invalid input, {name} is not defined in the referenced workflow."
            problems.error(place.key, "workflow-call", message)
        elif not _fits(declared[folded], job.with_[name]):
            problems.error(place.value, "unexpected-value", f"Unexpected value '{to_string(job.with_[name])}'")


def _check_secrets(trigger: Trigger, job: Job, problems: Problems) -> None:
    uses = job.places["uses"].value
    given = {fold(name): name for name in job.secrets or ()}
    declared: Mapping[str, CallSecret] = {fold(name): each for name, each in trigger.secrets.items()}
    for folded, each in declared.items():
        if each.required and (folded not in given or job.secrets[given[folded]] in ("", None)):
            message = f"Secret {each.name} is required, but not provided while calling."
            problems.error(uses, "workflow-call", message)
    for folded, name in given.items():
        if folded not in declared:
            message = f"Invalid secret, {name} is not defined in the referenced workflow."
            problems.error(job.places[f"secrets.{name}"].key, "workflow-call", message)


def _fits(declared: Input, value: Value) -> bool:
    """Whether a value that is written out has the type of the input; text takes any scalar."""
    if isinstance(value, Expression) or declared.type == "string":
        return True
    return isinstance(value, bool if declared.type == "boolean" else float)
