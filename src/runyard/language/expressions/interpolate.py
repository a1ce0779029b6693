"""Evaluation of text and of values that hold expressions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from runyard.language.errors import ExpressionError
from runyard.language.expressions.evaluator import Functions, arities_of, evaluate
from runyard.language.expressions.template import parse_template
from runyard.language.expressions.tree import NamedValue, walk
from runyard.language.expressions.values import fold, is_array, is_object, to_string
from runyard.language.model import Expression, Insert, Position, Value

__all__ = ["evaluate_value", "expression_contexts", "interpolate", "parse_template"]


def interpolate(text: str, contexts: Mapping[str, Any], functions: Functions | None = None) -> Any:
    """The text with its expressions evaluated: a string, or any value when the text is exactly one expression.

    Raises ExpressionError.
    """
    if "${{" not in text:
        return text
    value = _template(text, frozenset(contexts), frozenset(functions or ()))
    if isinstance(value, Insert):
        raise ExpressionError("The directive 'insert' is not allowed in this context.", "parsing")
    return value if isinstance(value, str) else evaluate(value, contexts, functions)


@lru_cache(maxsize=1024)
def _template(text: str, contexts: frozenset[str], functions: frozenset[str]) -> str | Expression | Insert:
    return parse_template(text, Position(1, 1), contexts=contexts, functions=arities_of(functions))


def evaluate_value(value: Value, contexts: Mapping[str, Any], functions: Functions | None = None) -> Any:
    """A value of the model as plain data: expressions evaluated, tuples as lists, mappings as dicts.

    An item of a sequence that yields an array is spliced in. Keys must yield text; what `${{ insert }}` yields is
    merged into its mapping. Raises ExpressionError.
    """
    if isinstance(value, Expression):
        return evaluate(value, contexts, functions)
    if isinstance(value, str) or value is None:
        return value
    if is_array(value):
        return _evaluate_items(value, contexts, functions)
    if is_object(value):
        return _evaluate_mapping(value, contexts, functions)
    return value


def expression_contexts(value: Value) -> set[str]:
    """The names (lower case) of the contexts that the expressions of a value use."""
    names: set[str] = set()
    pending = [value]
    while pending:
        current = pending.pop()
        if isinstance(current, Expression):
            names.update(node.name.lower() for node in walk(current.node) if isinstance(node, NamedValue))
        elif is_array(current):
            pending.extend(current)
        elif is_object(current):
            pending.extend(current.keys())
            pending.extend(current.values())
    return names


def _evaluate_items(value: Any, contexts: Mapping[str, Any], functions: Functions | None) -> list[Any]:
    result: list[Any] = []
    for item in value:
        evaluated = evaluate_value(item, contexts, functions)
        if isinstance(item, Expression) and is_array(evaluated):
            result.extend(evaluated)
        else:
            result.append(evaluated)
    return result


def _evaluate_mapping(value: Any, contexts: Mapping[str, Any], functions: Functions | None) -> dict[str, Any]:
    result: dict[str, Any] = {}
    seen: set[str] = set()
    for key, item in value.items():
        evaluated = evaluate_value(item, contexts, functions)
        for name, content in _entries(key, evaluated, contexts, functions):
            folded = fold(name)
            if folded in seen:
                raise ExpressionError(f"'{name}' is already defined")
            seen.add(folded)
            result[name] = content
    return result


def _entries(
    key: Any, value: Any, contexts: Mapping[str, Any], functions: Functions | None
) -> Iterator[tuple[str, Any]]:
    """What an entry adds to its mapping."""
    if isinstance(key, Insert):
        if not is_object(value):
            raise ExpressionError("Expected a mapping")
        yield from value.items()
        return
    name = evaluate_value(key, contexts, functions)
    if is_array(name) or is_object(name):
        raise ExpressionError(f"A {'sequence' if is_array(name) else 'mapping'} was not expected")
    if not isinstance(name, str):
        raise ExpressionError(f"Unexpected value '{to_string(name)}'")
    yield name, value
