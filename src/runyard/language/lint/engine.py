"""`lint`: run the rules over the files of a repository."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import cast

from runyard.language.diagnostics import Severity
from runyard.language.lint.config import Config, read_config
from runyard.language.lint.finding import Finding
from runyard.language.lint.project import Project
from runyard.language.lint.registry import RULES
from runyard.language.lint.rule import Rule
from runyard.language.lint.suppress import unsuppressed
from runyard.language.reader.collection import uncollected

NO_SETTINGS = Config()
MOST_FINDINGS = 1000
"""So many findings of one rule in one file are reported."""


def lint(
    files: Mapping[str, str],
    *,
    config: Config = NO_SETTINGS,
    is_whole: bool = False,
    rules: Sequence[Rule] = RULES,
) -> tuple[Finding, ...]:
    """Check files together: workflows, action metadata, and the repository's own settings among them.

    `files` are texts by path, relative to the repository, with `/`. `config` comes before the settings found in
    `files`. `is_whole`: these are all files of the repository, so that what is not here does not exist. The answer is
    in order of path, line, column. Never raises; time is linear in the size of the files.
    """
    with uncollected():
        return _lint(files, config, rules, is_whole=is_whole)


def _lint(files: Mapping[str, str], config: Config, rules: Sequence[Rule], *, is_whole: bool) -> tuple[Finding, ...]:
    own, findings = read_config(files, frozenset(rule.name for rule in rules))
    config = own.merged(config)
    checked = {path: text for path, text in files.items() if not config.ignores(path)}
    project = Project(checked, config=config, is_whole=is_whole)
    for rule in rules:
        level = config.rules.get(rule.name, rule.severity if rule.default else "off")
        if level != "off":
            findings += _with_level(rule.check(project), rule, cast("Severity", level))
    return tuple(_bounded(sorted(_kept(findings, checked), key=_order)))


def _with_level(findings: Iterable[Finding], rule: Rule, level: Severity) -> Iterator[Finding]:
    """The findings, with the severity that the settings give the rule."""
    for finding in findings:
        yield finding if level == rule.severity else replace(finding, severity=level)


def _kept(findings: Iterable[Finding], files: Mapping[str, str]) -> Iterator[Finding]:
    """Each finding once, without those that a comment silences."""
    by_path: dict[str, dict[tuple[int, int, str], Finding]] = {}
    for finding in findings:
        by_path.setdefault(finding.path, {}).setdefault((finding.line, finding.column, finding.message), finding)
    for path, found in by_path.items():
        yield from unsuppressed(found.values(), files.get(path, ""))


def _bounded(findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings, the first ones of each rule and file; one more says that there are others."""
    counts: Counter[tuple[str, str]] = Counter()
    for finding in findings:
        counts[finding.path, finding.rule] += 1
        count = counts[finding.path, finding.rule]
        if count <= MOST_FINDINGS:
            yield finding
        elif count == MOST_FINDINGS + 1:
            message = f"There are more findings of this rule in this file: only the first {MOST_FINDINGS} are shown"
            yield replace(finding, end_column=0, message=message, hint="", fix=None, code="more-findings")


def _order(finding: Finding) -> tuple[str, int, int, str, str]:
    return finding.path, finding.line, finding.column, finding.rule, finding.message
