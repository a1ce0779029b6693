"""Tokens to tree.

Operator precedence with explicit stacks instead of recursion: parentheses may nest as deep as the text is long, and a
hostile expression must not exhaust Python's stack. Time is linear in the text, however chains are bracketed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import final

from runyard.language.errors import ExpressionError
from runyard.language.expressions.lexer import tokens, unexpected
from runyard.language.expressions.tree import Compare, Function, Index, Literal, Logical, NamedValue, Node, Not

Arity = tuple[int, int]
"""Least and most arguments of a function."""

BUILTIN_FUNCTIONS: dict[str, Arity] = {
    "case": (3, 255),
    "contains": (2, 2),
    "endswith": (2, 2),
    "format": (1, 255),
    "fromjson": (1, 1),
    "join": (1, 2),
    "startswith": (2, 2),
    "tojson": (1, 1),
}
"""Allowed wherever an expression is; names in lower case."""

MAX_DEPTH = 50
MAX_LENGTH = 21_000

_BINDING = {
    "||": (1, 2),
    "&&": (2, 3),
    **dict.fromkeys(("==", "!="), (3, 3)),
    **dict.fromkeys(("<", "<=", ">", ">="), (4, 4)),
}
"""How tightly an operator binds, and how tightly what waits before it must bind to be applied first."""
_OPENS = frozenset({"(", "call(", "["})
_BOTTOM, _OPEN, _LEAST, _CHAINED, _NOT = -1, 0, 1, 2, 5
_new = tuple.__new__
"""Makes the most frequent nodes: half the time of calling their class, and a file may hold a million."""


def parse_expression(
    text: str,
    *,
    contexts: Collection[str] | None = None,
    functions: Mapping[str, Arity] | None = None,
    max_depth: int = MAX_DEPTH,
    max_length: int = MAX_LENGTH,
    offset: int = 0,
) -> Node:
    """Read an expression (without `${{ }}`).

    `contexts` are the names that may be used (None: any), `functions` the functions beyond the built-in ones (None: any
    function with any number of arguments). Names compare without case. Blank text is the literal null. `offset` is
    added to the positions of the nodes, for an expression that becomes part of a longer one. Raises ExpressionError.
    """
    if len(text) > max_length:
        raise ExpressionError(f"Exceeded max expression length {max_length}", "lexing", max_length + 1)
    known = None if contexts is None else _folded(frozenset(contexts))
    special = None if functions is None else {name.lower(): arity for name, arity in functions.items()}
    return _Parser(text, known, special, max_depth, offset + 1).parse()


@lru_cache(maxsize=128)
def _folded(names: frozenset[str]) -> frozenset[str]:
    return frozenset(name.lower() for name in names)


@final
class _Chain:
    """A chain of `&&` or of `||` that may still grow at both ends; `_finished` makes a node of it."""

    __slots__ = ("depth", "operands", "operator", "position")

    def __init__(self, operator: str, operands: deque[Node], position: int, depth: int) -> None:
        self.operator = operator
        self.operands = operands
        self.position = position
        self.depth = depth


class _Parser:
    """One parse: operands, and the operators and open brackets that wait for them.

    The lexer has seen to it that every token may stand where it stands, so the stacks always hold what is popped. What
    waits is its binding, text and place. `first` is the position of the first character.
    """

    def __init__(
        self,
        source: str,
        contexts: frozenset[str] | None,
        functions: Mapping[str, Arity] | None,
        max_depth: int,
        first: int,
    ) -> None:
        self._source = source
        self._first = first
        self._contexts = contexts
        self._functions = functions
        self._max_depth = max_depth
        self._too_deep: int | None = None
        self._operands: list[Node | _Chain] = []
        self._waiting: list[tuple[int, str, int]] = [(_BOTTOM, "", 0)]
        self._calls: list[tuple[str, int, int]] = []

    def parse(self) -> Node:
        operands, waiting, first = self._operands, self._waiting, self._first
        for kind, text, start, value in tokens(self._source):
            if kind == "!":
                waiting.append((_NOT, text, start + first))
            elif kind == "literal":
                operands.append(_new(Literal, (value, start + first, 1)))
            elif kind == "operator":
                binding, least = _BINDING[text]
                if waiting[-1][0] >= least:
                    self._reduce(least)
                waiting.append((binding, text, start + first))
            elif kind == "property":
                position = start + first
                self._index(_new(Literal, (text, position, 1)), position)
            elif kind == "name":
                self._check_name(text, start)
                operands.append(_new(NamedValue, (text, start + first, 1)))
            elif kind in _OPENS:
                waiting.append((_OPEN, text, start + first))
            elif kind == ")":
                self._close()
            elif kind == ",":
                self._reduce(_LEAST)
            elif kind == ".*":
                self._index(None, start + first)
            elif kind == "[*":
                self._index(None, self._close())
            elif kind == "]":
                bracket = self._close()
                self._index(self._taken(), bracket)
            elif kind == "function":
                self._check_function(text, start)
                self._calls.append((text, start + first, len(operands)))
            elif kind == "call)":
                self._call(self._close())
        self._reduce(_LEAST)
        if self._too_deep is not None:
            raise ExpressionError(f"Exceeded max expression depth {self._max_depth}", "parsing", self._too_deep)
        return self._taken() if operands else Literal(None, first)

    def _close(self) -> int:
        """Apply what waits for the innermost open bracket; the bracket's place."""
        self._reduce(_LEAST)
        return self._waiting.pop()[2]

    # --- names ---

    def _check_name(self, text: str, start: int) -> None:
        if self._contexts is not None and text.lower() not in self._contexts:
            raise unexpected(text, start, self._source, "parsing", "Unrecognized named-value")

    def _check_function(self, text: str, start: int) -> None:
        name = text.lower()
        if self._functions is not None and name not in BUILTIN_FUNCTIONS and name not in self._functions:
            raise unexpected(text, start, self._source, "parsing", "Unrecognized function")

    # --- postfix ---

    def _index(self, key: Node | None, position: int) -> None:
        target = self._taken()
        depth = target.depth
        if key is not None and key.depth > depth:
            depth = key.depth
        self._add(_new(Index, (target, key, position, depth + 1)))

    def _call(self, bracket: int) -> None:
        name, position, first = self._calls.pop()
        arguments = tuple(map(_finished, self._operands[first:]))
        del self._operands[first:]
        self._check_arity(name.lower(), len(arguments), bracket - self._first)
        depth = 1 + max((argument.depth for argument in arguments), default=0)
        self._add(Function(name, arguments, position, depth))

    def _check_arity(self, name: str, count: int, bracket: int) -> None:
        if self._functions is None:
            return
        least, most = BUILTIN_FUNCTIONS.get(name) or self._functions[name]
        problem = ""
        if count < least:
            problem = "Too few parameters supplied"
        elif count > most:
            problem = "Too many parameters supplied"
        elif name == "case" and count % 2 == 0:
            problem = "Even number of parameters supplied, requires an odd number of parameters"
        if problem:
            raise unexpected("(", bracket, self._source, "parsing", problem)

    # --- operators ---

    def _reduce(self, least: int) -> None:
        """Apply the waiting operators that bind at least so tightly, down to the innermost open bracket."""
        operands, waiting, most = self._operands, self._waiting, self._max_depth
        while waiting[-1][0] >= least:
            binding, operator, position = waiting.pop()
            if binding <= _CHAINED:
                self._chain(operator, position)
                continue
            right = operands.pop()
            if type(right) is _Chain:
                right = _finished(right)
            depth = right.depth
            if binding == _NOT:
                node: Node = _new(Not, (right, position, depth + 1))
            else:
                left = operands.pop()
                if type(left) is _Chain:
                    left = _finished(left)
                if left.depth > depth:
                    depth = left.depth
                node = _new(Compare, (operator, left, right, position, depth + 1))
            operands.append(node if depth < most else self._cut(position))

    def _chain(self, operator: str, position: int) -> None:
        """Apply an operator and those of its kind that wait before it, all at once."""
        first = -2
        while self._waiting[-1][1] == operator:
            self._waiting.pop()
            first -= 1
        sides = self._operands[first:]
        del self._operands[first:]
        self._add(_joined(operator, sides, position))

    def _taken(self) -> Node:
        operand = self._operands.pop()
        return _finished(operand) if type(operand) is _Chain else operand

    def _add(self, node: Node | _Chain) -> None:
        self._operands.append(node if node.depth <= self._max_depth else self._cut(node.position))

    def _cut(self, position: int) -> Node:
        """What stands for a node that is too deep: the tree stays small until the error is raised."""
        self._too_deep = self._too_deep or position
        return Literal(None, position)


def _finished(operand: Node | _Chain) -> Node:
    if isinstance(operand, _Chain):
        return Logical(operand.operator, tuple(operand.operands), operand.position, operand.depth)
    return operand


def _joined(operator: str, sides: list[Node | _Chain], position: int) -> Node | _Chain:
    """`a && b && …`, where a side that is a chain of the same operator gives its operands.

    The others move into the longest such chain, so that chains cost little however they are bracketed.
    """
    depth = size = longest = 0
    for index, side in enumerate(sides):
        height = side.depth
        if type(side) is Logical or type(side) is _Chain:
            if side.operator != operator:
                sides[index] = _finished(side)
            else:
                height -= 1
                if len(side.operands) > size:
                    size, longest = len(side.operands), index
        if height > depth:
            depth = height
    if not size:
        return _new(Logical, (operator, tuple(sides), position, depth + 1))
    operands = _operands(sides[longest], operator)
    if not isinstance(operands, deque):
        operands = deque(operands)
    for side in reversed(sides[:longest]):
        operands.extendleft(reversed(_operands(side, operator)))
    for side in sides[longest + 1 :]:
        operands.extend(_operands(side, operator))
    return _Chain(operator, operands, position, depth + 1)


def _operands(side: Node | _Chain, operator: str) -> Sequence[Node]:
    """What a side of a chain brings in."""
    if (type(side) is Logical or type(side) is _Chain) and side.operator == operator:
        return side.operands
    return (_finished(side),)
