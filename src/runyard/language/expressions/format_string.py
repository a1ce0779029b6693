"""The placeholders of `format`."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from runyard.language.errors import ExpressionError

_DIGITS = frozenset("0123456789")


class Placeholder(NamedTuple):
    """`{number}` or `{number:specifiers}`."""

    number: int
    specifiers: str


class FormatCheck(NamedTuple):
    """`max_index` is -1 without placeholders, None when the text is not valid."""

    valid: bool
    max_index: int | None


def check_format(text: str) -> FormatCheck:
    """Whether `format` can take the text, and the largest argument it asks for."""
    try:
        holes = [part for part in parse_format(text) if isinstance(part, Placeholder)]
    except ExpressionError:
        return FormatCheck(False, None)
    if any(hole.specifiers for hole in holes):
        return FormatCheck(False, None)
    return FormatCheck(True, max((hole.number for hole in holes), default=-1))


@lru_cache(maxsize=512)
def parse_format(text: str) -> tuple[str | Placeholder, ...]:
    """Texts and placeholders in order; raises ExpressionError when braces do not match or an index is over 255."""
    parts: list[str | Placeholder] = []
    index = 0
    while index < len(text):
        left, right = text.find("{", index), text.find("}", index)
        if left < 0 and right < 0:
            parts.append(text[index:])
            break
        brace = left if left >= 0 and (right < 0 or left < right) else right
        if text.startswith(text[brace], brace + 1):
            parts.append(text[index : brace + 1])
            index = brace + 2
            continue
        if brace != left:
            raise _invalid(text)
        parts.append(text[index:brace])
        hole, index = _read_placeholder(text, brace + 1)
        parts.append(hole)
    return tuple(parts)


def _read_placeholder(text: str, start: int) -> tuple[Placeholder, int]:
    """The placeholder whose index starts there, and where the text goes on."""
    end = start
    while end < len(text) and text[end] in _DIGITS:
        end += 1
    if end == start or end - start > 100 or int(text[start:end]) > 255:
        raise _invalid(text)
    index = int(text[start:end])
    if text.startswith("}", end):
        return Placeholder(index, ""), end + 1
    if not text.startswith(":", end):
        raise _invalid(text)
    specifiers, end = _read_specifiers(text, end + 1)
    return Placeholder(index, specifiers), end


def _read_specifiers(text: str, start: int) -> tuple[str, int]:
    """Text up to a `}` that is not doubled, and where the text goes on behind it."""
    found: list[str] = []
    while True:
        end = text.find("}", start)
        if end < 0:
            raise _invalid(text)
        found.append(text[start:end])
        if not text.startswith("}", end + 1):
            return "".join(found), end + 1
        found.append("}")
        start = end + 2


def _invalid(text: str) -> ExpressionError:
    return ExpressionError(f"The following format string is invalid: {text}")
