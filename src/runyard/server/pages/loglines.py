"""Log lines as HTML rows, with the markers of workflow logs: groups, errors, warnings, notices, commands.

A row is `<div class="line …" id="s2-l15">`: step 2, line 15, both as shown on the page (steps from 0, lines from 1).
Rows inside a group have class `in`; the script folds them under the row with class `group`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runyard.server.pages import ansi, words

if TYPE_CHECKING:
    from runyard.store.logs import LogLine

_MARKER = re.compile(
    r"(?:##\[(?P<hash>group|endgroup|error|warning|notice|debug|command|section)\]|\[(?P<plain>command)\]"
    r"|::(?P<word>group|endgroup|error|warning|notice|debug)(?:\s[^:]*(?::(?!:)[^:]*)*)?::)(?P<rest>.*)",
    re.DOTALL,
)
_CLASSES = {
    "error": " error",
    "warning": " warning",
    "notice": " note",
    "debug": " debug",
    "command": " command",
    "section": " section",
}
_WORDS = {"error": "Error: ", "warning": "Warning: ", "notice": "Notice: "}


@dataclass(frozen=True, slots=True)
class Rows:
    """Rendered lines; `inside`: the text ends inside an open group."""

    html: str
    inside: bool


def rows(lines: Iterable[LogLine], *, step: int, first: int, inside: bool = False) -> Rows:
    """Render lines of one step, whose first line has index `first` in the log; `inside`: they begin inside a group."""
    parts: list[str] = []
    for line in lines:
        kind, text = _marker(line.text)
        if kind == "endgroup":
            inside, classes = False, "line end"
        elif kind == "group":
            inside, classes = True, "line group"
        else:
            classes = f"line{_CLASSES.get(kind, '')}{' in' if inside else ''}"
        number = line.index - first + 1
        name = f"s{step}-l{number}"
        parts.append(
            f'<div class="{classes}" id="{name}" data-i="{line.index}" data-t="{words.clock(line.time_ns)}">'
            f'<a class="no" href="#{name}" data-n="{number}" tabindex="-1" aria-label="Line {number}"></a>'
            f"<span>{_WORDS.get(kind, '')}{ansi.to_html(text)}</span></div>"
        )
    return Rows("".join(parts), inside)


def _marker(text: str) -> tuple[str, str]:
    """What kind of line it is (empty = ordinary) and its text without the marker."""
    if text[:2] not in ("##", "::") and text[:1] not in ("[", "\x1b"):
        return "", text
    match = _MARKER.match(ansi.plain(text) if text[0] == "\x1b" else text)
    if match is None:
        return "", text
    return match["hash"] or match["plain"] or match["word"], match["rest"]
