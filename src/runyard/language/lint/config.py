"""The settings of a repository for `lint`.

`.runyard/lint.yml` holds `rules` (name: off, error, warning or information), `labels` of self-hosted runners (with
`*` and `?`), `ignore` (path patterns of files that are not checked). Labels in `.github/actionlint.yaml` count too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, get_args

from runyard.language.convert.values import entries_of, value_of
from runyard.language.diagnostics import Placed, Problems, Severity
from runyard.language.globs import match_pattern
from runyard.language.limits import DEFAULT_LIMITS
from runyard.language.lint.finding import Finding
from runyard.language.reader.nodes import MappingNode
from runyard.language.reader.yaml_reader import read_yaml

PATHS = (".runyard/lint.yml", ".runyard/lint.yaml")
OTHER_LINTER_PATHS = (".github/actionlint.yaml", ".github/actionlint.yml")
_KEYS = ("rules", "labels", "ignore")
_LEVELS = ("off", *get_args(Severity))


@dataclass(frozen=True, slots=True)
class Config:
    """Settings. `rules` gives a severity or `off` by rule name; what is not named keeps its default."""

    rules: Mapping[str, str] = field(default_factory=dict)
    labels: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def ignores(self, path: str) -> bool:
        """Whether a file is not to be checked."""
        return bool(self.ignore) and match_pattern(self.ignore, path)

    def knows_label(self, label: str) -> bool:
        """Whether a runner label is one of the repository's own."""
        return any(fnmatchcase(label.lower(), pattern.lower()) for pattern in self.labels)

    def merged(self, other: Config) -> Config:
        """Both settings; where both name a rule, the other ones count."""
        return Config({**self.rules, **other.rules}, self.labels + other.labels, self.ignore + other.ignore)


def read_config(files: Mapping[str, str], known_rules: frozenset[str]) -> tuple[Config, list[Finding]]:
    """The settings in a repository's files, and what is wrong in them (rule `config`)."""
    config, findings = Config(), []
    for path in PATHS:
        if path in files:
            found, problems = _read_own(path, files[path], known_rules)
            config = config.merged(found)
            findings += problems
    for path in OTHER_LINTER_PATHS:
        if path in files:
            config = config.merged(_read_other(path, files[path]))
    return config, findings


def _read_own(path: str, text: str, known_rules: frozenset[str]) -> tuple[Config, list[Finding]]:
    problems = Problems(path)
    root = read_yaml(text, problems, DEFAULT_LIMITS)
    findings = [_finding(path, each, each.message) for each in problems.found]
    if not isinstance(root, MappingNode):
        return Config(), findings if root is None else [_finding(path, root, "Expected a mapping")]
    findings += [
        _finding(path, key, f"Unexpected value '{name}'") for key, name, _ in entries_of(root) if name not in _KEYS
    ]
    fields = root.fields()
    rules: dict[str, str] = {}
    for key, name, node in entries_of(fields.get("rules")):
        value = value_of(node)
        level = "off" if value is False else value
        if name not in known_rules:
            findings.append(_finding(path, key, f"There is no rule '{name}'"))
        elif level not in _LEVELS:
            findings.append(_finding(path, node, f"Unexpected value '{value}'. Expected {', '.join(_LEVELS)}"))
        else:
            rules[name] = level
    return Config(rules, _words(value_of(fields.get("labels"))), _words(value_of(fields.get("ignore")))), findings


def _read_other(path: str, text: str) -> Config:
    value = value_of(read_yaml(text, Problems(path), DEFAULT_LIMITS))
    runner = value.get("self-hosted-runner") if isinstance(value, dict) else None
    return Config(labels=_words(runner.get("labels") if isinstance(runner, dict) else None))


def _words(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, tuple) else ()


def _finding(path: str, at: Placed, message: str) -> Finding:
    return Finding(path, at.line, at.column, 0, "config", "error", message)
