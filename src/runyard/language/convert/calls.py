"""Calls of reusable workflows: the called file is read, and what is passed is checked against what it takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from runyard.language.convert.permissions import Levels, levels, violations
from runyard.language.convert.references import resolved_workflow
from runyard.language.convert.values import entries_of, fields_of
from runyard.language.diagnostics import Problems
from runyard.language.expressions.values import to_string
from runyard.language.limits import Limits
from runyard.language.model import CallSecret, Expression, Input, Job, Trigger, Value, Workflow
from runyard.language.reader.nodes import Node, ScalarNode


@dataclass(frozen=True, slots=True)
class Caller:
    """A file whose calls are followed: its path or reference, its depth (0: the first file), and what it may grant."""

    allowed: Levels
    path: str
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Calls:
    """How calls are followed. `load` gives the text for a reference, or None; `read` makes a workflow of it."""

    load: Callable[[str], str | None]
    read: Callable[[str, Caller, Problems], Workflow | None]
    limits: Limits

    def bind(self, workflow: Workflow, root: Node, caller: Caller, problems: Problems) -> Workflow:
        """The workflow with `called` set in the jobs that call. Mistakes are reported where the call stands."""
        jobs = dict(workflow.jobs)
        for key, name, node in entries_of(fields_of(root)["jobs"]):
            if jobs[name].uses is not None:
                jobs[name] = self._call(workflow, jobs[name], key, node, caller, problems)
        return replace(workflow, jobs=jobs)

    def _call(
        self, workflow: Workflow, job: Job, key: ScalarNode, node: Node, caller: Caller, problems: Problems
    ) -> Job:
        fields = fields_of(node)
        uses = fields["uses"]
        ref = resolved_workflow(job.uses or "", caller.path if caller.depth else "")
        explicit = workflow.permissions if job.permissions is None else job.permissions
        allowed = caller.allowed if explicit is None else levels(explicit)
        called = self._read(ref, uses, Caller(allowed, ref, caller.depth + 1), problems)
        if called is None:
            return job
        trigger = called.triggers.get("workflow_call")
        if trigger is None:
            message = "workflow_call key is not defined in the referenced workflow."
            problems.error(uses, "workflow-call", message)
            return job
        _check_inputs(trigger, uses, fields.get("with"), problems)
        if job.secrets != "inherit":
            _check_secrets(trigger, uses, fields.get("secrets"), problems)
        for message in violations(called, ref, allowed):
            problems.error(key, "permissions", message)
        return replace(job, called=_with_permissions(called, explicit))

    def _read(self, ref: str, uses: Node, caller: Caller, problems: Problems) -> Workflow | None:
        if caller.depth > self.limits.call_depth:
            message = f"Nested reusable workflow depth exceeded {self.limits.call_depth}."
            problems.error(uses, "workflow-call", message)
            return None
        text = self.load(ref)
        if text is None:
            problems.error(uses, "workflow-call", f"The called workflow '{ref}' was not found.")
            return None
        inner = Problems(ref, self.limits.errors, self.limits.error_length)
        called = self.read(text, caller, inner)
        for each in inner.found:
            place = f" (Line: {each.line}, Col: {each.column})" if each.line else ""
            message = f"Error from called workflow {ref}{place}: {each.message}"
            problems.error(uses, "workflow-call", message)
        return None if inner.errors else called


def _with_permissions(called: Workflow, explicit: Value) -> Workflow:
    """The called workflow, whose jobs have what the caller grants where they ask for nothing themselves."""
    if explicit is None or called.permissions is not None:
        return called
    jobs = {
        name: job if job.permissions is not None else replace(job, permissions=explicit)
        for name, job in called.jobs.items()
    }
    return replace(called, jobs=jobs)


def _check_inputs(trigger: Trigger, uses: Node, node: Node | None, problems: Problems) -> None:
    given = _given(node)
    for name, declared in trigger.inputs.items():
        if declared.required and name.lower() not in given:
            message = f"Input {name} is required, but not provided while calling."
            problems.error(uses, "workflow-call", message)
    declared_names = {name.lower(): declared for name, declared in trigger.inputs.items()}
    for folded, (key, value) in given.items():
        if folded not in declared_names:
            message = f"Invalid input, {key.value} is not defined in the referenced workflow."
            problems.error(key, "workflow-call", message)
        elif not _fits(declared_names[folded], value):
            problems.error(value, "unexpected-value", f"Unexpected value '{_shown(value)}'")


def _check_secrets(trigger: Trigger, uses: Node, node: Node | None, problems: Problems) -> None:
    given = _given(node)
    declared: Mapping[str, CallSecret] = {name.lower(): secret for name, secret in trigger.secrets.items()}
    for folded, secret in declared.items():
        if secret.required and (folded not in given or _is_empty(given[folded][1])):
            message = f"Secret {secret.name} is required, but not provided while calling."
            problems.error(uses, "workflow-call", message)
    for folded, (key, _) in given.items():
        if folded not in declared:
            message = f"Invalid secret, {key.value} is not defined in the referenced workflow."
            problems.error(key, "workflow-call", message)


def _given(node: Node | None) -> dict[str, tuple[ScalarNode, Node]]:
    return {name.lower(): (key, value) for key, name, value in entries_of(node)}


def _is_empty(node: Node) -> bool:
    return type(node) is ScalarNode and node.value in ("", None)


def _fits(declared: Input, node: Node) -> bool:
    """Whether a value that is written out has the type of the input; text takes any scalar."""
    if type(node) is not ScalarNode or isinstance(node.value, Expression) or declared.type == "string":
        return True
    return isinstance(node.value, bool if declared.type == "boolean" else float)


def _shown(node: Node) -> str:
    return to_string(node.value) if type(node) is ScalarNode else ""
