"""Patterns for files, as the toolkit's glob reads them: for `hashFiles`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from runyard.language.errors import ExpressionError

_GLOB = frozenset("*?[")

States = frozenset[int]


class PathPattern(NamedTuple):
    """A pattern over the parts of an absolute path; a part None is `**`.

    `implicit` for the descendants that a pattern takes with it. `directories_only` when it was written with a `/` at
    its end.
    """

    negated: bool
    implicit: bool
    directories_only: bool
    parts: tuple[re.Pattern[str] | None, ...]
    literal_start: tuple[str, ...]

    def start(self) -> States:
        """Before the first part of a path. States are the numbers of parts that have been matched."""
        return self._closure({0})

    def step(self, states: States, name: str) -> States:
        """After one more part of a path."""
        reached: set[int] = set()
        for state in states:
            if state < len(self.parts):
                part = self.parts[state]
                if part is None:
                    reached |= {state, state + 1}
                elif part.fullmatch(name):
                    reached.add(state + 1)
        return self._closure(reached)

    def is_match(self, states: States) -> bool:
        """Whether a file whose path led here matches."""
        return len(self.parts) in states and not self.directories_only

    def may_go_on(self, states: States) -> bool:
        """Whether something below a directory that led here may match."""
        return any(state < len(self.parts) for state in states)

    def _closure(self, states: set[int]) -> States:
        """`**` matches nothing too, except at the end of an implicit pattern."""
        for state in range(len(self.parts) - self.implicit):
            if state in states and self.parts[state] is None:
                states.add(state + 1)
        return frozenset(states)


def parse_path_patterns(text: str, root: str) -> list[PathPattern]:
    """The patterns of a text, one a line. `root` is the absolute directory that relative ones start from.

    Raises ExpressionError for a pattern that climbs with `.` or `..`.
    """
    patterns: list[PathPattern] = []
    for line in text.splitlines():
        pattern = line.strip()
        if not pattern or pattern.startswith("#"):
            continue
        negated = False
        while pattern.startswith("!"):
            negated = not negated
            pattern = pattern[1:].strip()
        patterns += _with_descendants(negated, pattern, root)
    return patterns


def _with_descendants(negated: bool, text: str, root: str) -> Iterable[PathPattern]:
    literal_start, written = _absolute(text, root)
    parts: list[re.Pattern[str] | None] = [re.compile(re.escape(name), re.DOTALL) for name in literal_start]
    parts += [None if name == "**" else _segment(name) for name in written]
    start = [*literal_start]
    for name in written:
        literal = _literal(name)
        if not literal:
            break
        start.append(literal)
    is_directory = text.endswith("/")
    yield PathPattern(negated, False, is_directory, tuple(parts), tuple(start))
    if is_directory or not parts or parts[-1] is not None:
        yield PathPattern(negated, True, False, (*parts, None), tuple(start))


def _absolute(text: str, root: str) -> tuple[list[str], list[str]]:
    """The parts of the directory a pattern starts from, and the parts that it names itself."""
    segments = [segment for segment in text.split("/") if segment]
    if ".." in segments or "." in segments[1:]:
        raise ExpressionError(f"Invalid pattern '{text}'. Relative pathing '.' and '..' is not allowed.")
    if text.startswith("/"):
        return [], segments
    base = root
    if segments and segments[0] in (".", "~"):
        base = os.path.expanduser("~") if segments[0] == "~" else root  # noqa: PTH111
        segments = segments[1:]
    return [name for name in base.split("/") if name], segments


def _literal(segment: str) -> str:
    """The name that a part without wildcards stands for; empty for one with wildcards."""
    text = re.sub(r"\\(.)", r"\1", segment)
    return "" if _GLOB.intersection(re.sub(r"\\.", "", segment)) else text


@lru_cache(maxsize=256)
def _segment(text: str) -> re.Pattern[str]:
    """One part: `*`, `?`, `[…]`, and `\\` before a character that is meant as it is."""
    result: list[str] = []
    index = 0
    while index < len(text):
        character = text[index]
        index += 1
        if character == "*":
            if result[-1:] != [".*"]:
                result.append(".*")
        elif character == "?":
            result.append(".")
        elif character == "[":
            part, index = _bracket(text, index)
            result.append(part)
        elif character == "\\" and index < len(text):
            result.append(re.escape(text[index]))
            index += 1
        else:
            result.append(re.escape(character))
    return re.compile("".join(result), re.DOTALL)


def _bracket(text: str, index: int) -> tuple[str, int]:
    """The class whose content starts at index, and where the text goes on; a `[` that is never closed is itself."""
    start = index + 1 if text[index : index + 1] in ("!", "^") else index
    end = text.find("]", start + 1)
    if end < 0:
        return r"\[", index
    content = re.sub(r"[\\\[&~|^]", r"\\\g<0>", text[start:end])
    regex = f"[{'^' if start > index else ''}{content}]"
    try:
        re.compile(regex)
    except re.error:
        return r"\[", index
    return regex, end + 1
