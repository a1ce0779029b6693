"""Text with `${{ }}` to model values."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from runyard.language.errors import ExpressionError
from runyard.language.expressions.numbers import WHITE_SPACE, WHITE_TEXT
from runyard.language.expressions.parser import MAX_DEPTH, MAX_LENGTH, Arity, parse_expression
from runyard.language.expressions.tree import Literal, Node
from runyard.language.model import Expression, Insert, Position

_OPEN = "${{"
_CLOSE = "}}"
_INSERT = "insert"
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

    def read(source: str) -> Node:
        return parse_expression(
            source, contexts=contexts, functions=functions, max_depth=max_depth, max_length=max_length
        )

    parts: list[str | Expression] = []
    for is_text, part in _split(text):
        if is_text:
            parts.append(part)
            continue
        source = part.strip(WHITE_TEXT)
        if not source:
            raise ExpressionError("An expression was expected", "parsing")
        if _is_insert(source):
            if len(part) + len(_OPEN) + len(_CLOSE) < len(text):
                raise ExpressionError(_NOT_INLINE, "parsing")
            return Insert(position)
        parts.append(Expression(source, read(source), position, f"{_OPEN}{part}{_CLOSE}"))
    if len(parts) == 1:
        return _unquoted(parts[0])
    source = _format_call(parts)
    return Expression(source, read(source), position, text)


def _unquoted(part: str | Expression) -> str | Expression:
    """The text of an expression that is only a string literal, else what was given."""
    if isinstance(part, Expression) and isinstance(part.node, Literal) and isinstance(part.node.value, str):
        return part.node.value
    return part


def _split(text: str) -> Iterator[tuple[bool, str]]:
    """The parts of a text in order: (True, text) or (False, what stands between `${{` and `}}`)."""
    index = 0
    while index < len(text):
        start = text.find(_OPEN, index)
        if start < 0:
            yield True, text[index:]
            return
        if start > index:
            yield True, text[index:start]
        end = _closing(text, start + len(_OPEN))
        yield False, text[start + len(_OPEN) : end]
        index = end + len(_CLOSE)


def _closing(text: str, start: int) -> int:
    """Where the first `}}` outside of quotes begins."""
    in_string = False
    for index in range(start, len(text)):
        if text[index] == "'":
            in_string = not in_string
        elif not in_string and text.startswith(_CLOSE, index):
            return index
    raise ExpressionError(_NOT_CLOSED, "parsing")


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


def _format_call(parts: list[str | Expression]) -> str:
    """`format('…{0}…', first, …)` for texts and expressions."""
    pattern: list[str] = []
    arguments: list[str] = []
    for part in parts:
        if isinstance(part, str):
            pattern.append(part.replace("'", "''").replace("{", "{{").replace("}", "}}"))
        else:
            pattern.append(f"{{{len(arguments)}}}")
            arguments.append(part.source)
    return f"format('{''.join(pattern)}', {', '.join(arguments)})"
