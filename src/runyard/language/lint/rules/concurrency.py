"""`concurrency`: groups that wait for themselves, settings that contradict each other."""

from __future__ import annotations

from collections.abc import Iterator

from runyard.language.convert.values import fields_of, plain_text, value_of
from runyard.language.lint.document import Workflow
from runyard.language.lint.finding import Finding
from runyard.language.lint.project import Project
from runyard.language.lint.rule import Rule
from runyard.language.reader.nodes import Node, ScalarNode

_DEADLOCK = "This will cause a deadlock."
_CONFLICT = "'queue: max' cannot be combined with 'cancel-in-progress: true'."


def _check(project: Project) -> Iterator[Finding]:
    for workflow in project.workflows:
        whole = workflow.fields.get("concurrency")
        yield from _conflict(workflow, whole)
        group = _group(whole)
        for job in workflow.jobs:
            node = job.fields.get("concurrency")
            yield from _conflict(workflow, node)
            other = _group(node)
            if group is not None and other is not None and group.source.lower() == other.source.lower():
                outer = (
                    f"Concurrency group '{group.source}' is also used by job '{job.id}'. This will cause a deadlock."
                )
                inner = f"Concurrency group '{other.source}' is also used by the workflow. {_DEADLOCK}"
                yield RULE.found(workflow, group, outer, code="concurrency-deadlock")
                yield RULE.found(workflow, other, inner, code="concurrency-deadlock")


def _group(node: Node | None) -> ScalarNode | None:
    """The node of a group's name that is known without running anything."""
    found = fields_of(node).get("group", node)
    return found if isinstance(found, ScalarNode) and plain_text(found) and "${{" not in found.source else None


def _conflict(workflow: Workflow, node: Node | None) -> Iterator[Finding]:
    fields = fields_of(node)
    queue = fields.get("queue")
    if queue is not None and plain_text(queue) == "max" and value_of(fields.get("cancel-in-progress")) is True:
        yield RULE.found(workflow, queue, _CONFLICT, code="queue-conflict")


RULE = Rule("concurrency", "error", "Concurrency groups do not wait for themselves.", _check)
