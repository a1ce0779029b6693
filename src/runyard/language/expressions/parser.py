"""Tokens to tree.

Operator precedence with explicit stacks instead of recursion: parentheses may nest as deep as the text is long, and a
hostile expression must not exhaust Python's stack.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache

from runyard.language.errors import ExpressionError
from runyard.language.expressions.lexer import Token, tokens, unexpected
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


def parse_expression(
    text: str,
    *,
    contexts: Collection[str] | None = None,
    functions: Mapping[str, Arity] | None = None,
    max_depth: int = MAX_DEPTH,
    max_length: int = MAX_LENGTH,
) -> Node:
    """Read an expression (without `${{ }}`).

    `contexts` are the names that may be used (None: any), `functions` the functions beyond the built-in ones (None: any
    function with any number of arguments). Names compare without case. Blank text is the literal null. Raises
    ExpressionError.
    """
    if len(text) > max_length:
        raise ExpressionError(f"Exceeded max expression length {max_length}", "lexing")
    known = None if contexts is None else _folded(frozenset(contexts))
    arities = None if functions is None else {**BUILTIN_FUNCTIONS, **{k.lower(): v for k, v in functions.items()}}
    return _Parser(text, known, arities, max_depth).parse()


@lru_cache(maxsize=128)
def _folded(names: frozenset[str]) -> frozenset[str]:
    return frozenset(name.lower() for name in names)


class _Parser:
    """One parse: operands, and the operators and open brackets that wait for them.

    The lexer has seen to it that every token may stand where it stands, so the stacks always hold what is popped.
    """

    def __init__(
        self, source: str, contexts: frozenset[str] | None, functions: Mapping[str, Arity] | None, max_depth: int
    ) -> None:
        self._source = source
        self._contexts = contexts
        self._functions = functions
        self._max_depth = max_depth
        self._is_too_deep = False
        self._operands: list[Node] = []
        self._waiting: list[Token] = []
        self._calls: list[tuple[Token, int]] = []

    def parse(self) -> Node:
        for token in tokens(self._source):
            self._accept(token)
        self._reduce_to()
        if self._is_too_deep:
            raise ExpressionError(f"Exceeded max expression depth {self._max_depth}", "parsing")
        return self._operands.pop() if self._operands else Literal(None, 1)

    def _accept(self, token: Token) -> None:
        kind = token.kind
        if kind == "literal":
            self._operands.append(Literal(token.value, token.start + 1))
        elif kind == "name":
            self._add_name(token)
        elif kind == "property":
            self._index(Literal(token.text, token.start + 1), token)
        elif kind == "operator":
            self._reduce_binding(_BINDING[token.text])
            self._waiting.append(token)
        elif kind in ("!", "(", "call(", "["):
            self._waiting.append(token)
        elif kind == ".*":
            self._index(None, token)
        elif kind == "[*":
            self._index(None, self._waiting.pop())
        elif kind == "function":
            self._open_call(token)
        elif kind == ",":
            self._reduce_to()
        elif kind == "]":
            self._close_index()
        elif kind == ")":
            self._reduce_to()
            self._waiting.pop()
        elif kind == "call)":
            self._close_call()

    def _add_name(self, token: Token) -> None:
        if self._contexts is not None and token.text.lower() not in self._contexts:
            raise unexpected(token, self._source, "parsing", "Unrecognized named-value")
        self._operands.append(NamedValue(token.text, token.start + 1))

    # --- postfix ---

    def _index(self, key: Node | None, token: Token) -> None:
        target = self._operands.pop()
        depth = 1 + max(target.depth, key.depth if key is not None else 0)
        self._add(Index(target, key, token.start + 1, depth))

    def _close_index(self) -> None:
        self._reduce_to()
        bracket = self._waiting.pop()
        self._index(self._operands.pop(), bracket)

    def _open_call(self, token: Token) -> None:
        if self._functions is not None and token.text.lower() not in self._functions:
            raise unexpected(token, self._source, "parsing", "Unrecognized function")
        self._calls.append((token, len(self._operands)))

    def _close_call(self) -> None:
        self._reduce_to()
        bracket = self._waiting.pop()
        name, first = self._calls.pop()
        arguments = tuple(self._operands[first:])
        del self._operands[first:]
        self._check_arity(name.text.lower(), len(arguments), bracket)
        depth = 1 + max((argument.depth for argument in arguments), default=0)
        self._add(Function(name.text, arguments, name.start + 1, depth))

    def _check_arity(self, name: str, count: int, bracket: Token) -> None:
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
            raise unexpected(bracket, self._source, "parsing", problem)

    # --- operators ---

    def _reduce_to(self) -> None:
        """Apply the operators down to the innermost open bracket."""
        self._reduce_binding(1)

    def _reduce_binding(self, binding: int) -> None:
        """Apply the waiting operators that bind at least so tightly, down to the innermost open bracket."""
        while self._waiting and _BINDING.get(self._waiting[-1].text, 0) >= binding:
            self._apply(self._waiting.pop())

    def _apply(self, token: Token) -> None:
        right = self._operands.pop()
        position = token.start + 1
        if token.kind == "!":
            self._add(Not(right, position, 1 + right.depth))
            return
        left = self._operands.pop()
        if token.text in ("&&", "||"):
            self._add(_join(token.text, left, right, position))
        else:
            self._add(Compare(token.text, left, right, position, 1 + max(left.depth, right.depth)))

    def _add(self, node: Node) -> None:
        """Keep a finished node. One that is too deep is dropped: the tree stays small until the error is raised."""
        if node.depth > self._max_depth:
            self._is_too_deep = True
            node = Literal(None, node.position)
        self._operands.append(node)


def _join(operator: str, left: Node, right: Node, position: int) -> Logical:
    """`left && right`, where a side that is a chain of the same operator gives its operands."""
    operands: list[Node] = []
    depth = 0
    for side in (left, right):
        if isinstance(side, Logical) and side.operator == operator:
            operands += side.operands
            depth = max(depth, side.depth)
        else:
            operands.append(side)
            depth = max(depth, 1 + side.depth)
    return Logical(operator, tuple(operands), position, depth)
