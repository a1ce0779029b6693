"""Text from outside that becomes part of a script."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from runyard.language.lint.document import Document
from runyard.language.lint.finding import Finding
from runyard.language.lint.project import Project
from runyard.language.lint.rule import Rule
from runyard.language.lint.security.embedded import Embedded, embedded
from runyard.language.lint.security.into_env import move_into_env, variable_name
from runyard.language.lint.security.scripts import Code, all_steps, code_of
from runyard.language.lint.security.sources import SEVERITIES, Who
from runyard.language.lint.security.taint import Place, Tainted, flows_of

_CHOOSER: dict[Who, str] = {
    "outsider": "anybody outside can choose",
    "caller": "the caller chooses",
    "starter": "whoever starts the workflow chooses",
}


_MOST = 50
"""So many expressions of one script are reported."""


def check(project: Project) -> Iterator[Finding]:
    flows = flows_of(project)
    for file, step in all_steps(project):
        for code in code_of(step):
            place = Place(file, step.job, step)
            found = ((part, flows.of_expression(part, place)) for part in embedded(code.node.source))
            tainted = ((part, origin) for part, origin in found if origin is not None)
            yield from _findings(file, code, list(islice(tainted, _MOST)))


def _findings(file: Document, code: Code, found: list[tuple[Embedded, Tainted]]) -> Iterator[Finding]:
    fix, moved = move_into_env(file, code, [part for part, _ in found])
    for part, tainted in found:
        way = part.source if part.path else tainted.via
        through = f" (through '{way}')" if tainted.via and tainted.via != tainted.origin else ""
        message = (
            f"'{tainted.origin}'{through} is text that {_CHOOSER[tainted.who]}, "
            f"and here it becomes part of {code.what}: it can run any command"
        )
        offset = code.node.source.find(part.source, part.start)
        yield RULE.found(
            file,
            file.place(code.node, offset),
            message,
            hint=_hint(code, part),
            severity=SEVERITIES[tainted.who],
            length=0 if "\n" in part.source else len(part.source),
            fix=fix if part in moved else None,
        )


def _hint(code: Code, part: Embedded) -> str:
    path = part.path
    name = variable_name(path)
    if path is not None and path[0] == "env" and "run" in code.step.fields:
        return f'Read the variable in the script: "${part.source.partition(".")[2]}" (quoted).'
    read = f"process.env.{name}" if "github-script@" in code.step.uses else f'"${name}" (quoted)'
    if "run" not in code.step.fields and "github-script@" not in code.step.uses:
        return "Pass it in a way that the action does not read as code, or check it first in a step of its own."
    return f"Pass it through env: `{name}: ${{{{ {part.source} }}}}` under `env` of the step, and {read} in the script."


RULE = Rule("template-injection", "error", "Text that outsiders choose does not become part of a script.", check)
