"""Text of an expression to tokens.

A token is checked against the one before it, as GitHub does, so what the lexer lets through is a sequence in which
every token may follow its neighbour. Reading stops at the first token that may not stand where it stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from runyard.language.errors import ExpressionError, Stage
from runyard.language.expressions.numbers import WHITE_SPACE, parse_number

_BOUNDARY = frozenset("([)],.!><=&|") | WHITE_SPACE
_DIGITS = frozenset("0123456789")
_NAME_START = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_")
_NAME = _NAME_START | _DIGITS | {"-"}
_CONSTANTS: dict[str, bool | float | None] = {
    "null": None,
    "true": True,
    "false": False,
    "NaN": float("nan"),
    "Infinity": float("inf"),
}

# Kinds of token. Brackets, `,` and `.` are their own kind; "(" groups, "call(" opens the arguments of a function; `*`
# is ".*" or "[*" by what stands before it, and the `]` behind the latter is "*]".
_STARTS = frozenset({"", ",", "(", "call(", "[", "operator", "!"})
_COLLECTIONS = frozenset({")", "call)", "]", "*]", ".*", "property", "name"})
_ENDS = _COLLECTIONS | {"literal"}
_MAY_FOLLOW: dict[str, frozenset[str]] = {
    "(": _STARTS,
    "call(": frozenset({"function"}),
    "[": _COLLECTIONS,
    ".": _COLLECTIONS,
    ")": _ENDS,
    "call)": _ENDS | {"call("},
    "]": _ENDS,
    ",": _ENDS,
    ".*": frozenset({"."}),
    "[*": frozenset({"["}),
    "*]": frozenset({"[*"}),
    "!": _STARTS,
    "operator": _ENDS,
    "literal": _STARTS,
    "property": frozenset({"."}),
    "function": _STARTS,
    "name": _STARTS,
}
_OPENS = frozenset({"(", "call(", "["})
_CLOSES = {")": "(", "call)": "call(", "]": "[", "*]": "[", ",": "call("}
"""What must be the innermost open bracket."""


class Token(NamedTuple):
    """`text` as written, `start` 0-based, `value` of a literal."""

    kind: str
    text: str
    start: int
    value: bool | float | str | None = None


def unexpected(token: Token, source: str, stage: Stage, what: str = "Unexpected symbol") -> ExpressionError:
    """The error at a token, in GitHub's words."""
    position = token.start + 1
    return ExpressionError(
        f"{what}: '{token.text}'. Located at position {position} within expression: {source}", stage, position
    )


def tokens(source: str) -> Iterator[Token]:
    """The tokens of an expression; raises ExpressionError when it reaches a wrong one or the text ends too early."""
    last = Token("", "", 0)
    brackets: list[str] = [""]
    index = _skip_white(source, 0)
    while index < len(source):
        token = _read(source, index, last.kind, brackets[-1])
        kind = token.kind
        if kind == "unexpected":
            raise unexpected(token, source, "lexing")
        if last.kind not in _MAY_FOLLOW[kind] or brackets[-1] != _CLOSES.get(kind, brackets[-1]):
            raise unexpected(token, source, "parsing")
        if kind in _OPENS:
            brackets.append(kind)
        elif kind in _CLOSES and kind != ",":
            brackets.pop()
        yield token
        last = token
        index = _skip_white(source, index + len(token.text))
    if last.kind and (len(brackets) > 1 or last.kind not in _ENDS):
        raise unexpected(last, source, "parsing", "Unexpected end of expression")


def _skip_white(source: str, index: int) -> int:
    while index < len(source) and source[index] in WHITE_SPACE:
        index += 1
    return index


def _read(source: str, index: int, last: str, bracket: str) -> Token:
    first = source[index]
    if first == "'":
        return _read_string(source, index)
    if first in "!><=&|":
        return _read_operator(source, index)
    if first in _DIGITS or first in "+-" or (first == "." and last in _STARTS):
        return _read_number(source, index)
    if first in "()[].,*":
        return Token(_punctuation(first, last, bracket), first, index)
    return _read_keyword(source, index, last)


def _punctuation(character: str, last: str, bracket: str) -> str:
    """The kind of a single character, which depends on what stands before it."""
    if character == "(":
        return "call(" if last == "function" else "("
    if character == ")":
        return "call)" if bracket == "call(" else ")"
    if character == "]":
        return "*]" if last == "[*" else "]"
    if character == "*":
        return "[*" if last == "[" else ".*"
    return character


def _read_string(source: str, index: int) -> Token:
    end = index + 1
    while True:
        end = source.find("'", end) + 1
        if not end:
            return Token("unexpected", source[index:], index)
        if not source.startswith("'", end):
            text = source[index:end]
            return Token("literal", text, index, text[1:-1].replace("''", "'"))
        end += 1


def _read_operator(source: str, index: int) -> Token:
    pair = source[index : index + 2]
    if pair in ("!=", ">=", "<=", "==", "&&", "||"):
        return Token("operator", pair, index)
    if pair[0] in "!><":
        return Token("!" if pair[0] == "!" else "operator", pair[0], index)
    return Token("unexpected", source[index : _run_end(source, index + 1)], index)


def _read_number(source: str, index: int) -> Token:
    end = index + 1
    while end < len(source) and (source[end] not in _BOUNDARY or source[end] == "."):
        end += 1
    text = source[index:end]
    value = parse_number(text)
    return Token("unexpected" if value != value else "literal", text, index, value)


def _read_keyword(source: str, index: int, last: str) -> Token:
    end = _run_end(source, index + 1)
    text = source[index:end]
    if text[0] not in _NAME_START or not _NAME.issuperset(text):
        return Token("unexpected", text, index)
    if last == ".":
        return Token("property", text, index, text)
    if text in _CONSTANTS:
        return Token("literal", text, index, _CONSTANTS[text])
    after = _skip_white(source, end)
    return Token("function" if source.startswith("(", after) else "name", text, index)


def _run_end(source: str, index: int) -> int:
    while index < len(source) and source[index] not in _BOUNDARY:
        index += 1
    return index
