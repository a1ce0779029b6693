"""What a rule finds."""

from __future__ import annotations

from dataclasses import dataclass

from runyard.language.diagnostics import Severity


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace what stands from `start` up to `end` (offsets in code points of the file's text, BOM included)."""

    start: int
    end: int
    replacement: str


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits of one file that belong together, never change what a correct workflow does, and do not overlap."""

    description: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. `line` and `column` are 1-based, in code points; (0, 0) is the whole file.

    `end_column` is behind the last character on that line, 0 where the end is not known. `rule` is the name of the
    rule, `code` tells apart what a rule can find where that matters to tools. `hint` says what to do, `fix` does it.
    """

    path: str
    line: int
    column: int
    end_column: int
    rule: str
    severity: Severity
    message: str
    hint: str = ""
    fix: Fix | None = None
    code: str = ""

    def __str__(self) -> str:
        """`file:line:column: message [rule]`."""
        return f"{self.path}:{self.line}:{self.column}: {self.message} [{self.rule}]"


def apply_fixes(text: str, findings: tuple[Finding, ...] | list[Finding]) -> str:
    """The text with every fix applied; of fixes that overlap, the first one."""
    edits: list[Edit] = []
    for finding in findings:
        if finding.fix is not None and not any(_overlap(edit, taken) for edit in finding.fix.edits for taken in edits):
            edits.extend(finding.fix.edits)
    for edit in sorted(edits, key=lambda edit: edit.start, reverse=True):
        text = text[: edit.start] + edit.replacement + text[edit.end :]
    return text


def _overlap(one: Edit, other: Edit) -> bool:
    return (one.start < other.end and other.start < one.end) or one.start == other.start
