"""YAML 1.2 core schema: the type of a plain scalar. Every number is a double."""

from __future__ import annotations

import re

_WORDS: dict[str, float | bool | None] = {
    "": None,
    "~": None,
    **dict.fromkeys(("null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
    **{sign + word: float(sign + "inf") for sign in ("", "+", "-") for word in (".inf", ".Inf", ".INF")},
}
_NUMBER = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_BASED = re.compile(r"0x[0-9a-fA-F]+|0o[0-7]+")
_INTEGER = re.compile(rf"[-+]?[0-9]+|{_BASED.pattern}")
_BITS = 32


def resolve(text: str) -> str | float | bool | None:
    """The value of a plain scalar. Raises `OverflowError` for a hexadecimal or octal number above 32 bits."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789":
        return text
    if _NUMBER.fullmatch(text):
        return float(text)
    if _BASED.fullmatch(text):
        return _signed(int(text[2:], 16 if text[1] == "x" else 8))
    return text


def _signed(number: int) -> float:
    """Hexadecimal and octal are read as signed 32-bit integers."""
    if number >> _BITS:
        raise OverflowError
    return float(number - (1 << _BITS) if number >> (_BITS - 1) else number)


def fits(tag: str, text: str, value: str | float | bool | None) -> bool:
    """Whether a plain scalar is of the type that an explicit tag (`null`, `bool`, `int`, `float`) asks for."""
    if tag == "null":
        return value is None
    if tag == "bool":
        return isinstance(value, bool)
    if tag == "int":
        return _INTEGER.fullmatch(text) is not None
    return isinstance(value, float) and not _BASED.fullmatch(text)
