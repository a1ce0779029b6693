"""Quoting in sh and bash scripts: how a `${{ }}` at some place can be replaced by a variable.

A small scanner, not a shell: where it is not sure, it says so, and nothing is changed.
"""

from __future__ import annotations

import re
from bisect import bisect_left

_HEREDOC = re.compile(r"<<-?[ \t]*(?P<quote>['\"\\]?)(?P<word>[A-Za-z_][A-Za-z0-9_]*)['\"]?")
_RUNS_TEXT = re.compile(
    r"\b(?:eval|source|xargs|ssh|su|trap|parallel|let)\b|\b(?:ba|da|z|k)?sh\s+-\w*c\b|\$?\(\("
    r"|\b(?:python[\d.]*|perl|ruby|node|deno|php|psql|mysql|pwsh|powershell)\s(?:[^\n|;&]{0,200}\s)?-\w*[cCeEr]\b"
    r"|^(?!\s*cat\b)[^\n#]*<<-?\s*['\"\\]?[A-Za-z_]",
    re.M,
)
_HAS_OWN_LANGUAGE = re.compile(r"\b(?:awk|gawk|sed|jq|yq|sqlite3|osascript|find|docker|kubectl|graphql)\b")
_IN_EXPRESSION = "\x00"
_LONGEST_LINE = 2000
_PLAIN = {"single": re.compile(r"[^'\n]*+"), "double": re.compile(r'(?:[^\\`"$\n]|\$(?!\())*+')}
_PLAIN_OUTSIDE = re.compile(
    r"""(?:[^\\`"'()$#<\n] | \$(?![('])| <(?!<) | "[^"\\`$\n\x00]*+" | (?<!\$)'[^'\n\x00]*+')*+""", re.VERBOSE
)
"""What neither ends nor begins anything, by the innermost construct."""


def runs_text(script: str) -> bool:
    """Whether a script hands text to another interpreter (a quoted variable is no protection then), or is beyond us."""
    has_hidden_parenthesis = "$(" in script and re.search(r"\bcase\b", script) is not None
    return has_hidden_parenthesis or _RUNS_TEXT.search(script) is not None


def substitutes(script: str, places: list[tuple[int, int]]) -> list[str | None]:
    """What stands for a variable at each place (start, end), with `{}` for its name; None where it is not certain.

    The places are those of `${{ }}`, in order.
    """
    blanked = list(script)
    for start, end in places:
        blanked[start:end] = _IN_EXPRESSION * (end - start)
    states = _Scanner("".join(blanked), [start for start, _ in places]).states()
    return [_form(states.get(start), script, start) for start, _ in places]


def _form(state: str | None, script: str, start: int) -> str | None:
    line = script[script.rfind("\n", 0, start) + 1 : start]
    if len(line) > _LONGEST_LINE or line.endswith(("$", "\\")) or _HAS_OWN_LANGUAGE.search(line):
        return None
    if state == "plain":
        return '"${{{}}}"'
    if state in ("double", "heredoc", "comment"):
        return "${{{}}}"
    return None


class _Scanner:
    """Walks a script once, from one character that matters to the next.

    The stack holds the open constructs: `plain`, `double`, `single`, `backtick`. `wanted` are the places to find, in
    order.
    """

    def __init__(self, script: str, wanted: list[int]) -> None:
        self._script = script
        self._wanted = wanted
        self._stack = ["plain"]
        self._heredocs: list[tuple[str, bool]] = []
        self._found: dict[int, str] = {}

    def states(self) -> dict[int, str]:
        """The construct that each wanted place stands in, where that is known."""
        script, index = self._script, 0
        while index < len(script):
            state = self._stack[-1]
            plain = _PLAIN.get(state, _PLAIN_OUTSIDE).match(script, index)
            stop = plain.end() if plain else index
            if stop > index:
                self._note(index, stop, state)
            if script.startswith("\n", stop) and self._heredocs:
                index = self._skip_heredocs(stop + 1)
            else:
                index = self._step(stop)
        return self._found

    def _note(self, start: int, end: int, state: str) -> None:
        """Remember the wanted places from `start` up to `end`."""
        first = bisect_left(self._wanted, start)
        if first < len(self._wanted) and self._wanted[first] < end:
            for place in self._wanted[first : bisect_left(self._wanted, end)]:
                self._found[place] = state

    def _step(self, index: int) -> int:
        """Take a character that matters in the innermost construct; where to go on."""
        script, state, character = self._script, self._stack[-1], self._script[index : index + 1]
        if state == "single":
            if character == "'":
                self._stack.pop()
            return index + 1
        if character == "\\":
            return index + 2
        if character == "`":
            self._toggle("backtick")
        elif character == '"':
            self._toggle("double")
        elif script.startswith("$(", index):
            self._stack.append("plain")
            return index + 2
        elif state == "double":
            return index + 1
        elif character == "'":
            self._stack.append("ansi" if script[index - 1 : index] == "$" else "single")
            if self._stack[-1] == "ansi":
                return self._end_of_ansi(index + 1)
        elif character == "(":
            self._stack.append("plain")
        elif character == ")":
            if len(self._stack) > 1:
                self._stack.pop()
        elif character == "#" and (index == 0 or script[index - 1] in " \t\n;"):
            return self._skip_comment(index)
        elif character == "<":
            self._note_heredoc(index)
        return index + 1

    def _toggle(self, construct: str) -> None:
        if self._stack[-1] == construct:
            self._stack.pop()
        else:
            self._stack.append(construct)

    def _end_of_ansi(self, index: int) -> int:
        """Behind `$'…'`. What stands inside stays unknown."""
        self._stack.pop()
        while index < len(self._script) and self._script[index] != "'":
            index += 2 if self._script[index] == "\\" else 1
        return index + 1

    def _skip_comment(self, index: int) -> int:
        end = self._script.find("\n", index)
        end = len(self._script) if end < 0 else end
        self._note(index, end, "comment")
        return end

    def _note_heredoc(self, index: int) -> None:
        match = _HEREDOC.match(self._script, index)
        if match and not self._script.startswith("<<<", index) and self._script[index - 1 : index] != "<":
            self._heredocs.append((match["word"], not match["quote"]))

    def _skip_heredocs(self, index: int) -> int:
        for word, expands in self._heredocs:
            start = index
            while index < len(self._script):
                end = self._script.find("\n", index)
                end = len(self._script) if end < 0 else end
                line = self._script[index:end]
                index = end + 1
                if line.strip() == word:
                    break
            if expands:
                self._note(start, index, "heredoc")
        self._heredocs = []
        return index
