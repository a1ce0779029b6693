"""`if`, completed as GitHub completes it: without a status function `success() && (…)` goes in front."""

from __future__ import annotations

from functools import lru_cache

from runyard.language.expressions.parser import parse_expression
from runyard.language.expressions.tree import Function, Logical, Node, walk
from runyard.language.model import Expression, Position
from runyard.language.reader.nodes import Node as YamlNode
from runyard.language.reader.nodes import ScalarNode

STATUS_FUNCTIONS = frozenset({"success", "failure", "cancelled", "always"})


def complete_condition(node: YamlNode | None, place: Position, default: str = "success()") -> Expression:
    """The condition of a job or step. `place` is where the job or step starts, for one without `if`."""
    if type(node) is not ScalarNode or not isinstance(node.value, Expression):
        return Expression(default, _parsed(default), place)
    condition = node.value
    if has_status_function(condition.node):
        return condition
    source = f"success() && ({condition.source})"
    return Expression(source, _after_success(condition.node), condition.position)


def written_condition(node: YamlNode | None, place: Position, default: str) -> Expression:
    """The condition as it is written (pre and post steps of actions), or the default."""
    if type(node) is ScalarNode and isinstance(node.value, Expression):
        return node.value
    return Expression(default, _parsed(default), place)


def has_status_function(node: Node) -> bool:
    """Whether a status function is called anywhere in the expression."""
    return any(isinstance(part, Function) and part.name.lower() in STATUS_FUNCTIONS for part in walk(node))


def _after_success(node: Node) -> Node:
    """`success() && (node)`."""
    operands = (_parsed("success()"), node)
    return Logical("&&", operands, len("success() ") + 1, 1 + max(operand.depth for operand in operands))


@lru_cache(maxsize=8)
def _parsed(source: str) -> Node:
    return parse_expression(source)
