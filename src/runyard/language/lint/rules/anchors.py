"""YAML anchors that nothing refers to."""

from __future__ import annotations

from collections.abc import Iterator

from runyard.language.lint.document import Document
from runyard.language.lint.finding import Finding
from runyard.language.lint.project import Project
from runyard.language.lint.rule import Rule
from runyard.language.model import Position
from runyard.language.reader.yaml_reader import anchors_of


def _check(project: Project) -> Iterator[Finding]:
    for document in project.documents:
        if "&" in document.text and document.raw is not None:
            yield from _unused(document)


def _unused(document: Document) -> Iterator[Finding]:
    for name, line, column, is_used in anchors_of(document.text):
        if not is_used:
            message = f"The anchor '{name}' is never used"
            yield RULE.found(document, Position(line, column), message, length=len(name) + 1, code="unused-anchor")


RULE = Rule("unused-anchor", "warning", "YAML anchors are used.", _check)
