"""Ids of jobs and steps, names of environment variables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from runyard.language.convert.values import entries_of, fields_of
from runyard.language.ids import environment_name_problem, identifier_problem
from runyard.language.lint.document import Action, Document, Step, Workflow
from runyard.language.lint.finding import Finding
from runyard.language.lint.project import Project
from runyard.language.lint.rule import Rule
from runyard.language.reader.nodes import Node, ScalarNode


def _check_ids(project: Project) -> Iterator[Finding]:
    for workflow in project.workflows:
        for job in workflow.jobs:
            problem = identifier_problem(job.id)
            if problem is not None:
                yield IDS.found(workflow, job.key, problem, length=len(job.id))
            yield from _step_ids(workflow, job.steps)
    for action in project.actions:
        yield from _step_ids(action, action.steps)


def _step_ids(document: Document, steps: Iterable[Step]) -> Iterator[Finding]:
    seen: set[str] = set()
    for step in steps:
        node = step.fields.get("id")
        if not isinstance(node, ScalarNode) or not step.id or "${{" in node.source:
            continue
        problem = identifier_problem(step.id)
        if problem is None and step.id.lower() in seen:
            problem = f"The identifier '{step.id}' may not be used more than once within the same scope."
        if problem is not None:
            yield IDS.found(document, node, problem, length=len(node.source))
        seen.add(step.id.lower())


def _check_environment(project: Project) -> Iterator[Finding]:
    for document in project.documents:
        for node in _environments(document):
            for key, name, _ in entries_of(node):
                problem = environment_name_problem(name)
                if problem is not None:
                    yield ENVIRONMENT.found(document, key, problem, length=len(key.source))


def _environments(document: Document) -> Iterator[Node | None]:
    """Every `env` of a file."""
    if isinstance(document, Action):
        yield fields_of(document.fields.get("runs")).get("env")
        for step in document.steps:
            yield step.fields.get("env")
    if isinstance(document, Workflow):
        yield document.fields.get("env")
        for job in document.jobs:
            yield job.fields.get("env")
            yield fields_of(job.fields.get("container")).get("env")
            for _, _, service in entries_of(job.fields.get("services")):
                yield fields_of(service).get("env")
            for step in job.steps:
                yield step.fields.get("env")


IDS = Rule("id", "error", "Ids of jobs and steps are well formed and not used twice.", _check_ids)
ENVIRONMENT = Rule("env-var", "error", "Environment variables have names that shells can use.", _check_environment)
