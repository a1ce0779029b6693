"""`timeout-minutes`: numbers that can be meant."""

from __future__ import annotations

from collections.abc import Iterator

from runyard.language.lint.document import Job
from runyard.language.lint.finding import Finding
from runyard.language.lint.project import Project
from runyard.language.lint.rule import Rule
from runyard.language.reader.nodes import Node, ScalarNode

_KEYS = ("timeout-minutes", "cancel-timeout-minutes")


def _check(project: Project) -> Iterator[Finding]:
    for workflow in project.workflows:
        for job in workflow.jobs:
            yield from _job(job)


def _job(job: Job) -> Iterator[Finding]:
    whole = _number(job.fields.get("timeout-minutes"))
    for fields in (job.fields, *(step.fields for step in job.steps)):
        for key in _KEYS:
            node, minutes = fields.get(key), _number(fields.get(key))
            if node is not None and minutes is not None and not minutes > 0:
                message = f'value at "{key}" must be greater than zero: {minutes:g}'
                yield RULE.found(job.file, node, message, code="not-positive")
    for step in job.steps:
        node = step.fields.get("timeout-minutes")
        minutes = _number(node)
        if node is not None and whole is not None and minutes is not None and minutes > whole > 0:
            message = f"The step may run for {minutes:g} minutes, but its job is stopped after {whole:g}"
            yield RULE.found(job.file, node, message, severity="warning", code="longer-than-job")


def _number(node: Node | None) -> float | None:
    value = node.value if isinstance(node, ScalarNode) else None
    return value if isinstance(value, float) else None


RULE = Rule("timeout", "error", "Time limits are positive and fit into each other.", _check)
