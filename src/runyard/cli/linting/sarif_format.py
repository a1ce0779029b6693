"""Findings as SARIF 2.1.0, for code scanning and editors."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from runyard import __version__
from runyard.cli.linting.report import Report
from runyard.language.lint.finding import Finding
from runyard.language.lint.registry import RULES

_LEVELS = {"error": "error", "warning": "warning", "information": "note"}


def as_sarif(report: Report) -> str:
    """One SARIF log with one run."""
    rules = [_rule(rule.name, rule.severity, rule.summary) for rule in RULES]
    index = {rule.name: number for number, rule in enumerate(RULES)}
    driver = {"name": "runyard lint", "version": __version__, "semanticVersion": __version__, "rules": rules}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(report.name(finding), finding, index) for finding in report.findings],
    }
    log = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2)


def _rule(name: str, severity: str, summary: str) -> dict[str, Any]:
    return {
        "id": name,
        "name": "".join(part.capitalize() for part in name.split("-")),
        "shortDescription": {"text": summary},
        "help": {"text": f"See docs/lint/{name}.md in Runyard's documentation."},
        "defaultConfiguration": {"level": _LEVELS[severity]},
    }


def _result(name: str, finding: Finding, index: dict[str, int]) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": quote(name.replace("\\", "/"))}}
    if finding.line:
        place["region"] = {"startLine": finding.line, "startColumn": max(finding.column, 1)}
        if finding.end_column > finding.column:
            place["region"]["endColumn"] = finding.end_column
    text = f"{finding.message}. {finding.hint}" if finding.hint else finding.message
    result = {
        "ruleId": finding.rule,
        "level": _LEVELS[finding.severity],
        "message": {"text": text},
        "locations": [{"physicalLocation": place}],
    }
    return result | ({"ruleIndex": index[finding.rule]} if finding.rule in index else {})
