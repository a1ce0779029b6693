"""From an offset in a scalar's value to the place in the file.

A scalar's value is not what the file has: quotes are escaped, long lines are folded, block scalars are indented. The
way from one to the other is kept as pieces within which both run side by side.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from runyard.language.model import Position
from runyard.language.reader.nodes import ScalarNode

_ESCAPES = {"x": 4, "u": 6, "U": 10}
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
    value = node.source
    found = [start]
    index, line, column = start.offset, start.line, start.column - 1
    while index < len(value) and line <= len(lines):
        text = lines[line - 1]
        if not text[column : column + 1] or (text[column] in _BLANK and not text[column:].strip()):
            line, column = _next_line(lines, line)
            while index < len(value) and value[index] in _BLANK:
                index += 1
            found.append(Piece(index, line, column + 1))
            continue
        if node.style == '"' and text[column:] == "\\":
            line, column = _next_line(lines, line)
            found.append(Piece(index, line, column + 1))
            continue
        width = _width(text, column, node.style)
        column += width
        index += 1
        if width > 1:
            found.append(Piece(index, line, column + 1))
    return found


def _width(text: str, column: int, style: str) -> int:
    """How many characters of the file stand for the next one of the value."""
    if style == '"' and text[column] == "\\":
        return _ESCAPES.get(text[column + 1 : column + 2], 2)
    return 2 if style == "'" and text.startswith("''", column) else 1


def _next_line(lines: Sequence[str], line: int) -> tuple[int, int]:
    """The next line that is not blank, and where its text begins."""
    line += 1
    while line <= len(lines) and not lines[line - 1].strip():
        line += 1
    text = lines[line - 1] if line <= len(lines) else ""
    return line, len(text) - len(text.lstrip())
