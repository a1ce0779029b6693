"""Text of an expression to tokens.

A token is checked against the one before it, as GitHub does, so what the lexer lets through is a sequence in which
every token may follow its neighbour. Reading stops at the first token that may not stand where it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from runyard.language.errors import ExpressionError, Stage
from runyard.language.expressions.numbers import WHITE_SPACE, WHITE_TEXT, parse_number

Value = bool | float | str | None
Token = tuple[str, str, int, Value]
"""Kind, text as written, 0-based start, and the value of a literal. A plain tuple: there may be a million of them."""

_BOUNDARY_IN_NUMBER = rf"(\[)\],!><=&|{WHITE_TEXT}"
_BOUNDARY = rf".{_BOUNDARY_IN_NUMBER}"
_NAME = rf"[A-Za-z_][A-Za-z0-9_-]*+(?![^{_BOUNDARY}])"
_BLANKS = f"[{WHITE_TEXT}]*+"
_LEXEME = re.compile(
    rf"""
      [!=<>]= | [][()!,*<>] | && | \|\|
    | {_NAME}
    | [0-9+-][^{_BOUNDARY_IN_NUMBER}]*
    | \.(?:{_BLANKS}(?:\*|{_NAME}))?
    | '[^']*(?:''[^']*)*+'
    | '.*
    | [{WHITE_TEXT}]+
    | .[^{_BOUNDARY}]*
    """,
    re.VERBOSE | re.DOTALL,
)
"""Takes any text apart: signs, words, numbers, `.name`, `.*`, strings, blanks, and what is none of these."""
_WORD = re.compile(_NAME)
_ARGUMENTS = re.compile(rf"{_BLANKS}\(")
_FRACTION = re.compile(rf"\.[^{_BOUNDARY_IN_NUMBER}]*")
"""A number that starts with a dot: only where an operand may stand."""
_NUMERIC = frozenset("0123456789+-")
_NAN = float("nan")
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
_OPERAND = {"!": "!", "(": "("}
_REST = {
    **dict.fromkeys(("&&", "||", "==", "!=", "<", "<=", ">", ">="), "operator"),
    **{sign: sign for sign in (",", ")", "]")},
}
_POSTFIX = {**_REST, ".": "dot", "[": "["}
_SIGNS: dict[str, dict[str, str]] = {
    **dict.fromkeys(_STARTS, _OPERAND),
    **dict.fromkeys(_COLLECTIONS, _POSTFIX),
    "literal": _REST,
    "function": {"(": "call("},
    "call(": {**_OPERAND, ")": ")"},
    "[": {**_OPERAND, "*": "[*"},
    "[*": {"]": "*]"},
    "dot": {},
}
"""By the kind of a token: which signs may come next, and the kind that each then is."""
_ANY_SIGN = frozenset({"*", *(sign for signs in _SIGNS.values() for sign in signs)})
_OTHERS: dict[str, frozenset[str]] = {
    **dict.fromkeys(_SIGNS, frozenset()),
    **dict.fromkeys(_STARTS, frozenset({"literal", "name", "function"})),
    **dict.fromkeys(_COLLECTIONS, frozenset({"property", ".*"})),
}
"""By the kind of a token: which kinds that are no signs may come next."""
_OPENS = frozenset({"(", "call(", "["})
_INNER = frozenset({")", "]", "*]", ","})
_INSIDE: dict[str, dict[str, str]] = {
    "": {},
    "(": {")": ")"},
    "call(": {")": "call)", ",": ","},
    "[": {"]": "]", "*]": "*]"},
}
"""By the innermost open bracket: what may close it or go on, and the kind that each then is."""


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
    lexemes = iter(_LEXEME.findall(source))
    for lexeme in lexemes:
        kind, value = _SIGNS[last].get(lexeme), None
        if kind is None:
            kind, value = _word(lexeme)
            if kind == "blank":
                end += len(lexeme)
                continue
            if kind not in _OTHERS[last]:
                kind, lexeme, value = _fraction(lexeme, kind, end, source, last)
                next(lexemes)
            text, start = lexeme, end
            if kind == "property" or kind == ".*":
                text = lexeme[1:].lstrip(WHITE_TEXT)
                start = end + len(lexeme) - len(text)
            elif kind == "name" and _ARGUMENTS.match(source, end + len(lexeme)):
                kind = "function"
        else:
            text, start = lexeme, end
            if kind in _OPENS:
                opened.append(kind)
            elif kind in _INNER:
                kind = _INSIDE[opened[-1]].get(kind)
                if kind is None:
                    raise unexpected(lexeme, end, source, "parsing")
                if kind != ",":
                    opened.pop()
        end += len(lexeme)
        yield kind, text, start, value
        last = kind
    if last and (len(opened) > 1 or last not in _ENDS):
        raise unexpected(text, start, source, "parsing", "Unexpected end of expression")


@lru_cache(maxsize=128)
def _word(lexeme: str) -> tuple[str, Value]:
    """The kind of what is no sign that may stand there, and the value of a literal; no kind: it cannot be read."""
    if lexeme in _ANY_SIGN:
        return "sign", None
    first = lexeme[0]
    if first in WHITE_SPACE:
        return "blank", None
    if first == ".":
        return ".*" if lexeme[-1] == "*" else "property", None
    if first == "'":
        return ("", None) if lexeme.count("'") % 2 else ("literal", lexeme[1:-1].replace("''", "'"))
    if lexeme in _CONSTANTS:
        return "literal", _CONSTANTS[lexeme]
    if _WORD.fullmatch(lexeme):
        return "name", None
    number = parse_number(lexeme) if first in _NUMERIC else _NAN
    return ("literal" if number == number else ""), number


def _fraction(lexeme: str, kind: str, start: int, source: str, last: str) -> tuple[str, str, Value]:
    """The number that starts with a dot: all else that may not stand behind a token of kind `last` is an error."""
    text = lexeme
    if lexeme[0] == ".":
        text = "."
        if last in _STARTS:
            found = _FRACTION.match(source, start)
            assert found is not None, "a dot is enough"
            text, kind = found[0], ""
            number = parse_number(text)
            if number == number:
                return "literal", text, number
    raise unexpected(text, start, source, "parsing" if kind else "lexing")
