"""Calls of reusable workflows: what is passed fits what is taken."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from runyard.language.convert.values import entries_of, fields_of, plain_text, value_of
from runyard.language.lint.contexts import value_type
from runyard.language.lint.document import Job, Workflow
from runyard.language.lint.finding import Finding
from runyard.language.lint.project import Project
from runyard.language.lint.rule import Rule
from runyard.language.lint.spelling import names_hint
from runyard.language.reader.nodes import MappingNode, Node, ScalarNode

_KINDS = {"boolean": ("bool",), "number": ("number",), "string": ("string", "number", "bool", "null")}
_MOST_MISSING = 20
_NOT_CALLABLE = "workflow_call key is not defined in the referenced workflow."


class _Declared(NamedTuple):
    """Inputs or secrets by name in lower case: the name as written, and its keys. `required`: the names of those."""

    known: dict[str, tuple[str, dict[str, Node]]]
    required: dict[str, str]


class _Taken(NamedTuple):
    """What a workflow takes."""

    inputs: _Declared
    secrets: _Declared


def _check(project: Project) -> Iterator[Finding]:
    for workflow in project.workflows:
        types: dict[int, str] = {id(each.written.place.node): each.type.kind for each in project.expressions(workflow)}
        known: dict[Workflow, _Taken | None] = {}
        for job in workflow.jobs:
            uses = job.fields.get("uses")
            called = project.workflow(job.uses) if isinstance(uses, ScalarNode) else None
            if called is not None and called.root is not None and isinstance(uses, ScalarNode):
                if called not in known:
                    known[called] = _taken_by(called)
                taken = known[called]
                if taken is None:
                    yield RULE.found(workflow, uses, _NOT_CALLABLE, length=len(uses.source), code="not-callable")
                    continue
                yield from _inputs(workflow, job, uses, taken.inputs, types)
                if not isinstance(job.fields.get("secrets"), ScalarNode):
                    yield from _secrets(workflow, job, uses, taken.secrets)


def _taken_by(called: Workflow) -> _Taken | None:
    """None when it cannot be called."""
    trigger = called.events.get("workflow_call")
    if trigger is None:
        return None
    fields = fields_of(trigger[1])
    return _Taken(_declared(fields.get("inputs")), _declared(fields.get("secrets")))


def _declared(node: Node | None) -> _Declared:
    known = {name.lower(): (name, fields_of(value)) for _, name, value in entries_of(node)}
    required = {key: name for key, (name, fields) in known.items() if value_of(fields.get("required")) is True}
    return _Declared(known, required)


def _inputs(
    workflow: Workflow, job: Job, uses: ScalarNode, declared: _Declared, types: dict[int, str]
) -> Iterator[Finding]:
    given = entries_of(job.fields.get("with"))
    names = {name.lower() for _, name, _ in given}
    for key, name, value in given:
        found = declared.known.get(name.lower())
        if found is None:
            message = f"Invalid input, {name} is not defined in the referenced workflow."
            hint = (
                names_hint(name, [known for known, _ in declared.known.values()], shown="Inputs") or "It has no inputs."
            )
            yield RULE.found(workflow, key, message, hint=hint, length=len(key.source), code="invalid-input")
            continue
        wanted = _KINDS.get(plain_text(found[1].get("type")))
        kind = types.get(id(value)) or value_type(value).kind
        if wanted and kind != "any" and kind not in wanted:
            message = f"Unexpected value '{_shown(value)}'"
            hint = f"The input '{name}' is a {plain_text(found[1].get('type'))}."
            yield RULE.found(workflow, value, message, hint=hint, code="input-type")
    for name in _missing(declared, names):
        message = f"Input {name} is required, but not provided while calling."
        yield RULE.found(workflow, uses, message, length=len(uses.source), code="missing-input")


def _secrets(workflow: Workflow, job: Job, uses: ScalarNode, declared: _Declared) -> Iterator[Finding]:
    given = entries_of(job.fields.get("secrets"))
    names = {name.lower() for _, name, _ in given}
    for key, name, _ in given:
        if name.lower() not in declared.known:
            message = f"Invalid secret, {name} is not defined in the referenced workflow."
            yield RULE.found(workflow, key, message, length=len(key.source), code="invalid-secret")
    for name in _missing(declared, names):
        message = f"Secret {name} is required, but not provided while calling."
        yield RULE.found(workflow, uses, message, length=len(uses.source), code="missing-secret")


def _missing(declared: _Declared, given: set[str]) -> Iterator[str]:
    """The names that are required and not given, not too many."""
    missing = (name for folded, name in declared.required.items() if folded not in given)
    return islice(missing, _MOST_MISSING)


def _shown(node: Node) -> str:
    return node.source if isinstance(node, ScalarNode) else "mapping" if isinstance(node, MappingNode) else "sequence"


RULE = Rule("workflow-call", "error", "Calls of reusable workflows pass what these take.", _check)
