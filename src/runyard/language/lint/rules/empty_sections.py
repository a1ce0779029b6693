"""Sections that are there and empty: noise, or a filter that lets nothing through."""

from __future__ import annotations

from collections.abc import Iterator

from runyard.language.convert.values import entries_of, fields_of
from runyard.language.lint.document import Job, Workflow
from runyard.language.lint.finding import Finding
from runyard.language.lint.project import Project
from runyard.language.lint.rule import Rule
from runyard.language.reader.nodes import MappingNode, Node, ScalarNode, SequenceNode

_FILTERS = ("types", "branches", "branches-ignore", "tags", "tags-ignore", "paths", "paths-ignore", "workflows")
_DECLARATIONS = ("inputs", "outputs", "secrets")
_OF_FILE = ("on", "env", "defaults")
_OF_JOB = ("needs", "runs-on", "env", "outputs", "services", "container", "strategy", "defaults", "with", "secrets")
_OF_STEP = ("env", "with")
_NO_FILTER = "Remove the key, or fill the list: an empty list matches nothing."
_NO_USE = "Remove the key: it says nothing."


def _check(project: Project) -> Iterator[Finding]:
    for workflow in project.workflows:
        yield from _sections(workflow, workflow.root, _OF_FILE, _NO_USE)
        yield from _sections(workflow, workflow.fields.get("on"), ("schedule",), _NO_FILTER)
        for _, configuration in workflow.events.values():
            yield from _sections(workflow, configuration, _FILTERS, _NO_FILTER)
            yield from _sections(workflow, configuration, _DECLARATIONS, _NO_USE)
        for job in workflow.jobs:
            yield from _job(workflow, job)


def _job(workflow: Workflow, job: Job) -> Iterator[Finding]:
    yield from _sections(workflow, job.node, _OF_JOB, _NO_USE)
    yield from _sections(workflow, fields_of(job.node).get("strategy"), ("matrix",), _NO_USE)
    for step in job.steps:
        yield from _sections(workflow, step.node, _OF_STEP, _NO_USE)
        script = step.fields.get("run")
        if isinstance(script, ScalarNode) and not script.source.strip():
            message = '"run" section should not be empty'
            yield RULE.found(workflow, script, message, hint="Remove the step: it does nothing.", code="empty-section")


def _sections(workflow: Workflow, node: Node | None, names: tuple[str, ...], hint: str) -> Iterator[Finding]:
    for _, name, value in entries_of(node):
        if name in names and _is_empty(value) and _was_empty(workflow, value):
            message = f'"{name}" section should not be empty'
            yield RULE.found(workflow, value, message, hint=hint, code="empty-section")


def _is_empty(node: Node) -> bool:
    return not (node.items if isinstance(node, SequenceNode) else node.pairs if isinstance(node, MappingNode) else [0])


def _was_empty(workflow: Workflow, node: Node) -> bool:
    """Whether the file has the empty section, instead of one in which nothing was right."""
    line = workflow.lines[node.line - 1] if node.line <= len(workflow.lines) else ""
    return line[node.column - 1 :].lstrip("[{").lstrip()[:1] in ("]", "}")


RULE = Rule("empty-section", "warning", "Lists that decide when and where something runs are not empty.", _check)
