"""What the conditions of jobs and steps ask."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from runyard.language.expressions.tree import Compare, Function, Literal, Logical, Node, walk
from runyard.language.lint.document import Document, Job, Step, Workflow
from runyard.language.lint.project import Project
from runyard.language.lint.security.embedded import Embedded, condition
from runyard.language.lint.security.scripts import steps_of
from runyard.language.lint.security.sources import Path, context_path
from runyard.language.reader.nodes import ScalarNode

_TEXT_TESTS = frozenset({"contains", "startswith", "endswith"})


class Condition(NamedTuple):
    """An `if`: the scalar, its expression, and the job it belongs to (None in an action)."""

    file: Document
    node: ScalarNode
    expression: Embedded
    job: Job | None


class Test(NamedTuple):
    """A comparison of a context with a constant: `operator` is `==`, `!=`, or the name of a text function."""

    path: Path
    operator: str
    value: str
    node: Node


def all_conditions(project: Project) -> Iterator[Condition]:
    """The conditions of all jobs and steps."""
    for file in project.documents:
        jobs = file.jobs if isinstance(file, Workflow) else ()
        owners = [(job.fields, job) for job in jobs] + [(step.fields, step.job) for step in steps_of(file)]
        for fields, job in owners:
            node = fields.get("if")
            found = condition(node)
            if found is not None and isinstance(node, ScalarNode):
                yield Condition(file, node, found, job)


def tests_in(node: Node) -> Iterator[Test]:
    """All comparisons of a context with a text in an expression."""
    for part in walk(node):
        if isinstance(part, Compare) and part.operator in ("==", "!="):
            for one, other in ((part.left, part.right), (part.right, part.left)):
                path = context_path(one)
                if path is not None and isinstance(other, Literal):
                    yield Test(path, part.operator, str(other.value), part)
        elif isinstance(part, Function) and part.name.lower() in _TEXT_TESTS and len(part.arguments) > 1:
            path, other = context_path(part.arguments[0]), part.arguments[1]
            if path is not None and isinstance(other, Literal):
                yield Test(path, part.name.lower(), str(other.value), part)


def required(node: Node) -> Iterator[Node]:
    """The operands that must all be true for the expression to be true."""
    if isinstance(node, Logical) and node.operator == "&&":
        for operand in node.operands:
            yield from required(operand)
    else:
        yield node


def requirements(owner: Job | Step) -> list[Node]:
    """What must be true for a job or step to run: the operands of its own condition."""
    expression = condition(owner.fields.get("if"))
    return [] if expression is None else list(required(expression.node))


def possible_events(events: frozenset[str], needed: list[Node]) -> frozenset[str]:
    """The events that remain when requirements on `github.event_name` are heeded."""
    for part in needed:
        tests = [test for test in _alternatives(part) if test is not None]
        named = {test.value.lower() for test in tests if test.path == ("github", "event_name")}
        if not tests or any(test.path != ("github", "event_name") for test in tests) or None in _alternatives(part):
            continue
        if all(test.operator == "==" for test in tests):
            events &= named
        elif all(test.operator == "!=" for test in tests) and len(tests) == 1:
            events -= named
    return events


def _alternatives(node: Node) -> list[Test | None]:
    """The operands of `||` as tests; None for one that is no simple test."""
    operands = node.operands if isinstance(node, Logical) and node.operator == "||" else (node,)
    return [next(tests_in(part), None) if isinstance(part, Compare | Function) else None for part in operands]
