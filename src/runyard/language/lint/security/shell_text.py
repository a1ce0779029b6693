"""Quoting in sh and bash scripts: how a `${{ }}` at some place can be replaced by a variable.

A small scanner, not a shell: where it is not sure, it says so, and nothing is changed.
"""

from __future__ import annotations

import re

_HEREDOC = re.compile(r"<<-?[ \t]*(?P<quote>['\"\\]?)(?P<word>[A-Za-z_][A-Za-z0-9_]*)['\"]?")
_RUNS_TEXT = re.compile(
    r"\b(?:eval|source|xargs|ssh|su|trap|parallel|let)\b|\b(?:ba|da|z|k)?sh\s+-\w*c\b|\$?\(\("
    r"|\b(?:python[\d.]*|perl|ruby|node|deno|php|psql|mysql|pwsh|powershell)\s(?:[^\n|;&]{0,200}\s)?-\w*[cCeEr]\b"
    r"|^(?!\s*cat\b)[^\n#]*<<-?\s*['\"\\]?[A-Za-z_]",
    re.M,
)
_HAS_OWN_LANGUAGE = re.compile(r"\b(?:awk|gawk|sed|jq|yq|sqlite3|osascript|find|docker|kubectl|graphql)\b")
_IN_EXPRESSION = "\x00"


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
    states = _Scanner("".join(blanked)).states({start for start, _ in places})
    return [_form(states.get(start), script, start) for start, _ in places]


def _form(state: str | None, script: str, start: int) -> str | None:
    line = script[script.rfind("\n", 0, start) + 1 : start]
    if line.endswith(("$", "\\")) or _HAS_OWN_LANGUAGE.search(line):
        return None
    if state == "plain":
        return '"${{{}}}"'
    if state in ("double", "heredoc", "comment"):
        return "${{{}}}"
    return None


class _Scanner:
    """Walks a script once. The stack holds the open constructs: `plain`, `double`, `single`, `backtick`."""

    def __init__(self, script: str) -> None:
        self._script = script
        self._stack = ["plain"]
        self._heredocs: list[tuple[str, bool]] = []

    def states(self, wanted: set[int]) -> dict[int, str]:
        """The construct that each wanted place stands in."""
        found: dict[int, str] = {}
        index = 0
        while index < len(self._script):
            if index in wanted:
                found[index] = self._stack[-1]
            if self._script[index] == "\n" and self._heredocs:
                index = self._skip_heredocs(index + 1, wanted, found)
                continue
            index = self._step(index, wanted, found)
        return found

    def _step(self, index: int, wanted: set[int], found: dict[int, str]) -> int:
        script, state, character = self._script, self._stack[-1], self._script[index]
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
            return self._skip_comment(index, wanted, found)
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

    def _skip_comment(self, index: int, wanted: set[int], found: dict[int, str]) -> int:
        end = self._script.find("\n", index)
        end = len(self._script) if end < 0 else end
        found.update(dict.fromkeys((place for place in wanted if index <= place < end), "comment"))
        return end

    def _note_heredoc(self, index: int) -> None:
        match = _HEREDOC.match(self._script, index)
        if match and not self._script.startswith("<<<", index) and self._script[index - 1 : index] != "<":
            self._heredocs.append((match["word"], not match["quote"]))

    def _skip_heredocs(self, index: int, wanted: set[int], found: dict[int, str]) -> int:
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
                inside = (place for place in wanted if start <= place < index)
                found.update(dict.fromkeys(inside, "heredoc"))
        self._heredocs = []
        return index
