"""The parsed expression: immutable nodes.

`position` is the 1-based place of a node's own token in the expression's text: the name of a call or of a property,
the bracket of an index, the operator (of a chain, the last one). `depth` is the height of the tree from the node down.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, TypeAlias


class Literal(NamedTuple):
    """A constant: None, bool, float or str."""

    value: bool | float | str | None
    position: int
    depth: int = 1


class NamedValue(NamedTuple):
    """A context, spelled as in the text."""

    name: str
    position: int
    depth: int = 1


class Index(NamedTuple):
    """`target.name`, `target[key]`; `key` is None for `target.*` and `target[*]`."""

    target: Node
    key: Node | None
    position: int
    depth: int


class Function(NamedTuple):
    """A call, the name spelled as in the text."""

    name: str
    arguments: tuple[Node, ...]
    position: int
    depth: int


class Not(NamedTuple):
    """`!operand`."""

    operand: Node
    position: int
    depth: int


class Compare(NamedTuple):
    """`left operator right`; operator is one of `== != < <= > >=`."""

    operator: str
    left: Node
    right: Node
    position: int
    depth: int


class Logical(NamedTuple):
    """A whole chain of `&&` or of `||`, two operands or more."""

    operator: str
    operands: tuple[Node, ...]
    position: int
    depth: int


Node: TypeAlias = Literal | NamedValue | Index | Function | Not | Compare | Logical


def children(node: Node) -> tuple[Node, ...]:
    """The node's direct parts, in the order of the text."""
    if isinstance(node, Index):
        return (node.target,) if node.key is None else (node.target, node.key)
    if isinstance(node, Function):
        return node.arguments
    if isinstance(node, Not):
        return (node.operand,)
    if isinstance(node, Compare):
        return (node.left, node.right)
    if isinstance(node, Logical):
        return node.operands
    return ()


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it, parents first, in the order of the text."""
    pending = [node]
    while pending:
        current = pending.pop()
        yield current
        pending.extend(reversed(children(current)))
