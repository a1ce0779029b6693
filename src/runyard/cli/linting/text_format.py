"""Findings for people: message, source line with a caret, hint."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator

import click

from runyard.cli.linting.report import SEVERITIES, Report, printable
from runyard.cli.style import dim
from runyard.language.lint.finding import Finding

_COLOURS = {"error": "red", "warning": "yellow", "information": "blue"}
_LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_WIDTH = 150
_BEFORE = 60


def text(report: Report) -> Iterator[str]:
    """The lines to print."""
    lines: dict[str, list[str]] = {}
    for finding in report.findings:
        if finding.path not in lines:
            lines[finding.path] = _LINE_BREAK.split(report.texts.get(finding.path, "").removeprefix("\ufeff"))
        yield from _finding(report.name(finding), finding, lines[finding.path])
    yield _summary(report)


def _finding(name: str, finding: Finding, lines: list[str]) -> Iterator[str]:
    place = f":{finding.line}:{finding.column}" if finding.line else ""
    word = click.style(finding.severity, fg=_COLOURS[finding.severity], bold=True)
    message = click.style(printable(finding.message), bold=True)
    yield f"{name}{place}: {word}: {message} {dim(f'[{finding.rule}]')}"
    if 0 < finding.line <= len(lines):
        yield from _source(finding, printable(lines[finding.line - 1]))
    if finding.hint:
        yield f"  {dim('=')} {printable(finding.hint)}"
    yield ""


def _source(finding: Finding, line: str) -> Iterator[str]:
    """The line and the mark below it; of a very long line only the part around the mark."""
    start = min(max(finding.column - 1, 0), len(line))
    end = max(start + 1, finding.end_column - 1)
    skipped = start - _BEFORE if len(line) > _WIDTH and start > _BEFORE else 0
    part = line[skipped : skipped + _WIDTH]
    number = str(finding.line)
    gutter = dim(" " * len(number) + " |")
    indent = "".join(" " * _cells(character) if character != "\t" else "\t" for character in part[: start - skipped])
    marked = sum(map(_cells, part[start - skipped : end - skipped]))
    mark = click.style("^" + "~" * (marked - 1), fg=_COLOURS[finding.severity])
    yield gutter
    yield f"{dim(number + ' |')} {part}"
    yield f"{gutter} {indent}{mark}"


def _cells(character: str) -> int:
    """How many cells of a terminal a character takes."""
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _summary(report: Report) -> str:
    counts = Counter[str](finding.severity for finding in report.findings)
    plural = {"error": "errors", "warning": "warnings", "information": "notes"}
    single = {"error": "error", "warning": "warning", "information": "note"}
    parts = [f"{counts[name]} {(single if counts[name] == 1 else plural)[name]}" for name in SEVERITIES if counts[name]]
    where = f"in {report.files} file{'s' if report.files != 1 else ''}"
    colour = _COLOURS[next((name for name in SEVERITIES if counts[name]), "information")] if parts else "green"
    line = click.style(f"{', '.join(parts) or 'Nothing found'} {where}", fg=colour)
    more = []
    fixes = sum(finding.fix is not None for finding in report.findings)
    if fixes:
        more.append(f"--fix repairs {fixes}")
    if report.hidden:
        more.append(f"--severity info shows {report.hidden} more")
    return line + dim(f" ({'; '.join(more)})" if more else "") + "."
