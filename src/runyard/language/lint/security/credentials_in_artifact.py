"""The token that checkout leaves in `.git`, uploaded with the whole folder."""

from __future__ import annotations

import re
from collections.abc import Iterator

from runyard.language.lint.document import Step, Workflow
from runyard.language.lint.finding import Finding
from runyard.language.lint.project import Project
from runyard.language.lint.rule import Rule
from runyard.language.lint.security.scripts import input_of, input_text
from runyard.language.lint.security.uses import repository_of, slug_of, version_of

_WHOLE = re.compile(
    r"^[ \t]*(?:\.{1,2}/?|\./?\*{1,2}|\*{1,2}(?:/\*)?|\$\{\{\s*github\.workspace\s*\}\}/?"
    r"|\./\*\*/\*|(?:\./)?\.git(?:/.*)?)[ \t]*$",
    re.M,
)
_HIDDEN_LEFT_OUT = (4, 4)
_SAFE_CHECKOUT = 6


def check(project: Project) -> Iterator[Finding]:
    for workflow in project.workflows:
        for job in workflow.jobs:
            yield from _in_steps(workflow, job.steps)


def _in_steps(workflow: Workflow, steps: tuple[Step, ...]) -> Iterator[Finding]:
    checkout: Step | None = None
    for step in steps:
        slug = slug_of(step.uses)
        if slug == "actions/checkout":
            checkout = step if input_text(step, "persist-credentials").lower() != "false" else checkout
        elif slug == "actions/upload-artifact" and checkout is not None and (path := _git_in(step)):
            node = input_of(step, "path") or step.node
            stays = _leaves_token(checkout)
            yield RULE.found(
                workflow,
                node,
                f"'{path}' is uploaded with the folder .git"
                + (", in which checkout has left the token" if stays else ""),
                hint="Give checkout `persist-credentials: false`, or upload only what is needed.",
                severity="error" if stays else "warning",
            )


def _git_in(step: Step) -> str | None:
    """The path of an upload that holds `.git`: since 4.4 only where hidden files are asked for."""
    path = _WHOLE.search(input_text(step, "path"))
    if path is None:
        return None
    used = repository_of(step.uses)
    version = version_of(used.ref) if used else ()
    old = bool(version) and (version < _HIDDEN_LEFT_OUT if len(version) > 1 else version < _HIDDEN_LEFT_OUT[:1])
    holds_hidden = old or input_text(step, "include-hidden-files").lower() == "true"
    return path.group().strip() if holds_hidden else None


def _leaves_token(checkout: Step) -> bool:
    """Since version 6 checkout keeps the token outside of the workspace."""
    used = repository_of(checkout.uses)
    version = version_of(used.ref) if used else ()
    return not version or version[0] < _SAFE_CHECKOUT


RULE = Rule("credentials-in-artifact", "error", "Artifacts do not hold the token that checkout leaves in .git.", check)
