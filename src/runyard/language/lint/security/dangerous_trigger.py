"""Events that give outsiders a run with the repository's rights."""

from __future__ import annotations

from collections.abc import Iterator

from runyard.language.lint.finding import Finding
from runyard.language.lint.project import Project
from runyard.language.lint.rule import Rule

_WHAT = {
    "pull_request_target": "a pull request of a fork starts it with the repository's token and secrets",
    "workflow_run": "a run of a fork's pull request starts it with the repository's token and secrets",
}


def check(project: Project) -> Iterator[Finding]:
    for workflow in project.workflows:
        for event, what in _WHAT.items():
            if event in workflow.events:
                node, _ = workflow.events[event]
                message = f"'{event}' is hard to use safely: {what}"
                hint = "Use `pull_request` where that is enough; else give the token no rights that are not needed."
                yield RULE.found(workflow, node, message, hint=hint, length=len(event))


RULE = Rule("dangerous-trigger", "information", "Outsiders do not get runs with the repository's rights.", check)
