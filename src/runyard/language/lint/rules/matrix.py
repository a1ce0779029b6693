"""`strategy.matrix`: values that are given twice, exclusions that exclude nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from runyard.language.convert.values import entries_of, fields_of, value_of
from runyard.language.expressions.values import equal, is_array, is_object, to_string
from runyard.language.lint.document import Workflow
from runyard.language.lint.finding import Finding
from runyard.language.lint.project import Project
from runyard.language.lint.rule import Rule
from runyard.language.lint.types import listed
from runyard.language.model import Expression, Insert
from runyard.language.reader.nodes import MappingNode, Node, SequenceNode

_OWN_KEYS = ("include", "exclude")
_MAX_VALUES = 256


def _check(project: Project) -> Iterator[Finding]:
    for workflow in project.workflows:
        for job in workflow.jobs:
            strategy = fields_of(job.fields.get("strategy"))
            yield from _parallel(workflow, strategy.get("max-parallel"))
            matrix = strategy.get("matrix")
            if isinstance(matrix, MappingNode):
                yield from _matrix(workflow, matrix)


def _parallel(workflow: Workflow, node: Node | None) -> Iterator[Finding]:
    value = value_of(node)
    if node is not None and isinstance(value, float) and (value < 1 or not value.is_integer()):
        message = f'value at "max-parallel" must be a number of jobs, 1 or more: {value:g}'
        yield RULE.found(workflow, node, message, hint="Leave it out for no limit.", code="not-positive")


def _matrix(workflow: Workflow, matrix: MappingNode) -> Iterator[Finding]:
    vectors = {name: node for _, name, node in entries_of(matrix) if name not in _OWN_KEYS}
    for name, node in vectors.items():
        yield from _duplicates(workflow, name, node)
    has_all_keys = all(isinstance(key.value, str) for key, _ in matrix.pairs)
    exclude = matrix.fields().get("exclude")
    if isinstance(exclude, SequenceNode) and has_all_keys:
        known = {name.lower(): node for name, node in vectors.items()}
        for item in exclude.items:
            if isinstance(item, MappingNode):
                yield from _exclusion(workflow, item, known)


def _duplicates(workflow: Workflow, name: str, node: Node) -> Iterator[Finding]:
    seen: list[tuple[Any, Node]] = []
    for item in node.items[:_MAX_VALUES] if isinstance(node, SequenceNode) else ():
        value = value_of(item)
        if not _is_known(value):
            continue
        earlier = next((other for known, other in seen if _same(known, value)), None)
        if earlier is not None:
            message = f"The value '{_shown(value)}' of matrix vector '{name}' is already given in line {earlier.line}"
            yield RULE.found(workflow, item, message, code="duplicate-value")
        seen.append((value, item))


def _exclusion(workflow: Workflow, item: MappingNode, vectors: Mapping[str, Node]) -> Iterator[Finding]:
    for key, name, node in entries_of(item):
        vector = vectors.get(name.lower())
        if vector is None:
            message = f"Matrix exclude key '{name}' does not match any key within the matrix"
            yield RULE.found(workflow, key, message, length=len(key.source), code="unknown-exclude-key")
            continue
        items = vector.items if isinstance(vector, SequenceNode) else []
        values = [value_of(each) for each in items] if len(items) <= _MAX_VALUES else []
        wanted = value_of(node)
        if values and _is_known(wanted) and all(map(_is_known, values)) and not any(_covers(v, wanted) for v in values):
            shown = listed([_shown(value) for value in values])
            message = f"The value '{_shown(wanted)}' excludes nothing: matrix vector '{name}' has {shown}"
            yield RULE.found(workflow, node, message, code="unknown-exclude-value")


def _is_known(value: Any) -> bool:
    """Whether a value holds no expression."""
    if isinstance(value, Expression):
        return False
    if is_object(value):
        return not any(isinstance(key, Expression | Insert) for key in value) and all(map(_is_known, value.values()))
    return all(map(_is_known, value)) if is_array(value) else True


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


def _covers(value: Any, wanted: Any) -> bool:
    """Whether an exclusion of `wanted` excludes `value`: every leaf of it equals what stands at its place."""
    if is_object(wanted):
        return is_object(value) and all(key in value and _covers(value[key], item) for key, item in wanted.items())
    if is_array(wanted):
        return is_array(value) and len(value) >= len(wanted) and all(map(_covers, value, wanted))
    return equal(value, wanted)


def _shown(value: Any) -> str:
    if is_object(value):
        return "{" + ", ".join(f"{key}: {_shown(item)}" for key, item in value.items()) + "}"
    return "[" + ", ".join(map(_shown, value)) + "]" if is_array(value) else to_string(value)


RULE = Rule("matrix", "warning", "Matrices have no repeated values and no exclusions without effect.", _check)
