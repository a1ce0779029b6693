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
        silenced = whole | by_line.get(finding.line, frozenset())
        if not silenced & {finding.rule, _EVERY}:
            yield finding


def _read(text: str) -> tuple[frozenset[str], dict[int, frozenset[str]]]:
    """Rules silenced in the whole file, and those silenced by line number."""
    whole: frozenset[str] = frozenset()
    by_line: dict[int, frozenset[str]] = {}
    pending: frozenset[str] = frozenset()
    for number, line in enumerate(text.split("\n"), 1):
        comment = _COMMENT.search(line) if _MARK in line else None
        if comment is None:
            if pending:
                by_line[number] = by_line.get(number, frozenset()) | pending
                pending = frozenset()
            continue
        names = frozenset(filter(None, (name.strip() for name in (comment["rules"] or _EVERY).split(","))))
        if comment["file"]:
            whole |= names
        elif line.lstrip().startswith("#"):
            pending |= names
        else:
            by_line[number] = names | pending
            pending = frozenset()
    return whole, by_line
