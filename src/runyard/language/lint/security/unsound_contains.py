"""`contains` on a text where a list is meant."""

from __future__ import annotations

import re
from collections.abc import Iterator

from runyard.language.expressions.tree import Function, Literal, walk
from runyard.language.lint.finding import Finding
from runyard.language.lint.project import Project
from runyard.language.lint.rule import Rule
from runyard.language.lint.security.conditions import all_conditions
from runyard.language.lint.security.sources import Path, context_path, outsider_path, spelled

_CHOSEN = frozenset({("github", "ref"), ("github", "ref_name"), ("github", "base_ref"), ("github", "actor")})


def check(project: Project) -> Iterator[Finding]:
    for found in all_conditions(project):
        for node in walk(found.expression.node):
            if not isinstance(node, Function) or node.name.lower() != "contains" or len(node.arguments) != 2:
                continue
            whole, path = node.arguments[0], context_path(node.arguments[1])
            if isinstance(whole, Literal) and isinstance(whole.value, str) and path is not None and _is_chosen(path):
                yield RULE.found(
                    found.file,
                    found.file.place(found.node, found.expression.start),
                    f"contains('{whole.value}', {spelled(path)}) is true for every part of that text, "
                    f"such as '{_part(whole.value)}'",
                    hint=f'Ask a list: `contains(fromJSON(\'["…", "…"]\'), {spelled(path)})`.',
                )


def _is_chosen(path: Path) -> bool:
    return path in _CHOSEN or outsider_path(path) or path[0] == "inputs"


def _part(text: str) -> str:
    """A part of the text that nobody meant."""
    return re.split(r"[\s,;|]+", text.strip())[0][:-1] or text


RULE = Rule("unsound-contains", "warning", "contains() looks into lists where a list is meant.", check)
