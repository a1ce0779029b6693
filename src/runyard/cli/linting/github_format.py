"""Findings as workflow commands: a run that prints them shows them as annotations."""

from __future__ import annotations

from collections.abc import Iterator

from runyard.cli.linting.report import Report, printable
from runyard.language.lint.finding import Finding

_COMMANDS = {"error": "error", "warning": "warning", "information": "notice"}
_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY = {**_DATA, ":": "%3A", ",": "%2C"}


def as_commands(report: Report) -> Iterator[str]:
    """`::error file=…,line=…,col=…,endColumn=…,title=…::message` for each finding."""
    for finding in report.findings:
        yield _annotation(report.name(finding), finding)


def _annotation(name: str, finding: Finding) -> str:
    properties = {"file": name}
    if finding.line:
        properties |= {"line": str(finding.line), "col": str(finding.column)}
        if finding.end_column:
            properties["endColumn"] = str(finding.end_column)
    properties["title"] = finding.rule
    given = ",".join(f"{key}={_escaped(value, _PROPERTY)}" for key, value in properties.items())
    message = f"{finding.message}\n{finding.hint}" if finding.hint else finding.message
    return f"::{_COMMANDS[finding.severity]} {given}::{_escaped(printable(message), _DATA)}"


def _escaped(text: str, table: dict[str, str]) -> str:
    return "".join(table.get(character, character) for character in text)
