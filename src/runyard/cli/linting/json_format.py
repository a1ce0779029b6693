"""Findings for programs: a JSON list. Names and meanings of these members stay as they are."""

from __future__ import annotations

import json

from runyard.cli.linting.report import Report


def as_json(report: Report) -> str:
    """`[{file, line, column, end_column, severity, rule, code, message, hint, fixable}]`.

    Lines and columns count from 1 in code points, 0 means the whole file (or, for `end_column`, not known).
    """
    found = [
        {
            "file": report.name(finding),
            "line": finding.line,
            "column": finding.column,
            "end_column": finding.end_column,
            "severity": finding.severity,
            "rule": finding.rule,
            "code": finding.code,
            "message": finding.message,
            "hint": finding.hint,
            "fixable": finding.fix is not None,
        }
        for finding in report.findings
    ]
    return json.dumps(found, indent=2)
