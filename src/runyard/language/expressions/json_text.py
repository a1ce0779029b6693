"""JSON as `toJSON` writes and `fromJSON` reads it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from json.encoder import encode_basestring
from typing import Any

from runyard.language.errors import ExpressionError
from runyard.language.expressions.values import fold, is_array, is_object, to_string

_ALSO_ESCAPED = str.maketrans({"\x85": "\\u0085", "\u2028": "\\u2028", "\u2029": "\\u2029"})
_TOO_DEEP = "The value is nested too deeply"


def write_json(value: Any) -> Iterator[str]:
    """The pieces of the text: two blanks of indentation, `"key": value`, empty containers on one line."""
    try:
        yield from _write(value, "\n")
    except RecursionError:
        raise ExpressionError(_TOO_DEEP) from None


def _write(value: Any, line: str) -> Iterator[str]:
    inner = line + "  "
    if isinstance(value, str):
        yield encode_basestring(value).translate(_ALSO_ESCAPED)
    elif is_array(value):
        yield "["
        for number, item in enumerate(value):
            yield "," + inner if number else inner
            yield from _write(item, inner)
        yield line + "]" if value else "]"
    elif is_object(value):
        yield "{"
        for number, (key, item) in enumerate(value.items()):
            yield "," + inner if number else inner
            yield encode_basestring(key).translate(_ALSO_ESCAPED) + ": "
            yield from _write(item, inner)
        yield line + "}" if value else "}"
    else:
        yield "null" if value is None else to_string(value)


def read_json(text: str) -> Any:
    """The value of a JSON text. Numbers become doubles; of keys that differ only in case the first wins."""
    try:
        return json.loads(text, object_pairs_hook=_first_wins, parse_int=float)
    except ValueError as error:
        raise ExpressionError(f"Error parsing fromJson: {error}") from None
    except RecursionError:
        raise ExpressionError(f"Error parsing fromJson: {_TOO_DEEP}") from None


def _first_wins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    seen: set[str] = set()
    for key, value in pairs:
        folded = fold(key)
        if folded not in seen:
            seen.add(folded)
            result[key] = value
    return result
