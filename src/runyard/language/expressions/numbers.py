"""Numbers as GitHub reads and writes them."""

from __future__ import annotations

_INFINITY = float("inf")
_NAN = float("nan")
_DIGITS = frozenset("0123456789")
_DECIMAL = _DIGITS | frozenset("+-.eE")
_HEX = frozenset("0123456789abcdefABCDEF")
_OCTAL = frozenset("01234567")

WHITE_TEXT = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
WHITE_SPACE = frozenset(WHITE_TEXT)
"""What .NET takes for white space."""


def parse_number(text: str) -> float:
    """Text to number, also the coercion of strings: empty text is 0, anything that is no number is NaN."""
    text = text.strip(WHITE_TEXT)
    if not text:
        return 0.0
    if _DECIMAL.issuperset(text):
        return _parse_decimal(text)
    if text.startswith("0x") and len(text) > 2 and _HEX.issuperset(text[2:]):
        return _signed_32(int(text, 16))
    if text.startswith("0o") and len(text) > 2 and _OCTAL.issuperset(text[2:]):
        return _signed_32(int(text, 8))
    if text in ("Infinity", "+Infinity"):
        return _INFINITY
    if text == "-Infinity":
        return -_INFINITY
    return _NAN


def format_number(number: float) -> str:
    """Number to text: at most 15 significant digits, `E+XX` from 1E+15 and below 0.0001."""
    if -1e15 < number < 1e15 and number == int(number):
        return str(int(number))
    if number != number:
        return "NaN"
    if number in (_INFINITY, -_INFINITY):
        return "Infinity" if number > 0 else "-Infinity"
    return format(number, ".15g").replace("e", "E")


def _parse_decimal(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return _NAN


def _signed_32(number: int) -> float:
    if number > 0xFFFFFFFF:
        return _NAN
    return float(number - 0x100000000 if number > 0x7FFFFFFF else number)
