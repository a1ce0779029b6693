"""Comments that silence rules.

`# runyard-lint: ignore[rule, other]` holds for its own line, or, alone on its line, for the next line that is not
such a comment; `ignore` without brackets means every rule; `ignore-file[…]` holds for the whole file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from runyard.language.lint.finding import Finding

_MARK = "runyard-lint:"
_COMMENT = re.compile(r"#\s*runyard-lint:\s*ignore(?P<file>-file)?\s*(?:\[(?P<rules>[^\]\n]*)\])?")
_EVERY = "*"


def unsuppressed(findings: Iterable[Finding], text: str) -> Iterator[Finding]:
    """The findings of one file that no comment in its text silences."""
    if _MARK not in text:
        yield from findings
        return
    whole, by_line = _read(text)
    for finding in findings:
        names = {finding.rule, _EVERY}
        if whole.isdisjoint(names) and by_line.get(finding.line, set()).isdisjoint(names):
            yield finding


def _read(text: str) -> tuple[set[str], dict[int, set[str]]]:
    """Rules silenced in the whole file, and those silenced by line number."""
    whole: set[str] = set()
    by_line: dict[int, set[str]] = {}
    pending: set[str] = set()
    for number, line in enumerate(text.split("\n"), 1):
        comment = _COMMENT.search(line) if _MARK in line else None
        names = set() if comment is None else _names(comment["rules"])
        if comment is not None and comment["file"]:
            whole |= names
        elif comment is not None and line.lstrip().startswith("#"):
            pending |= names
        elif names or pending:
            by_line[number] = names | pending
            pending = set()
    return whole, by_line


def _names(rules: str | None) -> set[str]:
    return {name.strip() for name in (rules or _EVERY).split(",") if name.strip()}
