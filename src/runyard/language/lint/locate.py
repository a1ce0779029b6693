"""From an offset in a scalar's value to the place in the file.

A scalar's value is not what the file has: quotes are escaped, long lines are folded, block scalars are indented. The
way from one to the other is kept as pieces within which both run side by side.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from runyard.language.model import Position
from runyard.language.reader.nodes import ScalarNode

_SPECIAL = {
    '"': re.compile(r"\\(?:x..|u.{4}|U.{8}|.)?", re.S),
    "'": re.compile("''"),
}
"""What stands for one character of the value, by the quotes; a lone backslash joins lines."""
_BLANK = " \t\r\n"


class Piece(NamedTuple):
    """From `offset` in the value on, characters stand one after the other from this place on."""

    offset: int
    line: int
    column: int


def pieces(lines: Sequence[str], node: ScalarNode) -> list[Piece]:
    """How `node.source` lies in the file, whose lines (without their ends) are given. Linear in the text."""
    if node.line > len(lines):
        return [Piece(0, node.line, node.column)]
    if node.style == "|":
        return _literal(lines, node)
    if node.style == ">":
        start = _first_content(lines, node)
        return _side_by_side(lines, start, node)
    line = lines[node.line - 1]
    begin = node.column - 1
    if node.style:
        begin = max(line.find(node.style, begin), begin) + 1
    elif line[begin : begin + 1] in ("&", "!"):
        begin = max(line.find(node.source.split("\n", 1)[0], begin), begin)
    if line.startswith(node.source, begin):
        return [Piece(0, node.line, begin + 1)]
    return _side_by_side(lines, Piece(0, node.line, begin + 1), node)


def locate(found: Sequence[Piece], offset: int) -> Position:
    """The place of an offset."""
    piece = found[max(bisect_right(found, offset, key=lambda piece: piece.offset) - 1, 0)]
    return Position(piece.line, piece.column + offset - piece.offset)


def _literal(lines: Sequence[str], node: ScalarNode) -> list[Piece]:
    found: list[Piece] = []
    column = _indentation(lines, node) + 1
    offset = 0
    for number, text in enumerate(node.source.split("\n"), node.line + 1):
        if number > len(lines):
            break
        found.append(Piece(offset, number, column))
        offset += len(text) + 1
    return found or [Piece(0, node.line, node.column)]


def _indentation(lines: Sequence[str], node: ScalarNode) -> int:
    """How far the content of a block scalar is indented: its first line that is not blank tells."""
    content = node.source.split("\n")
    for index, value in enumerate(content[: len(lines) - node.line]):
        line = lines[node.line + index]
        if value.strip() and line.endswith(value.rstrip("\r")):
            return len(line) - len(value.rstrip("\r"))
    return 0


def _first_content(lines: Sequence[str], node: ScalarNode) -> Piece:
    for number in range(node.line, len(lines)):
        text = lines[number]
        if text.strip():
            offset = len(node.source) - len(node.source.lstrip(_BLANK))
            return Piece(offset, number + 1, len(text) - len(text.lstrip()) + 1)
    return Piece(0, node.line, node.column)


def _side_by_side(lines: Sequence[str], start: Piece, node: ScalarNode) -> list[Piece]:
    """Read value and file together. White space that spans lines in the file counts as the value's white space."""
    value, special = node.source, _SPECIAL.get(node.style)
    found = [start]
    index, line, column = start.offset, start.line, start.column - 1
    text, end = _line(lines, line)
    while index < len(value) and line <= len(lines):
        match = special.search(text, column, end) if special else None
        plain = (match.start() if match else end) - column
        if plain > 0:
            index += plain
            column += plain
        elif match is None or match[0] == "\\":
            line, column = _next_line(lines, line)
            text, end = _line(lines, line)
            while match is None and index < len(value) and value[index] in _BLANK:
                index += 1
            found.append(Piece(index, line, column + 1))
        else:
            column += len(match[0])
            index += 1
            found.append(Piece(index, line, column + 1))
    return found


def _line(lines: Sequence[str], number: int) -> tuple[str, int]:
    """A line and where its content ends."""
    text = lines[number - 1] if number <= len(lines) else ""
    return text, len(text.rstrip())


def _next_line(lines: Sequence[str], line: int) -> tuple[int, int]:
    """The next line that is not blank, and where its text begins."""
    line += 1
    while line <= len(lines) and not lines[line - 1].strip():
        line += 1
    text = lines[line - 1] if line <= len(lines) else ""
    return line, len(text) - len(text.lstrip())
