"""`needs`: jobs that exist, once each, without a cycle; and jobs that can never run."""

from __future__ import annotations

from collections.abc import Iterator

from runyard.language.lint.document import Job, Workflow
from runyard.language.lint.finding import Finding
from runyard.language.lint.project import Project
from runyard.language.lint.rule import Rule
from runyard.language.lint.spelling import names_hint
from runyard.language.reader.nodes import MappingNode

_NO_START = "The workflow must contain at least one job with no dependencies."


def _check(project: Project) -> Iterator[Finding]:
    for workflow in project.workflows:
        for job in workflow.jobs:
            yield from _names(workflow, job)
        yield from _cycles(workflow)


def _names(workflow: Workflow, job: Job) -> Iterator[Finding]:
    seen: set[str] = set()
    for name, node in job.needs:
        if workflow.job(name) is None:
            hint = names_hint(name, (each.id for each in workflow.jobs if each is not job), shown="Jobs here")
            message = f"Job '{job.id}' depends on unknown job '{name}'."
            yield RULE.found(workflow, node, message, hint=hint, length=len(node.source), code="unknown-job")
        elif name.lower() in seen:
            message = f"Job '{job.id}' needs '{name}' more than once"
            yield RULE.found(workflow, node, message, severity="warning", code="duplicate-need")
        seen.add(name.lower())


def _cycles(workflow: Workflow) -> Iterator[Finding]:
    """Edges to a job that, over its own needs, waits for this one."""
    jobs = workflow.fields.get("jobs")
    if isinstance(jobs, MappingNode) and all(job.needs for job in workflow.jobs):
        yield RULE.found(workflow, jobs, _NO_START, code="no-start")
    component = _components(workflow)
    for job in workflow.jobs:
        for name, node in job.needs:
            other = workflow.job(name)
            if other is not None and component[other.id] == component[job.id]:
                message = f"Job '{job.id}' depends on job '{name}' which creates a cycle in the dependency graph."
                yield RULE.found(workflow, node, message, length=len(node.source), code="cycle")


def _components(workflow: Workflow) -> dict[str, int]:
    """A number for each job; jobs in one cycle share it. A job that needs itself gets its own, shared with itself."""
    edges = {job.id: [other.id for name, _ in job.needs if (other := workflow.job(name))] for job in workflow.jobs}
    order: list[str] = []
    visited: set[str] = set()
    for start in edges:
        _visit(start, edges, visited, order)
    reverse: dict[str, list[str]] = {job: [] for job in edges}
    for waiting, others in edges.items():
        for needed in others:
            reverse[needed].append(waiting)
    found: dict[str, int] = {}
    visited.clear()
    for number, start in enumerate(reversed(order)):
        members: list[str] = []
        _visit(start, reverse, visited, members)
        found.update(dict.fromkeys(members, number))
    return found


def _visit(start: str, edges: dict[str, list[str]], visited: set[str], order: list[str]) -> None:
    """Depth first from a job, unless it is visited already; jobs are added to `order` when everything below them is."""
    if start in visited:
        return
    visited.add(start)
    pending = [(start, iter(edges[start]))]
    while pending:
        job, others = pending[-1]
        following = next((other for other in others if other not in visited), None)
        if following is None:
            pending.pop()
            order.append(job)
        else:
            visited.add(following)
            pending.append((following, iter(edges[following])))


RULE = Rule("needs", "error", "'needs' names other jobs of the file, once each and without a cycle.", _check)
