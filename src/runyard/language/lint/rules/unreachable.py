"""Jobs that never run, because a job they need never succeeds."""

from __future__ import annotations

from collections.abc import Iterator

from runyard.language.convert.conditions import has_status_function
from runyard.language.lint.document import Job, Workflow
from runyard.language.lint.finding import Finding
from runyard.language.lint.project import Project
from runyard.language.lint.rule import Rule
from runyard.language.lint.rules.conditions import constant_result
from runyard.language.model import Expression
from runyard.language.reader.nodes import ScalarNode


def _check(project: Project) -> Iterator[Finding]:
    for workflow in project.workflows:
        never = {job.id for job in workflow.jobs if _is_never(job)}
        if never:
            yield from _unreachable(workflow, never)


def _unreachable(workflow: Workflow, never: set[str]) -> Iterator[Finding]:
    """Jobs that need a job that never runs, directly or not, and do not run in spite of that."""
    waiting: dict[str, list[Job]] = {}
    for job in workflow.jobs:
        for name, _ in [] if _runs_anyway(job) else job.needs:
            waiting.setdefault(name.lower(), []).append(job)
    pending = [*never]
    while pending:
        following = [job for job in waiting.get(pending.pop().lower(), ()) if job.id not in never]
        never.update(job.id for job in following)
        pending += [job.id for job in following]
        yield from (_found(workflow, job, never) for job in following)


def _found(workflow: Workflow, job: Job, never: set[str]) -> Finding:
    """A job is reported at the first of its needs that is known to never run."""
    needed = ((workflow.job(name), node) for name, node in job.needs)
    other, node = next((each.id, node) for each, node in needed if each is not None and each.id in never)
    message = f"Job '{job.id}' can never run: it needs '{other}', which never runs"
    hint = "Without always(), failure() or !cancelled() in 'if', all needed jobs must succeed."
    return RULE.found(workflow, node, message, hint=hint, code="unreachable-job")


def _is_never(job: Job) -> bool:
    node = job.fields.get("if")
    return isinstance(node, ScalarNode) and isinstance(node.value, Expression) and constant_result(node.value) is False


def _runs_anyway(job: Job) -> bool:
    node = job.fields.get("if")
    condition = node.value if isinstance(node, ScalarNode) else None
    return isinstance(condition, Expression) and has_status_function(condition.node)


RULE = Rule("unreachable-job", "warning", "Every job can run.", _check)
