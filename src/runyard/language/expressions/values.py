"""Values at evaluation time: kinds, truth, coercion and comparison.

Plain Python data: None, bool, float (int is taken as a number too), str, list or tuple, mapping. Mappings are looked up
without case, except a `CaseSensitive` one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runyard.language.expressions.numbers import format_number, parse_number

MISSING: Any = object()
"""What `member` answers when there is nothing of that name."""

_NAN = float("nan")


class CaseSensitive(dict[str, Any]):
    """A mapping whose names must be spelled exactly: the context `env` on Linux and macOS."""


class Filtered(list[Any]):
    """The result of `.*`: an array that later `.name` and `[i]` look through."""


def is_object(value: Any) -> bool:
    """Whether the value is a mapping."""
    return type(value) is dict or isinstance(value, Mapping)


def is_array(value: Any) -> bool:
    """Whether the value is a list or tuple."""
    return isinstance(value, list | tuple)


def is_primitive(value: Any) -> bool:
    """Whether the value is null, a boolean, a number or a string."""
    return value is None or isinstance(value, str | bool | float | int)


def kind_of(value: Any) -> str:
    """Null, Boolean, Number, String, Array or Object. Raises TypeError for what no expression can yield."""
    if value is None:
        return "Null"
    if isinstance(value, bool):
        return "Boolean"
    if isinstance(value, float | int):
        return "Number"
    if isinstance(value, str):
        return "String"
    if is_array(value):
        return "Array"
    if is_object(value):
        return "Object"
    raise TypeError(f"{type(value).__name__} is not a value of the expression language")


def truthy(value: Any) -> bool:
    """Null, false, 0, NaN and empty text are false; everything else is true, empty arrays and objects too."""
    if isinstance(value, str | bool):
        return bool(value)
    if isinstance(value, float | int):
        return value == value and value != 0
    return value is not None


def to_string(value: Any) -> str:
    """The value as text: `true`, `1.5`, empty for null, `Array`, `Object`."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float | int):
        return format_number(float_of(value))
    return kind_of(value)


def to_number(value: Any) -> float:
    """The value as number: null and false are 0, text is parsed, arrays and objects are NaN."""
    if isinstance(value, str):
        return parse_number(value)
    if value is None:
        return 0.0
    if isinstance(value, float | int):
        return float_of(value)
    return _NAN


def float_of(number: float) -> float:
    """A Python number as a double; an integer beyond the range of doubles is infinite."""
    try:
        return float(number)
    except OverflowError:
        return float("inf") if number > 0 else float("-inf")


# --- comparison ---


def fold(text: str) -> str:
    """Text in the form in which case does not count: every character in its single upper-case form."""
    if text.isascii():
        return text.upper()
    return "".join(map(_upper, text))


def _upper(character: str) -> str:
    if character == "ı":
        return character
    for form in (character.upper(), character.title()):
        if len(form) == 1:
            return form
    return character


def equal(left: Any, right: Any) -> bool:
    """`==`: coerces unlike kinds to numbers, ignores case; arrays and objects equal only themselves."""
    if isinstance(left, str) and isinstance(right, str):
        return left == right or fold(left) == fold(right)
    if not (is_primitive(left) and is_primitive(right)):
        return left is right
    return to_number(left) == to_number(right)


def less(left: Any, right: Any) -> bool:
    """`<`, by the same coercion; false when an array or object takes part."""
    if isinstance(left, str) and isinstance(right, str):
        return _ordinal(left) < _ordinal(right)
    return is_primitive(left) and is_primitive(right) and to_number(left) < to_number(right)


def _ordinal(text: str) -> bytes:
    """Bytes that sort like the UTF-16 units of the folded text."""
    return fold(text).encode("utf-16-be", "surrogatepass")


# --- look-up ---


def member(value: Mapping[str, Any], name: str) -> Any:
    """The value of a name in a mapping, or MISSING."""
    if name in value:
        return value[name]
    if isinstance(value, CaseSensitive):
        return MISSING
    folded, length = fold(name), len(name)
    for key in value:
        if len(key) == length and fold(key) == folded:
            return value[key]
    return MISSING


def element(value: list[Any] | tuple[Any, ...], index: Any) -> Any:
    """The element at an index of any kind, rounded down, or MISSING."""
    number = to_number(index)
    return value[int(number)] if 0 <= number < len(value) else MISSING


def index_into(value: Any, index: Any) -> Any:
    """`value[index]`; null where there is nothing."""
    if isinstance(value, Filtered):
        found = [_lookup(item, index) for item in value]
        return Filtered(item for item in found if item is not MISSING)
    result = _lookup(value, index)
    return None if result is MISSING else result


def _lookup(value: Any, index: Any) -> Any:
    if type(value) is dict or isinstance(value, Mapping):
        return member(value, to_string(index)) if is_primitive(index) else MISSING
    if is_array(value):
        return element(value, index)
    return MISSING


def all_of(value: Any) -> Filtered:
    """`value.*`: the items of an array, the values of an object; of a filtered array those of each of its items."""
    if isinstance(value, Filtered):
        return Filtered(inner for item in value for inner in _items(item))
    return Filtered(_items(value))


def _items(value: Any) -> Any:
    if is_array(value):
        return value
    return value.values() if is_object(value) else ()
