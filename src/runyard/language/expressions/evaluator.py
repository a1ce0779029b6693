"""Runs parsed expressions.

A tree is turned into nested functions once; they are kept by the expression's text, so the second evaluation of a
condition costs a few microseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, TypeAlias

from runyard.language.errors import ExpressionError
from runyard.language.expressions.functions import BUILTINS, MemoryExceededError
from runyard.language.expressions.parser import Arity, parse_expression
from runyard.language.expressions.tree import Compare, Function, Index, Literal, Logical, NamedValue, Node, Not
from runyard.language.expressions.values import MISSING, all_of, equal, index_into, less, member, truthy

if TYPE_CHECKING:
    from runyard.language.model import Expression

Functions: TypeAlias = Mapping[str, Callable[..., Any]]
"""Functions beyond the built-in ones, by name; they are called with evaluated arguments."""

_ARITIES: dict[str, Arity] = {
    "always": (0, 0),
    "cancelled": (0, 0),
    "failure": (0, 255),
    "hashfiles": (1, 255),
    "success": (0, 255),
}
_ANY_ARITY: Arity = (0, 255)
_CACHED = 4096


class Scope:
    """What an expression sees while it runs."""

    __slots__ = ("contexts", "functions")

    def __init__(self, contexts: Mapping[str, Any], functions: Functions) -> None:
        self.contexts = contexts
        self.functions = functions


Run: TypeAlias = Callable[[Scope], Any]


def evaluate(expression: str | Expression, contexts: Mapping[str, Any], functions: Functions | None = None) -> Any:
    """The value of an expression (text without `${{ }}`).

    A text may use the names in `contexts` and `functions` and the built-in functions, nothing else. An `Expression` was
    checked when it was read; a context that is missing now is null. Raises ExpressionError; what a function refuses has
    the position of its call.
    """
    own = functions or {}
    if isinstance(expression, str):
        source = expression
        run = _checked(source, frozenset(contexts), frozenset(own))
    else:
        source = expression.source
        run = _known(expression)
    try:
        return run(Scope(contexts, own))
    except MemoryExceededError as error:
        message = f"The maximum allowed memory size was exceeded while evaluating the following expression: {source}"
        raise ExpressionError(message, "evaluation", error.position) from None


def arities_of(functions: Iterable[str]) -> dict[str, Arity]:
    """How many arguments functions of these names take; those we do not know take any number."""
    return {name: _ARITIES.get(name.lower(), _ANY_ARITY) for name in functions}


@lru_cache(maxsize=_CACHED)
def _checked(source: str, contexts: frozenset[str], functions: frozenset[str]) -> Run:
    return compile_node(parse_expression(source, contexts=contexts, functions=arities_of(functions)))


_runs: dict[str, Run] = {}


def _known(expression: Expression) -> Run:
    run = _runs.get(expression.source)
    if run is None:
        if len(_runs) >= _CACHED:
            _runs.clear()
        run = _runs[expression.source] = compile_node(expression.node)
    return run


def compile_node(node: Node) -> Run:
    """The function that computes a node."""
    if isinstance(node, Literal):
        value = node.value
        return lambda scope: value
    if isinstance(node, NamedValue):
        return partial(_context, node.name)
    if isinstance(node, Index):
        return _compile_index(node)
    if isinstance(node, Function):
        return _compile_call(node)
    if isinstance(node, Not):
        operand = compile_node(node.operand)
        return lambda scope: not truthy(operand(scope))
    if isinstance(node, Compare):
        return _compile_compare(node)
    return _compile_logical(node)


def _context(name: str, scope: Scope) -> Any:
    value = member(scope.contexts, name)
    return None if value is MISSING else value


def _compile_index(node: Index) -> Run:
    target = compile_node(node.target)
    if node.key is None:
        return lambda scope: all_of(target(scope))
    if isinstance(node.key, Literal):
        key = node.key.value
        return _named(target, key) if isinstance(key, str) else lambda scope: index_into(target(scope), key)
    index = compile_node(node.key)
    return lambda scope: index_into(target(scope), index(scope))


def _named(target: Run, name: str) -> Run:
    """`target.name`, with a short way for the common case."""

    def run(scope: Scope) -> Any:
        value = target(scope)
        if type(value) is dict and name in value:
            return value[name]
        return index_into(value, name)

    return run


def _compile_compare(node: Compare) -> Run:
    left, right = compile_node(node.left), compile_node(node.right)
    if node.operator == "==":
        return lambda scope: equal(left(scope), right(scope))
    if node.operator == "!=":
        return lambda scope: not equal(left(scope), right(scope))
    if node.operator == "<":
        return lambda scope: less(left(scope), right(scope))
    if node.operator == ">":
        return lambda scope: _greater(left(scope), right(scope))
    if node.operator == "<=":
        return lambda scope: _less_or_equal(left(scope), right(scope))
    return lambda scope: _greater_or_equal(left(scope), right(scope))


def _greater(left: Any, right: Any) -> bool:
    return less(right, left)


def _less_or_equal(left: Any, right: Any) -> bool:
    return equal(left, right) or less(left, right)


def _greater_or_equal(left: Any, right: Any) -> bool:
    return equal(left, right) or less(right, left)


def _compile_logical(node: Logical) -> Run:
    first = [compile_node(operand) for operand in node.operands[:-1]]
    last = compile_node(node.operands[-1])
    stops_at = node.operator == "||"

    def run(scope: Scope) -> Any:
        for operand in first:
            value = operand(scope)
            if truthy(value) is stops_at:
                return value
        return last(scope)

    return run


def _compile_call(node: Function) -> Run:
    arguments = [compile_node(argument) for argument in node.arguments]
    name = node.name
    builtin = BUILTINS.get(name.lower())
    if builtin is not None:
        return _compile_builtin(builtin, arguments, node.position)

    def run(scope: Scope) -> Any:
        function = member(scope.functions, name)
        if function is MISSING:
            raise ExpressionError(f"Unrecognized function: '{name}'", "evaluation", node.position)
        return function(*[argument(scope) for argument in arguments])

    return run


def _compile_builtin(function: Callable[..., Any], arguments: list[Run], position: int) -> Run:
    def run(scope: Scope) -> Any:
        try:
            return function(*[partial(argument, scope) for argument in arguments])
        except (ExpressionError, MemoryExceededError) as error:
            if error.position is None:
                error.position = position
            raise

    return run
