"""The fix of an injection: the value goes into `env` of the step, the script reads the variable."""

from __future__ import annotations

import re
from functools import lru_cache

from runyard.language.convert.values import fields_of
from runyard.language.lint.document import Document
from runyard.language.lint.finding import Edit, Fix
from runyard.language.lint.security.edits import add_to_env, replace_part
from runyard.language.lint.security.embedded import Embedded, blanked
from runyard.language.lint.security.scripts import Code, shell_of
from runyard.language.lint.security.shell_text import runs_text, substitutes
from runyard.language.lint.security.sources import Path
from runyard.language.reader.nodes import ScalarNode

_UNSAFE_IN_YAML = re.compile(r": |:$| #|\n")
_VAGUE = frozenset({"github", "event", "*", "outputs", "secrets", "env"})
_TAKEN = frozenset({"CI", "HOME", "IFS", "PATH", "PWD", "SHELL", "USER"})
_WORD = re.compile(r"\w+")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ALIAS = re.compile(r"(?:^|[\s\[{,:-])\*[\w-]+[ \t]*(?:[\]},#]|$)", re.M)
_NAME_PARTS = 3
_MOST_NAMES = 100


def move_into_env(file: Document, code: Code, parts: list[Embedded]) -> tuple[Fix | None, list[Embedded]]:
    """Move expressions of a shell script into `env`: the fix, and those that it moves.

    What would not certainly leave the script's meaning stays where it is.
    """
    script = code.node.source
    if not parts or "run" not in code.step.fields or not shell_of(code.step, file) or runs_text(script):
        return None, []
    if _has_alias(file.text):
        return None, []  # what is changed in one place may be used in another
    names = _Names(code)
    edits: list[Edit] = []
    moved: list[Embedded] = []
    for part, form in zip(parts, substitutes(script, [(part.start, part.end) for part in parts]), strict=True):
        name = names.of(part) if form else None
        edit = form and name and replace_part(file, code.node, part.start, part.end, form.format(name))
        if edit:
            edits.append(edit)
            moved.append(part)
    used = {edit.replacement.strip('"${}') for edit in edits}
    lines = [f"{name}: ${{{{ {source} }}}}" for source, name in names.added.items() if name in used]
    if lines:
        added = add_to_env(file, code.step, lines)
        if added is None:
            return None, []
        edits.append(added)
    return (Fix("Passed the value through env.", tuple(edits)) if edits else None), moved


@lru_cache(maxsize=4)
def _has_alias(text: str) -> bool:
    return _ALIAS.search(text) is not None


class _Names:
    """Variables for expressions. Those that the step's `env` already has are used."""

    def __init__(self, code: Code) -> None:
        self._words = frozenset(_WORD.findall(blanked(code.node.source)))
        self._given = {
            name: value.source.strip()
            for name, value in fields_of(code.step.fields.get("env")).items()
            if isinstance(value, ScalarNode)
        }
        self.added: dict[str, str] = {}

    def of(self, part: Embedded) -> str | None:
        """The variable for an expression; None when it cannot be moved."""
        path = part.path
        if path is not None and path[0] == "env":
            name = part.source.partition(".")[2]
            return name if _VARIABLE.fullmatch(name) else None
        if _UNSAFE_IN_YAML.search(part.source) or any(leaf[0] == "env" for leaf, _ in part.carried):
            return None
        if part.source in self.added:
            return self.added[part.source]
        for name, value in self._given.items():
            if value == f"${{{{ {part.source} }}}}":
                return name
        return self._add(part.source, variable_name(path))

    def _add(self, source: str, wanted: str) -> str | None:
        for number in range(1, _MOST_NAMES):
            name = wanted if number == 1 else f"{wanted}_{number}"
            if name not in self._given and name not in self.added.values() and name not in self._words:
                self.added[source] = name
                return name
        return None


def variable_name(path: Path | None) -> str:
    """A name for the value at a path: `github.event.issue.title` is ISSUE_TITLE."""
    parts = [part for part in path or () if part not in _VAGUE] or ["value"]
    if parts[0] == "inputs":
        parts[0] = "input"
    name = re.sub(r"[^A-Z0-9]+", "_", "_".join(parts[-_NAME_PARTS:]).upper()).strip("_")
    return f"VALUE_{name}" if not name or name[0].isdigit() or name in _TAKEN else name
