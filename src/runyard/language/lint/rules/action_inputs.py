"""`with` of steps: the inputs that local and well-known actions take."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from runyard.language.convert.values import plain_text, value_of
from runyard.language.lint.document import Action, Document, Step
from runyard.language.lint.finding import Finding
from runyard.language.lint.project import Project
from runyard.language.lint.rule import Rule
from runyard.language.lint.rules.uses import steps_of
from runyard.language.lint.spelling import names_hint
from runyard.language.lint.versions import known_action
from runyard.language.reader.nodes import Node, ScalarNode

_DOCKER_INPUTS = frozenset({"entrypoint", "args"})


@dataclass(frozen=True, slots=True)
class _Accepted:
    """What an action takes: names in lower case, required names as written, reasons not to use some of them."""

    names: Collection[str]
    required: tuple[str, ...]
    deprecated: Mapping[str, str]


def _check(project: Project) -> Iterator[Finding]:
    for document, step in steps_of(project):
        node = step.fields.get("uses")
        accepted = _accepted(project, document, step, node) if isinstance(node, ScalarNode) else None
        if accepted is not None and isinstance(node, ScalarNode):
            yield from _step(document, step, node, accepted)


def _accepted(project: Project, document: Document, step: Step, uses: ScalarNode) -> _Accepted | None:
    """What the step's action takes; None when it is not known, as for a branch or a newer version."""
    action = project.action(step.uses)
    if action is not None:
        return None if action.root is None or "runs" not in action.fields else _of_local(action)
    known = known_action(document, uses)
    if known is None:
        return None
    deprecated = {name.lower(): f"use '{new}'" for name, new in known.deprecated.items()}
    return _Accepted(frozenset(name.lower() for name in known.inputs), known.required, deprecated)


def _of_local(action: Action) -> _Accepted:
    required, deprecated = [], {}
    for name, (key, fields) in action.inputs.items():
        if value_of(fields.get("required")) is True and "default" not in fields:
            required.append(key.source)
        if "deprecationMessage" in fields:
            deprecated[name] = plain_text(fields["deprecationMessage"])
    names = frozenset(action.inputs)
    return _Accepted(names | _DOCKER_INPUTS if action.using == "docker" else names, tuple(required), deprecated)


def _step(document: Document, step: Step, uses: ScalarNode, accepted: _Accepted) -> Iterator[Finding]:
    given = _given(step.fields.get("with"))
    for key, name in given:
        folded = name.lower()
        if folded not in accepted.names:
            message = f"Invalid action input '{name}': '{step.uses}' does not have it"
            hint = names_hint(name, sorted(accepted.names), shown="Inputs") or "It has no inputs."
            yield RULE.found(document, key, message, hint=hint, length=len(key.source), code="invalid-input")
        elif folded in accepted.deprecated:
            message = f"Input '{name}' has been deprecated with message: {accepted.deprecated[folded]}"
            yield RULE.found(document, key, message, severity="warning", code="deprecated-input")
    names = {name.lower() for _, name in given}
    has_dynamic = len(given) < len(getattr(step.fields.get("with"), "pairs", ())) or _is_expression(step)
    for name in accepted.required:
        if name.lower() not in names and not has_dynamic:
            message = f"Missing required input '{name}' of action '{step.uses}'"
            yield RULE.found(document, uses, message, length=len(uses.source), code="missing-input")


def _given(node: Node | None) -> list[tuple[ScalarNode, str]]:
    pairs = getattr(node, "pairs", ())
    return [(key, key.value) for key, _ in pairs if isinstance(key.value, str)]


def _is_expression(step: Step) -> bool:
    return isinstance(step.fields.get("with"), ScalarNode)


RULE = Rule("action-inputs", "error", "Steps give actions the inputs they take.", _check)
