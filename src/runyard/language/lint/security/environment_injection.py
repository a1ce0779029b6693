"""Text from outside in the environment or path of all later steps."""

from __future__ import annotations

import re
from collections.abc import Iterator

from runyard.language.lint.finding import Finding
from runyard.language.lint.project import Project
from runyard.language.lint.rule import Rule
from runyard.language.lint.security.embedded import embedded
from runyard.language.lint.security.scripts import Code, all_steps, code_of
from runyard.language.lint.security.sources import SEVERITIES
from runyard.language.lint.security.taint import Flows, Place, Tainted, flows_of

_WRITES = re.compile(
    r"(?:>>?|\b(?:tee|Out-File|Add-Content)\b[^\n|;&]{0,200})\s*[\"']?(?:\$\{?|\$env:|\$\{\{\s*github\.|%)"
    r"(?P<file>GITHUB_ENV|GITHUB_PATH|env|path)\b",
    re.I,
)
_LONGEST_GROUP = 5000
_VARIABLE = re.compile(r"\$(?:env:|\{)?(?P<name>[A-Za-z_]\w*)")


def check(project: Project) -> Iterator[Finding]:
    flows = flows_of(project)
    for file, step in all_steps(project):
        for code in code_of(step):
            for start, end, target in _writes(code):
                tainted = _tainted(flows, Place(file, step.job, step), code.node.source[start:end])
                if tainted is not None:
                    yield RULE.found(
                        file,
                        file.place(code.node, start),
                        f"'{tainted.origin}' is written to {target}: with a line break in it, "
                        "it sets any variable of all later steps, such as LD_PRELOAD",
                        hint="Write it to GITHUB_OUTPUT and read `steps.<id>.outputs`, or write only what you checked.",
                        severity=SEVERITIES[tainted.who],
                    )


def _writes(code: Code) -> Iterator[tuple[int, int, str]]:
    """The lines that write to the files of the environment: start, end, name of the file."""
    script = code.node.source
    if "GITHUB_" not in script.upper():
        return
    done = -1
    for match in _WRITES.finditer(script):
        if match.start() < done:
            continue
        start = script.rfind("\n", 0, match.start()) + 1
        end = script.find("\n", match.end())
        end = done = len(script) if end < 0 else end
        if script[start : match.start()].strip() == "}":
            opening = script.rfind("{", max(0, start - _LONGEST_GROUP), start)
            start = start if opening < 0 else opening
        name = match["file"].upper()
        line = script[start:end]
        content = start + len(line) - len(line.lstrip())
        yield content, end, name if name.startswith("GITHUB") else f"GITHUB_{name}"


def _tainted(flows: Flows, place: Place, text: str) -> Tainted | None:
    found = (flows.of_expression(part, place) for part in embedded(text))
    by_name = (flows.of_variable(match["name"], place) for match in _VARIABLE.finditer(text))
    return next((each for each in (*found, *by_name) if each is not None), None)


RULE = Rule(
    "environment-injection", "error", "Text that outsiders choose is not written to GITHUB_ENV or GITHUB_PATH.", check
)
