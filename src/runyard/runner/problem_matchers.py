"""Problem matchers: patterns that find errors and warnings in the output of steps."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PROPERTIES = ("file", "line", "column", "severity", "code", "message", "fromPath")
"""What a pattern may capture."""

_SEVERITIES = ("error", "warning", "notice")
_COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_LONGEST_LINE = 4096


class MatcherError(ValueError):
    """A matcher file is wrong; the text is for users."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """`groups` says which group holds which property."""

    regex: re.Pattern[str]
    groups: Mapping[str, int]
    loop: bool

    def find(self, line: str, before: Mapping[str, str]) -> dict[str, str] | None:
        """The properties after this line; what earlier patterns captured stays."""
        found = self.regex.search(line)
        if not found:
            return None
        captured = {name: found[group] or "" for name, group in self.groups.items()}
        return {**captured, **{name: value for name, value in before.items() if value}}


@dataclass(slots=True)
class Matcher:
    """One owner's patterns, over consecutive lines. `_running[i]` is what patterns 0…i have captured so far."""

    owner: str
    severity: str
    from_path: str
    patterns: Sequence[Pattern]
    _running: list[dict[str, str] | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget the lines before."""
        self._running = [None] * len(self.patterns)

    def match(self, line: str) -> dict[str, str] | None:
        """What was found, when this line completes it. Latest pattern first: a line extends what earlier lines
        began.
        """
        last = len(self.patterns) - 1
        for index in range(last, -1, -1):
            before = self._running[index - 1] if index else {}
            pattern = self.patterns[index]
            found = pattern.find(line, before) if before is not None else None
            if index < last:
                self._running[index] = found
            elif index and not (found and pattern.loop):
                self._running[index - 1] = None
            if index == last and found is not None:
                return self._with_defaults(found)
        return None

    def _with_defaults(self, found: dict[str, str]) -> dict[str, str]:
        return {
            **found,
            "severity": found.get("severity") or self.severity,
            "fromPath": found.get("fromPath") or self.from_path,
        }


class ProblemMatchers:
    """The matchers of a job: newest first; one of the same owner replaces the older one."""

    def __init__(self, workspace: str) -> None:
        self._workspace = workspace
        self._matchers: list[Matcher] = []

    def add(self, path: str) -> None:
        """Read a file, relative to the workspace. Raises MatcherError."""
        added = self._load(path)
        self._remove({matcher.owner.lower() for matcher in added})
        self._matchers[:0] = added

    def remove(self, owner: str) -> None:
        """Remove one owner's matcher."""
        self._remove({owner.lower()})

    def remove_file(self, path: str) -> None:
        """Remove the owners that a file names. Raises MatcherError."""
        self._remove({matcher.owner.lower() for matcher in self._load(path)})

    def match(self, line: str) -> tuple[str, str, dict[str, str]] | None:
        """Severity, message and annotation properties of what a line completes."""
        if not self._matchers or len(line) > _LONGEST_LINE:
            return None
        line = _COLOURS.sub("", line)
        for matcher in self._matchers:
            if (found := matcher.match(line)) and (issue := self._issue(found)):
                for other in self._matchers:
                    if other is not matcher:
                        other.reset()
                return issue
        return None

    def _load(self, path: str) -> list[Matcher]:
        file = Path(self._workspace, path)
        try:
            return read_matchers(json.loads(file.read_text(encoding="utf-8-sig")))
        except (OSError, ValueError) as error:
            raise MatcherError(f"Cannot read the problem matchers in '{path}': {error}") from error

    def _remove(self, owners: set[str]) -> None:
        self._matchers = [matcher for matcher in self._matchers if matcher.owner.lower() not in owners]

    def _issue(self, found: Mapping[str, str]) -> tuple[str, str, dict[str, str]] | None:
        severity, message = found["severity"].lower(), found.get("message", "")
        if severity not in _SEVERITIES or not message:
            return None
        properties = {}
        if file := self._file(found.get("file", ""), found["fromPath"]):
            properties["file"] = file
        for name, key in (("line", "line"), ("col", "column")):
            if found.get(key, "").isdigit():
                properties[name] = found[key]
        if "line" not in properties:
            properties.pop("col", None)
        return severity, message, properties

    def _file(self, file: str, from_path: str) -> str:
        """The file relative to the workspace, when it exists there."""
        if not file:
            return ""
        base = os.path.join(self._workspace, os.path.dirname(from_path)) if from_path else self._workspace  # noqa: PTH118, PTH120
        path = os.path.normpath(os.path.join(base, file))  # noqa: PTH118
        if not path.startswith(f"{self._workspace}/") or not os.path.isfile(path):  # noqa: PTH113
            return ""
        return path.removeprefix(f"{self._workspace}/")


def read_matchers(content: Any) -> list[Matcher]:
    """The matchers of a parsed file. Raises MatcherError."""
    entries = content.get("problemMatcher") if isinstance(content, Mapping) else None
    if not isinstance(entries, list) or not entries:
        raise MatcherError("'problemMatcher' must be a list with at least one matcher.")
    matchers = [_matcher(entry) for entry in entries]
    owners = [matcher.owner.lower() for matcher in matchers]
    if len(set(owners)) < len(owners):
        raise MatcherError("Two matchers have the same owner.")
    return matchers


def _matcher(entry: Any) -> Matcher:
    if not isinstance(entry, Mapping) or not isinstance(owner := entry.get("owner"), str) or not owner:
        raise MatcherError("A matcher needs an 'owner'.")
    severity = str(entry.get("severity") or "error")
    if severity.lower() not in _SEVERITIES:
        raise MatcherError(f"Matcher '{owner}': unexpected severity '{severity}'.")
    given = entry.get("pattern")
    if not isinstance(given, list) or not given:
        raise MatcherError(f"Matcher '{owner}' needs at least one pattern.")
    patterns = [_pattern(owner, one, index, len(given)) for index, one in enumerate(given)]
    names = [name for pattern in patterns for name in pattern.groups]
    if len(set(names)) < len(names):
        raise MatcherError(f"Matcher '{owner}': a property is set by two patterns.")
    if "message" not in names:
        raise MatcherError(f"Matcher '{owner}': at least one pattern must set 'message'.")
    return Matcher(owner, severity, str(entry.get("fromPath") or ""), patterns)


def _pattern(owner: str, given: Any, index: int, count: int) -> Pattern:
    if not isinstance(given, Mapping):
        raise MatcherError(f"Matcher '{owner}': a pattern must be a mapping.")
    try:
        regex = re.compile(re.sub(r"\(\?<(?![=!])", "(?P<", str(given.get("regexp") or "")), re.ASCII)
    except re.error as error:
        raise MatcherError(f"Matcher '{owner}': wrong regular expression '{given.get('regexp')}': {error}") from error
    groups = {name: given[name] for name in PROPERTIES if given.get(name) is not None}
    for name, group in groups.items():
        if isinstance(group, bool) or not isinstance(group, int) or not 0 <= group <= regex.groups:
            raise MatcherError(f"Matcher '{owner}': '{name}' must be the number of a group of the expression.")
    loop = bool(given.get("loop"))
    if loop and (index == 0 or index < count - 1):
        raise MatcherError(f"Matcher '{owner}': only the last of several patterns may loop.")
    if loop and "message" not in groups:
        raise MatcherError(f"Matcher '{owner}': a pattern that loops must set 'message'.")
    return Pattern(regex, groups, loop)
