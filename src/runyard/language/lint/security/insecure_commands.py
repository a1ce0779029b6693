"""Workflow commands that were switched off because output can forge them."""

from __future__ import annotations

from collections.abc import Iterator

from runyard.language.convert.values import entries_of
from runyard.language.lint.document import Document, Workflow, source_of
from runyard.language.lint.finding import Finding
from runyard.language.lint.project import Project
from runyard.language.lint.rule import Rule
from runyard.language.lint.security.scripts import steps_of
from runyard.language.reader.nodes import Node

_NAME = "ACTIONS_ALLOW_UNSECURE_COMMANDS"


def check(project: Project) -> Iterator[Finding]:
    for file in project.documents:
        for env in _environments(file):
            for key, name, value in entries_of(env):
                if name.upper() == _NAME and source_of(value).lower() not in ("", "false"):
                    yield RULE.found(
                        file,
                        key,
                        f"{_NAME} lets everything that a step prints set variables and paths of later steps",
                        hint="Remove it; instead of `::set-env` and `::add-path` write to GITHUB_ENV and GITHUB_PATH.",
                        length=len(name),
                    )


def _environments(file: Document) -> Iterator[Node | None]:
    yield file.fields.get("env")
    for job in file.jobs if isinstance(file, Workflow) else ():
        yield job.fields.get("env")
    for step in steps_of(file):
        yield step.fields.get("env")


RULE = Rule("insecure-commands", "error", "Workflow commands that output can forge stay switched off.", check)
