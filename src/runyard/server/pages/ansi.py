"""Terminal colours (SGR sequences) and addresses in log lines, as HTML with classes.

Everything else that a terminal obeys is dropped.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

_SEQUENCE = re.compile(
    r"\x1b\[(?P<sgr>[0-9;:]{0,60})m|\x1b\[[0-?]*[ -/]*[@-~]"
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-_]|[\x00-\x08\x0b-\x1f\x7f]"
)
_DIRTY = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_ADDRESS = re.compile(r"https?://[^\s<>\"'`\x1b]+[^\s<>\"'`\x1b.,;:!?)\]}]")
_FLAGS = {1: "bold", 2: "dim", 3: "italic", 4: "underline", 7: "inverse", 9: "strike"}
_FLAGS_OFF = {22: ("bold", "dim"), 23: ("italic",), 24: ("underline",), 27: ("inverse",), 29: ("strike",)}
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})
_STEPS = (0, 95, 135, 175, 215, 255)


@dataclass(frozen=True, slots=True)
class Style:
    """What is switched on. Colours are indexes of the 256-colour palette, -1 = the default."""

    foreground: int = -1
    background: int = -1
    flags: frozenset[str] = frozenset()

    @property
    def classes(self) -> str:
        """The class attribute; empty for plain text."""
        names = [f"a-{flag}" for flag in sorted(self.flags)]
        if self.foreground >= 0:
            names.append(f"f{self.foreground}")
        if self.background >= 0:
            names.append(f"b{self.background}")
        return " ".join(names)


PLAIN = Style()


def escape(text: str) -> str:
    """Text for HTML content and attributes."""
    return text.translate(_ESCAPES)


def to_html(text: str) -> str:
    """One line of a log as HTML."""
    if "\r" in text:
        text = text.rstrip("\r").rsplit("\r", 1)[-1]
    if not _DIRTY.search(text):
        return _linked(text)
    parts: list[str] = []
    style, position = PLAIN, 0
    for match in _SEQUENCE.finditer(text):
        parts.append(_styled(text[position : match.start()], style))
        position = match.end()
        if (codes := match["sgr"]) is not None:
            style = apply(style, codes)
    parts.append(_styled(text[position:], style))
    return "".join(parts)


def plain(text: str) -> str:
    """The line without sequences."""
    return _SEQUENCE.sub("", text) if _DIRTY.search(text) else text


def apply(style: Style, codes: str) -> Style:
    """The style after `ESC [ codes m`. Unknown codes change nothing."""
    numbers = [int(code) if code else 0 for code in codes.replace(":", ";").split(";")]
    index = 0
    while index < len(numbers):
        code = numbers[index]
        if code in (38, 48):
            colour, used = _extended(numbers[index + 1 :])
            index += used
            if colour >= 0:
                style = replace(style, foreground=colour) if code == 38 else replace(style, background=colour)
        else:
            style = _simple(style, code)
        index += 1
    return style


def _simple(style: Style, code: int) -> Style:
    if code == 0:
        return PLAIN
    if code in _FLAGS:
        return replace(style, flags=style.flags | {_FLAGS[code]})
    if code in _FLAGS_OFF:
        return replace(style, flags=style.flags - set(_FLAGS_OFF[code]))
    for base, first in ((30, 0), (90, 8)):
        if base <= code <= base + 7:
            return replace(style, foreground=code - base + first)
        if base + 10 <= code <= base + 17:
            return replace(style, background=code - base - 10 + first)
    if code == 39:
        return replace(style, foreground=-1)
    return replace(style, background=-1) if code == 49 else style


def _extended(rest: list[int]) -> tuple[int, int]:
    """The colour after 38 or 48 (-1 = none) and how many codes it took."""
    if len(rest) >= 2 and rest[0] == 5:
        return (rest[1] if rest[1] < 256 else -1), 2
    if len(rest) >= 4 and rest[0] == 2:
        return _nearest(*rest[1:4]), 4
    return -1, len(rest)


def _nearest(red: int, green: int, blue: int) -> int:
    """The closest colour of the 6×6×6 cube."""
    places = [min(range(6), key=lambda step, value=value: abs(_STEPS[step] - value)) for value in (red, green, blue)]  # type: ignore[misc]
    return 16 + 36 * places[0] + 6 * places[1] + places[2]


def _styled(text: str, style: Style) -> str:
    if not text:
        return ""
    html, classes = _linked(text), style.classes
    return f'<span class="{classes}">{html}</span>' if classes else html


def _linked(text: str) -> str:
    """Escaped, with web addresses as links."""
    if "://" not in text:
        return text.translate(_ESCAPES)
    parts: list[str] = []
    position = 0
    for match in _ADDRESS.finditer(text):
        address = match[0].translate(_ESCAPES)
        parts.append(text[position : match.start()].translate(_ESCAPES))
        parts.append(f'<a href="{address}" rel="noopener noreferrer nofollow">{address}</a>')
        position = match.end()
    parts.append(text[position:].translate(_ESCAPES))
    return "".join(parts)
