"""Passwords of container registries that stand in the file."""

from __future__ import annotations

from collections.abc import Iterator

from runyard.language.convert.values import entries_of, fields_of
from runyard.language.lint.document import Document
from runyard.language.lint.finding import Finding
from runyard.language.lint.project import Project
from runyard.language.lint.rule import Rule
from runyard.language.reader.nodes import Node, ScalarNode


def _check(project: Project) -> Iterator[Finding]:
    for workflow in project.workflows:
        for job in workflow.jobs:
            yield from _container(workflow, "container", job.fields.get("container"))
            for _, name, service in entries_of(job.fields.get("services")):
                yield from _container(workflow, f"service '{name}'", service)


def _container(document: Document, what: str, node: Node | None) -> Iterator[Finding]:
    password = fields_of(fields_of(node).get("credentials")).get("password")
    if isinstance(password, ScalarNode) and "${{" not in password.source:
        message = f"The password of the {what} is written into the file"
        hint = "Store it as a secret and use ${{ secrets.NAME }}. Whoever can read the repository knows this one."
        yield RULE.found(document, password, message, hint=hint, length=len(password.source), code="plain-password")


RULE = Rule("credentials", "error", "Passwords of container registries come from secrets.", _check)
