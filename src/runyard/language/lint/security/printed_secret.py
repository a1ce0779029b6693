"""Secrets that a script prints."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator

from runyard.language.lint.document import Document
from runyard.language.lint.finding import Finding
from runyard.language.lint.project import Project
from runyard.language.lint.rule import Rule
from runyard.language.lint.security.embedded import blanked, embedded
from runyard.language.lint.security.scripts import Code, all_steps, code_of
from runyard.language.lint.security.secret_use import carries_secret, secret_in_variable

_PRINT = re.compile(
    r"(?:^|[;&|({]|\bthen\b|\bdo\b)[ \t]*(?P<command>echo|printf|print|Write-Host|Write-Output)\b(?P<rest>[^\n;&]*)",
    re.M,
)
_PRINT_IN_CODE = re.compile(
    r"\b(?P<command>console\.(?:log|error|info|warn)|core\.(?:info|notice|warning))(?P<rest>\([^\n]*)"
)
_STOP = re.compile(r"[|>]|::add-mask::|\n")
"""What keeps the text of a command out of the log, or the end of its line."""
_VARIABLE = re.compile(r"\$(?:env:|\{)?(?P<name>[A-Za-z_]\w*)|process\.env\.(?P<js>\w+)", re.I)


def check(project: Project) -> Iterator[Finding]:
    for file, step in all_steps(project):
        for code in code_of(step):
            yield from _in_code(file, code)


def _in_code(file: Document, code: Code) -> Iterator[Finding]:
    script = code.node.source
    parts = [part for part in embedded(script) if carries_secret(part)]
    starts = [part.start for part in parts]
    stops = [match.start() for match in _STOP.finditer(blanked(script))]
    for match in (*_PRINT.finditer(script), *_PRINT_IN_CODE.finditer(script)):
        start, end = match.start("command"), match.end("rest")
        stop = bisect_left(stops, match.start("rest"))
        if stop < len(stops) and script[stops[stop]] != "\n":
            continue
        printed = [part.source for part in parts[bisect_left(starts, start) : bisect_left(starts, end)]]
        printed += _variables(file, code, match["rest"])
        if printed:
            yield RULE.found(
                file,
                file.place(code.node, start),
                f"'{match['command']}' prints {printed[0]}: masks hide only its exact text, "
                "and logs are read by everybody who can read the repository",
                hint='Do not print it. To see whether it is set, test it: `[ -n "$NAME" ] && echo set`.',
                length=end - start,
            )


def _variables(file: Document, code: Code, text: str) -> Iterator[str]:
    """The variables in a command that hold a secret."""
    for match in _VARIABLE.finditer(text):
        name = match["name"] or match["js"]
        held = secret_in_variable(code.step, file, name)
        if held is not None:
            yield f"{name} ({held})"


RULE = Rule("printed-secret", "error", "Scripts do not print secrets.", check)
