"""Findings as they are printed: what is shown, and in which form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from runyard.language.lint.finding import Finding

SEVERITIES = ("error", "warning", "information")
SHORT = {"info": "information"}


@dataclass(frozen=True)
class Report:
    """`findings` to print, in order; `texts` of files by path; `names` of files by path; `files`: how many were
    checked; `hidden`: how many findings are of less severity than was asked for.
    """

    findings: Sequence[Finding]
    texts: Mapping[str, str]
    names: Mapping[str, str]
    files: int
    hidden: int = 0

    def name(self, finding: Finding) -> str:
        """The name of a finding's file."""
        return printable(self.names.get(finding.path, finding.path))


def at_least(findings: Sequence[Finding], severity: str) -> list[Finding]:
    """The findings of a severity or a higher one."""
    wanted = SEVERITIES[: SEVERITIES.index(SHORT.get(severity, severity)) + 1]
    return [finding for finding in findings if finding.severity in wanted]


def printable(text: str) -> str:
    """Text without lone surrogates (bytes that were not UTF-8)."""
    return text.encode("utf-8", "replace").decode("utf-8")
