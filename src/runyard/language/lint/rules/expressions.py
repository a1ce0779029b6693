"""Expressions: their grammar, the names they use, the types they combine."""

from __future__ import annotations

from collections.abc import Iterator

from runyard.language.convert.values import entries_of, fields_of, plain_text
from runyard.language.errors import ExpressionError
from runyard.language.expressions.template import parse_template
from runyard.language.lint.analysis import Analysed
from runyard.language.lint.document import Document, Workflow
from runyard.language.lint.finding import Finding
from runyard.language.lint.infer import Problem, ProblemKind
from runyard.language.lint.places import Place
from runyard.language.lint.project import Project
from runyard.language.lint.rule import Rule
from runyard.language.lint.types import Type


def _check_syntax(project: Project) -> Iterator[Finding]:
    for document in project.documents:
        for place in project.places(document):
            yield from _unreadable(document, place)
        for each in project.expressions(document):
            yield from _problems(SYNTAX, document, each, "names")


def _unreadable(document: Document, place: Place) -> Iterator[Finding]:
    """Expressions that cannot be read, and `${{` without an end."""
    found = False
    for written in place.expressions:
        if written.error is not None:
            found = True
            message, _, _ = written.error.message.partition(". Located at position")
            hint = "Only single quotes delimit strings in expressions." if '"' in written.source else ""
            at = written.at(written.error.position or 1)
            yield SYNTAX.found(document, at, message, hint=hint, code="expression-syntax")
    value = place.node.value
    if found or place.definition.scope is None or not isinstance(value, str) or "${{" not in value:
        return
    try:
        parse_template(place.node.source, place.node.position)
    except ExpressionError as error:
        opening = place.node.source.rfind("${{")
        message, _, _ = error.message.partition(". Located at position")
        yield SYNTAX.found(document, document.place(place.node, opening), message, code="expression-syntax")


def _check_properties(project: Project) -> Iterator[Finding]:
    for document in project.documents:
        for each in project.expressions(document):
            yield from _problems(PROPERTY, document, each, "property")


def _check_formats(project: Project) -> Iterator[Finding]:
    for document in project.documents:
        for each in project.expressions(document):
            yield from _problems(FORMAT, document, each, "format")


def _check_types(project: Project) -> Iterator[Finding]:
    for document in project.documents:
        declared = _declared(document)
        for each in project.expressions(document):
            yield from _problems(TYPE, document, each, "type")
            yield from _misfit(document, each, declared)


def _problems(rule: Rule, document: Document, each: Analysed, kind: ProblemKind) -> Iterator[Finding]:
    for problem in each.problems:
        if problem.kind == kind:
            yield _found(rule, document, each, problem)


def _found(rule: Rule, document: Document, each: Analysed, problem: Problem) -> Finding:
    at = each.written.at(problem.position)
    return rule.found(
        document,
        at,
        problem.message,
        hint=problem.hint,
        severity=problem.severity,
        length=problem.length,
        code=problem.code,
    )


def _misfit(document: Document, each: Analysed, declared: dict[int, set[str]]) -> Iterator[Finding]:
    """A value whose type the key does not take, or that makes no sense in text."""
    written, place = each.written, each.written.place
    if place.is_condition or place.is_key or each.type.kind == "any" or written.tree is None:
        return
    at = document.place(place.node, max(place.node.source.rfind("${{", 0, written.start), 0))
    if not written.is_whole:
        if each.type.kind in ("array", "object"):
            yield TYPE.found(document, at, _printed(each.type), hint=_PRINT_HINT, code="printed-value")
        return
    wanted = declared.get(id(place.node)) or _wanted(place)
    if wanted and each.type.kind not in wanted:
        is_printed = "string" in wanted
        expected = " or ".join(sorted(wanted))
        name = ".".join(place.path[-2:]) if place.path[-1] == "*" else place.path[-1]
        message = (
            _printed(each.type) if is_printed else f"'{name}' must be {expected}, but the expression is {each.type}"
        )
        yield TYPE.found(document, at, message, hint=_PRINT_HINT if is_printed else "", code="wrong-type")


def _wanted(place: Place) -> set[str]:
    """The kinds of value that a place takes."""
    definition = place.definition
    wanted: set[str] = set()
    if definition.boolean:
        wanted.add("bool")
    if definition.number:
        wanted.add("number")
    if definition.texts:
        wanted |= {"string", "number", "bool", "null"}
    if definition.items is not None or place.is_item:
        wanted.add("array")
    if definition.shapes:
        wanted.add("object")
    return wanted


def _declared(document: Document) -> dict[int, set[str]]:
    """The kinds that the defaults of inputs must have, by the identity of their nodes."""
    trigger = document.events.get("workflow_call") if isinstance(document, Workflow) else None
    found: dict[int, set[str]] = {}
    for _, _, node in entries_of(fields_of(trigger[1]).get("inputs")) if trigger else ():
        fields = fields_of(node)
        kinds = {"boolean": {"bool"}, "number": {"number"}}.get(plain_text(fields.get("type")))
        if kinds is not None and "default" in fields:
            found[id(fields["default"])] = kinds
    return found


def _printed(found: Type) -> str:
    return f"A value of type {found} is shown as '{found.kind.capitalize()}' in text"


_PRINT_HINT = "Use one of its properties, or toJSON()."

SYNTAX = Rule(
    "expression", "error", "Expressions can be read, and use contexts and functions that exist there.", _check_syntax
)
PROPERTY = Rule(
    "undefined-property", "error", "Contexts have the properties that expressions ask for.", _check_properties
)
TYPE = Rule("expression-type", "error", "Values have types that operators, functions and keys can use.", _check_types)
FORMAT = Rule("format-string", "error", "The placeholders of format() fit its arguments.", _check_formats)
