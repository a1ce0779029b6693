"""Tokens to tree.

Operator precedence with explicit stacks instead of recursion: parentheses may nest as deep as the text is long, and a
hostile expression must not exhaust Python's stack. Time is linear in the text, however chains are bracketed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Mapping
from functools import lru_cache

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

_BINDING = {"||": 1, "&&": 2, "==": 3, "!=": 3, "<": 4, "<=": 4, ">": 4, ">=": 4, "!": 5}
_OPENS = frozenset({"(", "call(", "["})
_new = tuple.__new__
"""Makes the most frequent nodes: half the time of calling their class, and a file may hold a million."""
_NONE = 0
"""The binding of an open bracket."""
_CHAINED = _BINDING["&&"]
"""Operators that bind at most so tightly make chains."""


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
    arities = None if functions is None else {**BUILTIN_FUNCTIONS, **{k.lower(): v for k, v in functions.items()}}
    return _Parser(text, known, arities, max_depth, offset + 1).parse()


@lru_cache(maxsize=128)
def _folded(names: frozenset[str]) -> frozenset[str]:
    return frozenset(name.lower() for name in names)


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
        self._waiting: list[tuple[int, str, int]] = []
        self._calls: list[tuple[str, int, int]] = []

    def parse(self) -> Node:
        operands, waiting, first = self._operands, self._waiting, self._first
        for kind, text, start, value in tokens(self._source):
            position = start + first
            if kind == "literal":
                operands.append(_new(Literal, (value, position, 1)))
            elif kind == "operator":
                binding = _BINDING[text]
                self._reduce(binding + 1 if binding <= _CHAINED else binding)
                waiting.append((binding, text, position))
            elif kind == "property":
                self._index(Literal(text, position), position)
            elif kind == "!":
                waiting.append((_BINDING[text], text, position))
            elif kind in _OPENS:
                waiting.append((_NONE, text, position))
            elif kind == ")":
                self._close()
            elif kind == ",":
                self._reduce(1)
            elif kind == ".*":
                self._index(None, position)
            elif kind != "dot":
                self._accept(kind, text, start)
        self._reduce(1)
        if self._too_deep is not None:
            raise ExpressionError(f"Exceeded max expression depth {self._max_depth}", "parsing", self._too_deep)
        return self._taken() if operands else Literal(None, first)

    def _accept(self, kind: str, text: str, start: int) -> None:
        position = start + self._first
        if kind == "name":
            self._check_name(text, start)
            self._operands.append(NamedValue(text, position))
        elif kind == "[*":
            self._index(None, self._close())
        elif kind == "]":
            bracket = self._close()
            self._index(self._taken(), bracket)
        elif kind == "function":
            self._check_function(text, start)
            self._calls.append((text, position, len(self._operands)))
        elif kind == "call)":
            self._call(self._close())

    def _close(self) -> int:
        """Apply what waits for the innermost open bracket; the bracket's place."""
        self._reduce(1)
        return self._waiting.pop()[2]

    # --- names ---

    def _check_name(self, text: str, start: int) -> None:
        if self._contexts is not None and text.lower() not in self._contexts:
            raise unexpected(text, start, self._source, "parsing", "Unrecognized named-value")

    def _check_function(self, text: str, start: int) -> None:
        if self._functions is not None and text.lower() not in self._functions:
            raise unexpected(text, start, self._source, "parsing", "Unrecognized function")

    # --- postfix ---

    def _index(self, key: Node | None, position: int) -> None:
        target = self._taken()
        depth = 1 + max(target.depth, key.depth if key is not None else 0)
        self._add(Index(target, key, position, depth))

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
        least, most = self._functions[name]
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

    def _reduce(self, binding: int) -> None:
        """Apply the waiting operators that bind at least so tightly, down to the innermost open bracket."""
        waiting = self._waiting
        while waiting and waiting[-1][0] >= binding:
            _, operator, position = waiting.pop()
            if operator == "!":
                operand = self._taken()
                self._add(_new(Not, (operand, position, 1 + operand.depth)))
            elif operator in ("&&", "||"):
                self._chain(operator, position)
            else:
                right, left = self._taken(), self._taken()
                depth = 1 + max(left.depth, right.depth)
                self._add(_new(Compare, (operator, left, right, position, depth)))

    def _chain(self, operator: str, position: int) -> None:
        """Apply an operator and those of its kind that wait before it, all at once."""
        count = 2
        while self._waiting and self._waiting[-1][1] == operator:
            self._waiting.pop()
            count += 1
        sides = self._operands[-count:]
        del self._operands[-count:]
        self._add(_joined(operator, sides, position))

    def _taken(self) -> Node:
        return _finished(self._operands.pop())

    def _add(self, node: Node | _Chain) -> None:
        """Keep a finished node. One that is too deep is dropped: the tree stays small until the error is raised."""
        if node.depth > self._max_depth:
            self._too_deep = self._too_deep or node.position
            node = Literal(None, node.position)
        self._operands.append(node)


def _finished(operand: Node | _Chain) -> Node:
    if isinstance(operand, _Chain):
        return Logical(operand.operator, tuple(operand.operands), operand.position, operand.depth)
    return operand


def _joined(operator: str, sides: list[Node | _Chain], position: int) -> _Chain:
    """`a && b && …`, where a side that is a chain of the same operator gives its operands.

    The others move into the longest such chain, so that chains cost little however they are bracketed.
    """
    parts = [
        (side.operands, side.depth)
        if isinstance(side, _Chain) and side.operator == operator
        else (deque((_finished(side),)), 1 + side.depth)
        for side in sides
    ]
    longest = max(range(len(parts)), key=lambda index: len(parts[index][0]))
    operands = parts[longest][0]
    for before, _ in reversed(parts[:longest]):
        operands.extendleft(reversed(before))
    for after, _ in parts[longest + 1 :]:
        operands.extend(after)
    return _Chain(operator, operands, position, max(depth for _, depth in parts))
