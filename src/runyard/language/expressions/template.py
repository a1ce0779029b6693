"""Text with `${{ }}` to model values."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Literal as Alias

from runyard.language.errors import ExpressionError
from runyard.language.expressions.numbers import WHITE_SPACE, WHITE_TEXT
from runyard.language.expressions.parser import BUILTIN_FUNCTIONS, MAX_DEPTH, MAX_LENGTH, Arity, parse_expression
from runyard.language.expressions.tree import Function, Literal, Node
from runyard.language.model import Expression, Insert, Position

PartKind = Alias["text", "expression", "open"]

_OPEN = "${{"
_CLOSE = "}}"
_QUOTED_OR_CLOSE = re.compile(r"'[^']*'|'|\}\}")
_INSERT = "insert"
_FORMAT = "format("
_COMMA = ", "
_NOT_CLOSED = (
    "The expression is not closed. An unescaped ${{ sequence was found, but the closing }} sequence was not found."
)
_NOT_INLINE = (
    "The directive 'insert' is not allowed in this context. Directives are not supported for expressions that are "
    "embedded within a string. Directives are only supported when the entire value is an expression."
)


def parse_template(
    text: str,
    position: Position,
    *,
    contexts: Collection[str] | None = None,
    functions: Mapping[str, Arity] | None = None,
    max_depth: int = MAX_DEPTH,
    max_length: int = MAX_LENGTH,
) -> str | Expression | Insert:
    """Text as what it means: plain text, one expression, or (text around expressions) one `format` call.

    A lone expression keeps its type; one that is only a string literal is that string. `${{ insert }}` alone is an
    Insert. `position` is where the text starts in its file. The other parameters are those of `parse_expression`.
    Raises ExpressionError for the first fault.
    """
    if _OPEN not in text:
        return text

    def read(source: str, offset: int = 0) -> Node:
        return parse_expression(
            source, contexts=contexts, functions=functions, max_depth=max_depth, max_length=max_length, offset=offset
        )

    parts = _split(text)
    is_mixed = len(parts) > 1
    pattern = _pattern(parts) if is_mixed else ""
    offset = len(f"{_FORMAT}'{pattern}'")
    nodes: list[Node] = []
    sources: list[str] = []
    for kind, part in parts:
        if kind == "text":
            continue
        source = part.strip(WHITE_TEXT)
        if kind == "open":
            raise ExpressionError(_NOT_CLOSED, "parsing")
        if not source:
            raise ExpressionError("An expression was expected", "parsing")
        if _is_insert(source):
            if is_mixed:
                raise ExpressionError(_NOT_INLINE, "parsing")
            return Insert(position)
        if not is_mixed:
            return _alone(Expression(source, read(source), position, text))
        offset += len(_COMMA)
        nodes.append(read(source, offset))
        sources.append(source)
        offset += len(source)
    whole = f"{_FORMAT}'{pattern}'{''.join(_COMMA + source for source in sources)})"
    depth = 1 + max(node.depth for node in nodes)
    if len(whole) > max_length or depth > max_depth or len(nodes) >= BUILTIN_FUNCTIONS["format"][1]:
        return Expression(whole, read(whole), position, text)  # raises what is wrong with the whole
    first = Literal(pattern.replace("''", "'"), len(_FORMAT) + 1)
    return Expression(whole, Function("format", (first, *nodes), 1, depth), position, text)


def _alone(expression: Expression) -> str | Expression:
    """The text of an expression that is only a string literal, else what was given."""
    node = expression.node
    if isinstance(node, Literal) and isinstance(node.value, str) and expression.source.startswith("'"):
        return node.value
    return expression


def _pattern(parts: list[tuple[PartKind, str]]) -> str:
    """The text of the `format` pattern, as it stands between quotes."""
    pattern: list[str] = []
    count = 0
    for kind, part in parts:
        if kind == "text":
            pattern.append(part.replace("'", "''").replace("{", "{{").replace("}", "}}"))
        else:
            pattern.append(f"{{{count}}}")
            count += 1
    return "".join(pattern)


def _split(text: str) -> list[tuple[PartKind, str]]:
    """The parts of a text: text, expressions (what stands between `${{` and `}}`), and last one that stays open."""
    parts: list[tuple[PartKind, str]] = []
    index = 0
    while index < len(text):
        start = text.find(_OPEN, index)
        if start < 0:
            parts.append(("text", text[index:]))
            break
        if start > index:
            parts.append(("text", text[index:start]))
        begin = start + len(_OPEN)
        end = closing(text, begin)
        if end < 0:
            parts.append(("open", text[begin:]))
            break
        parts.append(("expression", text[begin:end]))
        index = end + len(_CLOSE)
    return parts


def closing(text: str, start: int) -> int:
    """Where the first `}}` outside of quotes begins, -1 if nowhere."""
    for found in _QUOTED_OR_CLOSE.finditer(text, start):
        if found[0] == _CLOSE:
            return found.start()
        if found[0] == "'":
            break
    return -1


def _is_insert(source: str) -> bool:
    """Whether an expression is the directive `insert`; raises for one with parameters."""
    rest = source[len(_INSERT) :]
    if not source.startswith(_INSERT) or (rest and rest[0] not in WHITE_SPACE):
        return False
    count = _count_words(rest)
    if count:
        raise ExpressionError(
            f"Exactly 0 parameter(s) were expected following the directive 'insert'. Actual parameter count: {count}",
            "parsing",
        )
    return True


def _count_words(text: str) -> int:
    """Words separated by blanks that are neither quoted nor in parentheses."""
    count, parentheses, in_string, in_word = 0, 0, False, False
    for character in text:
        if character in WHITE_SPACE and not in_string and not parentheses:
            in_word = False
            continue
        if not in_word:
            in_word = True
            count += 1
        if character == "'":
            in_string = not in_string
        elif not in_string and character in "()":
            parentheses += 1 if character == "(" else -1
    return count
