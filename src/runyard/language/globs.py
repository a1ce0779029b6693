"""Filter patterns of triggers: branches, tags and paths.

Matching is lenient: any text is a pattern, and what cannot be special is itself. It takes time linear in the length of
the name whatever the pattern, because strangers write both. `runyard.language.glob_check` tells what a linter would
not accept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache

_ALPHABETS = ("abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789")

Accepts = Callable[[str], bool]


def match_pattern(patterns: Iterable[str], name: str) -> bool:
    """Whether a name passes `branches`, `tags` or `paths`: a match sets, one of a `!` pattern clears."""
    passes = False
    for pattern in map(parse_pattern, patterns):
        if pattern.negated == passes and pattern.matches(name):
            passes = not passes
    return passes


def match_ignored(patterns: Iterable[str], name: str) -> bool:
    """Whether a name is dropped by `branches-ignore` and the like: any pattern matches.

    There order does not count, and a `!` pattern matches what its rest does not: the reading of the other open servers.
    """
    return any(pattern.matches(name) is not pattern.negated for pattern in map(parse_pattern, patterns))


def included(patterns: Iterable[str], names: Iterable[str]) -> bool:
    """The decision of an include list about a set of names: one that passes is enough."""
    patterns = tuple(patterns)
    return any(match_pattern(patterns, name) for name in names)


def ignored(patterns: Iterable[str], names: Iterable[str]) -> bool:
    """The decision of an ignore list about a set of names: true, do not run, if every one of them is dropped."""
    patterns = tuple(patterns)
    return all(match_ignored(patterns, name) for name in names)


class Pattern:
    """A compiled pattern: an automaton whose set of states is the bits of one integer.

    State N is "the first N positions have matched". On a character a position may advance to the next state or stay;
    `_skips` are the positions that may be passed without any character (one state further, or over the three of `**/`).
    """

    __slots__ = ("_advance", "_final", "_moves", "_skip_one", "_skip_three", "_stay", "negated")

    def __init__(self, text: str) -> None:
        self.negated = text.startswith("!")
        self._advance: list[Accepts] = []
        self._stay = 0
        self._skip_one = 0
        self._skip_three = 0
        self._moves: dict[str, tuple[int, int]] = {}
        self._read(text[1:] if self.negated else text)
        self._final = 1 << len(self._advance)

    def matches(self, name: str) -> bool:
        """Whether the whole name matches, whatever the sign of the pattern."""
        states = self._closure(1)
        for character in name:
            advance, stay = self._moves_on(character)
            states = self._closure(((states & advance) << 1) | (states & stay))
            if not states:
                return False
        return bool(states & self._final)

    def _closure(self, states: int) -> int:
        while True:
            reached = states | ((states & self._skip_one) << 1) | ((states & self._skip_three) << 3)
            if reached == states:
                return states
            states = reached

    def _moves_on(self, character: str) -> tuple[int, int]:
        """The positions that advance, and those that stay, on a character."""
        moves = self._moves.get(character)
        if moves is None:
            accepting = sum(1 << position for position, accepts in enumerate(self._advance) if accepts(character))
            moves = self._moves[character] = (accepting, accepting & self._stay)
        return moves

    # --- reading ---

    def _read(self, text: str) -> None:
        index = 0
        while index < len(text):
            character = text[index]
            if text.startswith("**/", index):
                self._add(_anything, skip=3)
                self._add(_anything, stays=True, skip=1)
                self._add("/".__eq__)
                index += 3
            elif text.startswith("**", index):
                self._add(_anything, stays=True, skip=1)
                index += 2
            elif character == "*":
                self._add("/".__ne__, stays=True, skip=1)
                index += 1
            else:
                accepts, index = _operand(text, index)
                repeat = text[index : index + 1]
                self._add(accepts, stays=repeat == "+", skip=int(repeat == "?"))
                index += repeat in ("+", "?")

    def _add(self, accepts: Accepts, *, stays: bool = False, skip: int = 0) -> None:
        bit = 1 << len(self._advance)
        self._advance.append(accepts)
        if stays:
            self._stay |= bit
        if skip == 1:
            self._skip_one |= bit
        elif skip == 3:
            self._skip_three |= bit


@lru_cache(maxsize=1024)
def parse_pattern(text: str) -> Pattern:
    """Compile a pattern."""
    return Pattern(text)


def _anything(character: str) -> bool:
    return True


def _operand(text: str, index: int) -> tuple[Accepts, int]:
    """One character or bracket, which a `?` or `+` behind it may repeat, and where the text goes on."""
    character = text[index]
    if character == "\\" and index + 1 < len(text):
        return text[index + 1].__eq__, index + 2
    if character == "[":
        end = text.find("]", index + 1)
        if end > index + 1:
            return _bracket(text[index + 1 : end]).__contains__, end + 1
    return character.__eq__, index + 1


def _bracket(content: str) -> frozenset[str]:
    """The characters of `[…]`; a range stays within a-z, A-Z or 0-9, else its three characters stand for themselves."""
    members: set[str] = set()
    index = 0
    while index < len(content):
        members.update(_range(content[index : index + 3]) or content[index])
        index += 3 if _range(content[index : index + 3]) else 1
    return frozenset(members)


def _range(text: str) -> str:
    """The characters from a to b of `a-b`; empty when the text is no range."""
    if len(text) == 3 and text[1] == "-":
        for alphabet in _ALPHABETS:
            if text[0] in alphabet and text[2] in alphabet:
                return alphabet[alphabet.index(text[0]) : alphabet.index(text[2]) + 1]
    return ""
