"""parse → print → parse: an expression written from its tree means the same tree."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from runyard.language.expressions.numbers import format_number
from runyard.language.expressions.parser import parse_expression
from runyard.language.expressions.tree import Compare, Function, Index, Literal, Logical, NamedValue, Node, Not

BINDING = {"||": 1, "&&": 2, "==": 3, "!=": 3, "<": 4, "<=": 4, ">": 4, ">=": 4}


def printed(node: Node, least: int = 0) -> str:
    """The node as text, in parentheses where it binds less tightly than `least`."""
    if isinstance(node, Literal):
        return constant(node.value)
    if isinstance(node, NamedValue):
        return node.name
    if isinstance(node, Index):
        target = printed(node.target, 6)
        return f"{target}.*" if node.key is None else f"{target}[{printed(node.key)}]"
    if isinstance(node, Function):
        return f"{node.name}({', '.join(map(printed, node.arguments))})"
    if isinstance(node, Not):
        text, binding = f"!{printed(node.operand, 5)}", 5
    elif isinstance(node, Compare):
        binding = BINDING[node.operator]
        text = f"{printed(node.left, binding)} {node.operator} {printed(node.right, binding + 1)}"
    else:
        binding = BINDING[node.operator]
        text = f" {node.operator} ".join(printed(operand, binding + 1) for operand in node.operands)
    return f"({text})" if binding < least else text


def constant(value: Any) -> str:
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, float):
        return format_number(value)
    return {None: "null", True: "true", False: "false"}[value]


def meaning(part: Any) -> Any:
    """The tree without places."""
    if not isinstance(part, tuple):
        return part
    if not hasattr(part, "_fields"):
        return tuple(map(meaning, part))
    kept = (value for name, value in zip(part._fields, part, strict=True) if name not in ("position", "depth"))
    return (type(part).__name__, *map(meaning, kept))


def compared(operator: str, left: Node, right: Node) -> Node:
    return Compare(operator, left, right, 1, 1 + max(left.depth, right.depth))


def chained(operator: str, operands: list[Node]) -> Node:
    """A chain as the parser makes it: a part that is a chain of the same operator gives its operands."""
    flat: list[Node] = []
    for operand in operands:
        is_same = isinstance(operand, Logical) and operand.operator == operator
        flat += operand.operands if is_same and isinstance(operand, Logical) else (operand,)
    return Logical(operator, tuple(flat), 1, 1 + max(operand.depth for operand in flat))


def larger(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(inner, min_size=2, max_size=4)
    targets = st.sampled_from("abc").map(lambda name: NamedValue(name, 1))
    return st.one_of(
        inner.map(lambda node: Not(node, 1, 1 + node.depth)),
        st.builds(compared, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), inner, inner),
        st.builds(chained, st.sampled_from(["&&", "||"]), several),
        st.builds(lambda target, key: Index(target, key, 1, 1 + key.depth), targets, inner),
        targets.map(lambda target: Index(target, None, 1, 2)),
        several.map(lambda nodes: Function("case", tuple(nodes), 1, 1 + max(node.depth for node in nodes))),
    )


CONSTANTS = st.one_of(st.none(), st.booleans(), st.integers(-(10**6), 10**6).map(float), st.text("ab'{} é", max_size=5))
LEAVES = st.one_of(
    CONSTANTS.map(lambda value: Literal(value, 1)),
    st.sampled_from(["a", "b-c", "_d"]).map(lambda name: NamedValue(name, 1)),
)
TREES: st.SearchStrategy[Node] = st.recursive(LEAVES, larger, max_leaves=12)


@given(TREES)
def test_what_is_printed_is_read_as_the_same_tree(tree: Node) -> None:
    read = parse_expression(printed(tree))
    assert meaning(read) == meaning(tree)
    assert printed(read) == printed(tree)
    assert read.depth == tree.depth
