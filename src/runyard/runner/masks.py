"""Hides secrets in everything that leaves a job."""

from __future__ import annotations

import base64
import json
import urllib.parse
from collections.abc import Iterable, Iterator

MASK = "***"

_SHORTEST_DERIVED = 4
_SHORTEST_BASE64 = 8


class Masks:
    """The values to hide. Hits that overlap or touch are one `***`, so the longest wins."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._values: list[str] = []
        self._known: set[str] = set()
        for value in values:
            self.add(value)

    def add(self, value: str) -> None:
        """Hide a value, each of its lines, and the forms that tools turn them into. Blank values hide nothing."""
        if value not in self._known:
            self._known.update(form for form in _all_forms(value) if form)
            self._values = list(self._known)

    def apply(self, text: str) -> str:
        """The text with every hit replaced."""
        hits = [value for value in self._values if value in text]
        return _replace(text, hits) if hits else text

    def hit(self, text: str) -> bool:
        """Whether the text holds anything to hide."""
        return any(value in text for value in self._values)


def _replace(text: str, values: list[str]) -> str:
    spans = sorted(span for value in values for span in _spans(text, value))
    parts: list[str] = []
    end = 0
    for start, stop in spans:
        if start > end or not parts:
            parts += [text[end:start], MASK]
        end = max(end, stop)
    return "".join(parts) + text[end:]


def _spans(text: str, value: str) -> Iterator[tuple[int, int]]:
    """Every occurrence, also those that overlap."""
    start = text.find(value)
    while start >= 0:
        yield start, start + len(value)
        start = text.find(value, start + 1)


def _all_forms(value: str) -> Iterator[str]:
    if not value.strip():
        return
    yield value
    yield from _derived(value)
    trimmed = value.strip()
    lines = [line.strip() for line in value.replace("\r", "\n").split("\n")]
    for line in {trimmed, *lines} - {value}:
        if len(line) > 1:
            yield line
            yield from _derived(line)


def _derived(value: str) -> Iterator[str]:
    if len(value) < _SHORTEST_DERIVED:
        return
    yield json.dumps(value)[1:-1]
    yield json.dumps(value, ensure_ascii=False)[1:-1]
    yield urllib.parse.quote(value, safe="")
    yield urllib.parse.quote(value)
    yield urllib.parse.quote_plus(value)
    in_text = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    yield in_text
    yield in_text.replace('"', "&quot;").replace("'", "&apos;")
    yield value.replace("'", "''")
    yield value.replace("'", "'\\''")
    yield value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    if len(value) > _SHORTEST_BASE64 and value[0] == value[-1] == '"':
        yield value[1:-1]
    yield from _base64_forms(value.encode("utf-8", "surrogatepass"))


def _base64_forms(data: bytes) -> Iterator[str]:
    """What stands in a base64 text wherever the value begins in a group of three bytes.

    Only the characters that the value alone decides: the first and last ones may depend on its neighbours.
    """
    for shift in range(3):
        padded = bytes(shift) + data
        first = -(-shift * 8 // 6)
        last = len(padded) * 8 // 6
        for encode in (base64.standard_b64encode, base64.urlsafe_b64encode):
            text = encode(padded).decode()[first:last]
            if len(text) >= _SHORTEST_BASE64:
                yield text
    if len(data) >= _SHORTEST_DERIVED:
        whole = base64.standard_b64encode(data).decode()
        yield from (whole, whole.rstrip("="))
