"""`if`: conditions that do not decide anything."""

from __future__ import annotations

from collections.abc import Iterator

from runyard.language.errors import ExpressionError
from runyard.language.expressions.evaluator import Scope, compile_node
from runyard.language.expressions.functions import MemoryExceededError
from runyard.language.expressions.tree import Function, Index, Logical, NamedValue, Node, Not, walk
from runyard.language.expressions.values import truthy
from runyard.language.lint.analysis import Analysed
from runyard.language.lint.finding import Finding
from runyard.language.lint.places import Place, Written
from runyard.language.lint.project import Project
from runyard.language.lint.rule import Rule
from runyard.language.model import Expression

_LITERAL_TEXT = (
    "Conditional expression contains literal text outside replacement tokens. This will cause the expression to always "
    "evaluate to truthy. Did you mean to put the entire expression inside ${{ }}?"
)
_ALWAYS = "Remove the 'if'. If it compares with several values, name the left side each time: `a == 'x' || a == 'y'`."
_CONSTANT_FUNCTIONS = frozenset({"contains", "startswith", "endswith", "format", "join", "tojson", "fromjson", "case"})


def _check(project: Project) -> Iterator[Finding]:
    for document in project.documents:
        for place in project.places(document):
            if place.is_condition and place.expressions:
                yield from _condition(place)
        for each in project.expressions(document):
            if each.written.place.is_condition and each.written.is_whole and each.type.kind in ("array", "object"):
                yield _object(each)


def _condition(place: Place) -> Iterator[Finding]:
    first = place.expressions[0]
    if first.is_marked and not first.is_whole:
        yield RULE.found(place.document, place.node, _LITERAL_TEXT, code="expression-literal-text-in-condition")
        return
    result = constant_result(first)
    if result is not None:
        shown = "true" if result else "false"
        message = f"The condition is always {shown}: nothing that it asks can change that"
        hint = _ALWAYS if result else "Remove what it belongs to, or say when it should run."
        yield RULE.found(place.document, first.at(1), message, hint=hint, severity="warning", code="constant-condition")


def _object(each: Analysed) -> Finding:
    message = f"The condition is always true: a value of type {each.type} is"
    at = each.written.at(1)
    return RULE.found(each.written.place.document, at, message, severity="warning", code="constant-condition")


def constant_result(expression: Expression | Written) -> bool | None:
    """What a condition always gives; None if that depends on anything."""
    tree = expression.tree if isinstance(expression, Written) else expression.node
    return None if tree is None else _truth(tree)


def _truth(node: Node) -> bool | None:
    """Whether a value is always true or always false: `x || 'a'` is always true, whatever x is."""
    if isinstance(node, Not):
        inner = _truth(node.operand)
        return None if inner is None else not inner
    if isinstance(node, Logical):
        results = {_truth(operand) for operand in node.operands}
        deciding = node.operator == "||"
        return deciding if deciding in results else None if None in results else not deciding
    if any(map(_depends, walk(node))):
        return None
    try:
        return truthy(compile_node(node)(Scope({}, {})))
    except (ExpressionError, MemoryExceededError):
        return None


def _depends(node: Node) -> bool:
    is_other_function = isinstance(node, Function) and node.name.lower() not in _CONSTANT_FUNCTIONS
    return is_other_function or isinstance(node, NamedValue | Index)


RULE = Rule("condition", "error", "Conditions decide something.", _check)
