"""Text of an expression to tokens.

A token is checked against the one before it, as GitHub does, so what the lexer lets through is a sequence in which
every token may follow its neighbour. Reading stops at the first token that may not stand where it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from runyard.language.errors import ExpressionError, Stage
from runyard.language.expressions.numbers import WHITE_SPACE, WHITE_TEXT, parse_number

Value = bool | float | str | None
Token = tuple[str, str, int, Value]
"""Kind, text as written, 0-based start, and the value of a literal. A plain tuple: there may be a million of them."""

_BOUNDARY_IN_NUMBER = rf"(\[)\],!><=&|{WHITE_TEXT}"
_BOUNDARY = rf".{_BOUNDARY_IN_NUMBER}"
_NAME = "[A-Za-z_][A-Za-z0-9_-]*+"
_LEXEME = re.compile(
    rf"""
      (?P<operator> && | \|\| | [!=<>]= | [<>] )
    | (?P<dot> \. )
    | (?P<function> {_NAME} (?=[{WHITE_TEXT}]*+\() )
    | (?P<name> {_NAME} (?![^{_BOUNDARY}]) )
    | (?P<string> '[^']*(?:''[^']*)*+' )
    | (?P<number> [0-9+-] [^{_BOUNDARY_IN_NUMBER}]* )
    | (?P<unexpected> '.* | .[^{_BOUNDARY}]* )
    """,
    re.VERBOSE | re.DOTALL,
)
_FRACTION = re.compile(rf"(?P<number>\.[^{_BOUNDARY_IN_NUMBER}]*)")
"""A number that starts with a dot: only where an operand may stand."""
_SINGLE = frozenset("()[],*")
"""Tokens by themselves, whatever follows."""
_CONSTANTS: dict[str, bool | float | None] = {
    "null": None,
    "true": True,
    "false": False,
    "NaN": float("nan"),
    "Infinity": float("inf"),
}

# Kinds of token. Brackets, `!` and `,` are their own kind; "(" groups, "call(" opens the arguments of a function
# and "call)" closes them; `*` is ".*" or "[*" by what stands before it, and the `]` behind the latter is "*]".
_STARTS = ("", ",", "(", "call(", "[", "operator", "!")
_COLLECTIONS = (")", "call)", "]", "*]", ".*", "property", "name")
_ENDS = (*_COLLECTIONS, "literal")
_OPERAND = {kind: kind for kind in ("!", "(", "function", "literal", "name")}
_REST = {kind: kind for kind in ("operator", ",", ")", "]")}
_POSTFIX = {**_REST, "dot": "dot", "[": "["}
_FOLLOWING: dict[str, dict[str, str]] = {
    **dict.fromkeys(_STARTS, _OPERAND),
    **dict.fromkeys(_COLLECTIONS, _POSTFIX),
    "literal": _REST,
    "function": {"(": "call("},
    "call(": {**_OPERAND, ")": ")"},
    "[": {**_OPERAND, "*": "[*"},
    "[*": {"]": "*]"},
    "dot": {"*": ".*", "property": "property"},
}
"""By the kind of a token: what may come next, and the kind that it then is."""
_OPENS = frozenset({"(", "call(", "["})
_CLOSES = {")": "(", "call)": "call(", "]": "[", "*]": "[", ",": "call("}
"""What must be the innermost open bracket."""
_VALUED = frozenset({"name", "function", "string", "number"})


def unexpected(text: str, start: int, source: str, stage: Stage, what: str = "Unexpected symbol") -> ExpressionError:
    """The error at a token, in GitHub's words."""
    position = start + 1
    return ExpressionError(
        f"{what}: '{text}'. Located at position {position} within expression: {source}", stage, position
    )


def tokens(source: str) -> Iterator[Token]:
    """The tokens of an expression; raises ExpressionError when it reaches a wrong one or the text ends too early."""
    last = text = ""
    start = end = 0
    opened = [""]
    while end < len(source):
        character = source[end]
        if character in WHITE_SPACE:
            end += 1
            continue
        start, text, value = end, character, None
        if character in _SINGLE or (character == "!" and not source.startswith("!=", start)):
            sort = character
            end += 1
        else:
            found = (_FRACTION if character == "." and last in _STARTS else _LEXEME).match(source, start)
            assert found is not None, "the last form takes anything"
            sort, text, end = found.lastgroup or "", found[0], found.end()
        if sort in _VALUED:
            sort, value = _valued(sort, text, last)
        if sort == "unexpected":
            raise unexpected(text, start, source, "lexing")
        kind = _FOLLOWING[last].get(sort, "")
        if kind == ")" and opened[-1] == "call(":
            kind = "call)"
        if not kind or opened[-1] != _CLOSES.get(kind, opened[-1]):
            raise unexpected(text, start, source, "parsing")
        if kind in _OPENS:
            opened.append(kind)
        elif kind in _CLOSES and kind != ",":
            opened.pop()
        yield kind, text, start, value
        last = kind
    if last and (len(opened) > 1 or last not in _ENDS):
        raise unexpected(text, start, source, "parsing", "Unexpected end of expression")


def _valued(sort: str, text: str, last: str) -> tuple[str, Value]:
    """What a word, a number or a string is behind a token of kind `last`, and its value if it is a literal."""
    if sort == "string":
        return "literal", text[1:-1].replace("''", "'")
    if sort == "number":
        number = parse_number(text)
        return ("literal" if number == number else "unexpected"), number
    if last == "dot":
        return "property", None
    if text in _CONSTANTS:
        return "literal", _CONSTANTS[text]
    return sort, None
