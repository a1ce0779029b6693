"""What a rule finds."""

from __future__ import annotations

from bisect import bisect_left, insort
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
    taken: list[Edit] = []
    for finding in findings:
        if finding.fix is not None and not any(_overlaps(edit, taken) for edit in finding.fix.edits):
            for edit in finding.fix.edits:
                insort(taken, edit, key=_start)
    parts: list[str] = []
    index = 0
    for edit in taken:
        parts += (text[index : edit.start], edit.replacement)
        index = edit.end
    return "".join((*parts, text[index:]))


def _overlaps(edit: Edit, taken: list[Edit]) -> bool:
    """Whether an edit meets one that is taken; those do not overlap and are in order, so its neighbours tell."""
    after = bisect_left(taken, edit.start, key=_start)
    neighbours = taken[max(after - 1, 0) : after + 1]
    return any((edit.start < other.end and other.start < edit.end) or edit.start == other.start for other in neighbours)


def _start(edit: Edit) -> int:
    return edit.start
