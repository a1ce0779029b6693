"""Secrets written into the text of a script."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from runyard.language.lint.document import Document
from runyard.language.lint.finding import Finding
from runyard.language.lint.project import Project
from runyard.language.lint.rule import Rule
from runyard.language.lint.security.embedded import embedded
from runyard.language.lint.security.into_env import move_into_env, variable_name
from runyard.language.lint.security.scripts import Code, all_steps, code_of
from runyard.language.lint.security.secret_use import carries_secret

_MOST = 50


def check(project: Project) -> Iterator[Finding]:
    for file, step in all_steps(project):
        for code in code_of(step):
            yield from _in_code(file, code)


def _in_code(file: Document, code: Code) -> Iterator[Finding]:
    parts = list(islice(filter(carries_secret, embedded(code.node.source)), _MOST))
    fix, moved = move_into_env(file, code, parts)
    for part in parts:
        name = variable_name(part.path)
        yield RULE.found(
            file,
            file.place(code.node, code.node.source.find(part.source, part.start)),
            f"'{part.source}' is written into {code.what}: it stands in a file and in the process list, "
            "and characters in it can change the command",
            hint=f"Pass it through env: `{name}: ${{{{ {part.source} }}}}` under `env` of the step.",
            length=len(part.source),
            fix=fix if part in moved else None,
        )


RULE = Rule("secret-in-script", "warning", "Secrets reach scripts through env, not in their text.", check)
