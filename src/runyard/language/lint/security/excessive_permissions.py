"""Tokens that may do more than the jobs need."""

from __future__ import annotations

from collections.abc import Iterator

from runyard.language.convert.values import entries_of, plain_text
from runyard.language.lint.document import Job, Workflow
from runyard.language.lint.finding import Finding
from runyard.language.lint.project import Project
from runyard.language.lint.rule import Rule
from runyard.language.lint.security.rights import permissions_of
from runyard.language.lint.security.triggers import events_of
from runyard.language.lint.security.unpinned_uses import TRUSTED_OWNERS
from runyard.language.lint.security.uses import repository_of
from runyard.language.reader.nodes import MappingNode, Node, ScalarNode

_HINT = "Write `permissions: {contents: read}` for the workflow, and what more a job needs in that job."


def check(project: Project) -> Iterator[Finding]:
    for workflow in project.workflows:
        whole = workflow.fields.get("permissions")
        yield from _write_all(workflow, whole)
        yield from _wide(workflow, whole)
        for job in workflow.jobs:
            yield from _write_all(workflow, job.fields.get("permissions"))
        if events_of(workflow) - {"workflow_call"}:
            yield from _missing(workflow)


def _write_all(workflow: Workflow, node: Node | None) -> Iterator[Finding]:
    if isinstance(node, ScalarNode) and plain_text(node) == "write-all":
        message = "'write-all' lets every step change everything that the token can reach"
        yield RULE.found(workflow, node, message, hint=_HINT, length=len("write-all"))


def _wide(workflow: Workflow, node: Node | None) -> Iterator[Finding]:
    """Levels to write that hold for several jobs."""
    sharing = [job for job in workflow.jobs if "permissions" not in job.fields]
    if not isinstance(node, MappingNode) or len(sharing) < 2:
        return
    for key, name, value in entries_of(node):
        if plain_text(value) == "write":
            message = f"'{name}: write' holds for {len(sharing)} jobs, also for those that do not need it"
            hint = f"Move '{name}: write' into `permissions` of the job that needs it."
            yield RULE.found(workflow, key, message, hint=hint, severity="information", length=len(name))


def _missing(workflow: Workflow) -> Iterator[Finding]:
    """The first job that gives other people's code a token whose rights nobody has limited."""
    for job in workflow.jobs:
        foreign = _foreign_code(job) if permissions_of(job) is None else None
        if foreign is not None:
            message = (
                f"job '{job.id}' runs '{foreign}' with a token that has the repository's default permissions, "
                "which may be to write everything"
            )
            yield RULE.found(workflow, job.key, message, hint=_HINT, length=len(job.id))
            return


def _foreign_code(job: Job) -> str | None:
    """An action or workflow of somebody else that a job uses."""
    for uses in (job.uses, *(step.uses for step in job.steps)):
        used = repository_of(uses)
        if used is not None and used.owner.lower() not in TRUSTED_OWNERS:
            return uses
    return None


RULE = Rule("excessive-permissions", "warning", "Tokens may do only what the jobs need.", check)
