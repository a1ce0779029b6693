"""Workflow commands in scripts that are deprecated or switched off."""

from __future__ import annotations

import re
from collections.abc import Iterator

from runyard.language.lint.finding import Finding
from runyard.language.lint.project import Project
from runyard.language.lint.rule import Rule
from runyard.language.lint.rules.uses import steps_of
from runyard.language.reader.nodes import ScalarNode

_COMMAND = re.compile(r"::(?:(set-output|save-state|set-env)\s+name=[^:\n]+::|(add-path)::)")
_INSTEAD = {
    "set-output": 'echo "{name}={value}" >> "$GITHUB_OUTPUT"',
    "save-state": 'echo "{name}={value}" >> "$GITHUB_STATE"',
    "set-env": 'echo "{name}={value}" >> "$GITHUB_ENV"',
    "add-path": 'echo "{path}" >> "$GITHUB_PATH"',
}
_OFF = ("set-env", "add-path")


def _check(project: Project) -> Iterator[Finding]:
    for document, step in steps_of(project):
        script = step.fields.get("run")
        if not isinstance(script, ScalarNode) or "::" not in script.source:
            continue
        for found in _COMMAND.finditer(script.source):
            name = found[1] or found[2]
            state = "disabled" if name in _OFF else "deprecated"
            message = f"The workflow command '{name}' is {state}"
            at = document.place(script, found.start())
            yield RULE.found(document, at, message, hint=f"Use: {_INSTEAD[name]}", code=f"{state}-command")


RULE = Rule("deprecated-command", "warning", "Scripts use environment files instead of old workflow commands.", _check)
