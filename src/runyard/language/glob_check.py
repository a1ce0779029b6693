"""What a linter finds wrong with filter patterns. GitHub itself takes any text."""

from __future__ import annotations

from typing import Literal, NamedTuple

_ESCAPABLE = frozenset("[?*+\\!")
_SPECIAL_IN_REF = frozenset("[?*")
_FORBIDDEN_IN_REF = frozenset(" \t~^:")
_REF_CHARACTERS = "ref name cannot contain spaces, ~, ^, :, [, ?, *"
_MOST = 100
"""So many faults of one pattern are told."""
_REPEATS = {"?": "zero or one", "+": "one or more"}


class GlobProblem(NamedTuple):
    """A fault: the 1-based column in the pattern (0: the pattern as a whole) and what is wrong there."""

    column: int
    message: str


def check_glob(pattern: str, kind: Literal["ref", "path"]) -> list[GlobProblem]:
    """The faults of a pattern for branches and tags, or for paths; none for a good one."""
    problems = _Check(pattern, kind == "ref").run()
    if kind == "path":
        problems += _check_path(pattern)
    return problems


def _check_path(pattern: str) -> list[GlobProblem]:
    problems: list[GlobProblem] = []
    path = pattern.strip()
    if path != pattern:
        problems.append(GlobProblem(0, "leading and trailing spaces are not allowed in glob path"))
    path = path.removeprefix("!")
    if path in (".", "..") or path.startswith(("./", "../")):
        problems.append(GlobProblem(0, "'.' and '..' are not allowed in glob path"))
    return problems


class _Check:
    """One pass over a pattern. `_index` is what is read next; columns count what has been read."""

    def __init__(self, pattern: str, is_ref: bool) -> None:
        self._pattern = pattern
        self._is_ref = is_ref
        self._index = 0
        self._problems: list[GlobProblem] = []
        self._may_repeat = False

    def run(self) -> list[GlobProblem]:
        if not self._pattern:
            return [GlobProblem(0, "glob pattern cannot be empty")]
        self._read_first()
        while self._index < len(self._pattern) and len(self._problems) < _MOST:
            character = self._read_next()
            if self._index >= len(self._pattern) and self._is_ref and character in ("/", "."):
                self._bad_ref(character, "ref name must not end with / and .")
        return self._problems

    def _read_first(self) -> None:
        first = self._pattern[0]
        if first == "/" and self._is_ref:
            self._next()
            self._bad_ref(first, "ref name must not start with /")
            self._may_repeat = True
        elif first == "!":
            self._next()
            if len(self._pattern) == 1:
                self._unexpected(first, "! at first character (negate pattern)", "at least one character must follow !")

    def _read_next(self) -> str:
        """Check one element and answer with its last character."""
        character = self._next()
        may_repeat = character not in ("?", "+", "*")
        if character == "\\":
            character = self._read_escape()
        elif character in _REPEATS and not self._may_repeat:
            what = f"special character {character} ({_REPEATS[character]})"
            self._unexpected(character, what, "the preceding character must not be special character")
        elif character == "[":
            character = self._read_bracket()
        elif character in ("\r", "\n"):
            if character == "\r" and self._peek() == "\n":
                character = self._next()
            self._unexpected(character, "", "newline cannot be contained", column=0)
        elif self._is_ref and character in _FORBIDDEN_IN_REF:
            self._bad_ref(character, _REF_CHARACTERS)
        self._may_repeat = may_repeat
        return character

    def _read_escape(self) -> str:
        escaped = self._peek()
        if escaped and escaped in _ESCAPABLE:
            self._next()
            if self._is_ref and escaped in _SPECIAL_IN_REF:
                self._bad_ref(escaped, _REF_CHARACTERS)
            return escaped
        if self._is_ref:
            self._bad_ref("\\", "only special characters [, ?, +, *, \\, ! can be escaped with \\")
            return self._next()
        return "\\"

    def _read_bracket(self) -> str:
        if self._peek() == "]":
            self._unexpected(self._next(), "content of character match []", "character match must not be empty")
            return "]"
        count = 0
        while True:
            character = self._next()
            if character == "]":
                break
            if not character:
                self._unexpected("", "end of character match []", "missing ]")
                return ""
            count += 1
            if self._peek() == "-":
                count += 1
                if self._read_range(character) == "]":
                    break
        if count == 1:
            self._unexpected(
                "]",
                "character match []",
                "character match with single character is useless. simply use x instead of [x]",
            )
        return "]"

    def _read_range(self, start: str) -> str:
        """The rest of `a-b` behind the `a`; answers with its last character, empty at the end of the pattern."""
        self._next()
        end = self._next()
        if end == "]":
            self._unexpected(end, "character range in []", "end of range is missing")
        elif end and start > end:
            self._unexpected(
                end,
                "character range in []",
                f"start of range '{start}' ({ord(start)}) is larger than end of range '{end}' ({ord(end)})",
            )
        return end

    def _next(self) -> str:
        """Read a character; empty at the end."""
        character = self._peek()
        self._index += len(character)
        return character

    def _peek(self) -> str:
        return self._pattern[self._index : self._index + 1]

    def _unexpected(self, character: str, what: str, why: str, *, column: int | None = None) -> None:
        shown = f"character {character!r}" if character else "EOF"
        checking = f" while checking {what}" if what else ""
        place = self._index if column is None else column
        self._problems.append(GlobProblem(place, f"invalid glob pattern. unexpected {shown}{checking}. {why}"))

    def _bad_ref(self, character: str, why: str) -> None:
        self._problems.append(
            GlobProblem(
                self._index,
                f"character {character!r} is invalid for branch and tag names. {why}. see `man git-check-ref-format` "
                "for more details. note that regular expression is unavailable",
            )
        )
