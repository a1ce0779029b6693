"""The built-in functions.

Each takes its arguments unevaluated, as callables, because several evaluate an argument only when they need it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from runyard.language.errors import ExpressionError
from runyard.language.expressions.format_string import parse_format
from runyard.language.expressions.json_text import read_json, write_json
from runyard.language.expressions.values import equal, fold, is_array, is_primitive, kind_of, to_string

MAX_MEMORY = 1024 * 1024
"""Bytes that a value built by a function may take, at two bytes a character."""

Lazy = Callable[[], Any]


class MemoryExceededError(Exception):
    """A function was about to build a value larger than MAX_MEMORY. `position` is that of the call."""

    position: int | None = None


def contains(search: Lazy, item: Lazy) -> bool:
    """Whether a text has a part, or an array an equal item."""
    place = search()
    if is_primitive(place):
        part = item()
        return is_primitive(part) and fold(to_string(part)) in fold(to_string(place))
    if is_array(place) and place:
        wanted = item()
        return any(equal(wanted, candidate) for candidate in place)
    return False


def starts_with(text: Lazy, prefix: Lazy) -> bool:
    """Whether a text begins with another, case ignored."""
    whole = text()
    if not is_primitive(whole):
        return False
    part = prefix()
    return is_primitive(part) and fold(to_string(whole)).startswith(fold(to_string(part)))


def ends_with(text: Lazy, suffix: Lazy) -> bool:
    """Whether a text ends with another, case ignored."""
    whole = text()
    if not is_primitive(whole):
        return False
    part = suffix()
    return is_primitive(part) and fold(to_string(whole)).endswith(fold(to_string(part)))


def format_text(text: Lazy, *arguments: Lazy) -> str:
    """`format`: placeholders replaced by arguments, of which only those are evaluated that are asked for, once."""
    template = to_string(text())
    parts = parse_format(template)
    if any(not isinstance(part, str) and part.number >= len(arguments) for part in parts):
        raise ExpressionError(f"The following format string references more arguments than were supplied: {template}")
    known: dict[int, Any] = {}
    texts: list[str] = []
    for part in parts:
        if isinstance(part, str):
            texts.append(part)
            continue
        if part.number not in known:
            known[part.number] = arguments[part.number]()
        value = known[part.number]
        if part.specifiers:
            raise ExpressionError(
                f"The format specifiers '{part.specifiers}' are not valid for objects of type '{kind_of(value)}'"
            )
        texts.append(to_string(value))
    return _assembled(texts)


def join(items: Lazy, separator: Lazy | None = None) -> str:
    """The items of an array as one text."""
    value = items()
    if is_primitive(value):
        return to_string(value)
    if not is_array(value) or not value:
        return ""
    between: Any = ","
    if separator is not None and len(value) > 1:
        given = separator()
        between = to_string(given) if is_primitive(given) else ","
    texts = [to_string(value[0])]
    for item in value[1:]:
        texts += (between, to_string(item))
    return _assembled(texts)


def to_json(value: Lazy) -> str:
    """The value as JSON text."""
    return _assembled(write_json(value()))


def from_json(text: Lazy) -> Any:
    """The value of a JSON text."""
    source = to_string(text())
    if 2 * len(source) > MAX_MEMORY:
        raise MemoryExceededError
    return read_json(source)


def choose(*arguments: Lazy) -> Any:
    """`case`: the value behind the first predicate that is true, else the last argument."""
    for predicate, value in zip(arguments[:-1:2], arguments[1::2], strict=True):
        decision = predicate()
        if not isinstance(decision, bool):
            raise ExpressionError("case predicate must evaluate to a boolean value")
        if decision:
            return value()
    return arguments[-1]()


def _assembled(texts: Iterable[str]) -> str:
    """The texts as one, if it is not too large; stops reading them as soon as it would be."""
    kept: list[str] = []
    left = MAX_MEMORY // 2
    for text in texts:
        left -= len(text)
        if left < 0:
            raise MemoryExceededError
        kept.append(text)
    return "".join(kept)


BUILTINS: dict[str, Callable[..., Any]] = {
    "case": choose,
    "contains": contains,
    "endswith": ends_with,
    "format": format_text,
    "fromjson": from_json,
    "join": join,
    "startswith": starts_with,
    "tojson": to_json,
}
"""By name in lower case."""
