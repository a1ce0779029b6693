"""All secrets, handed to a called workflow."""

from __future__ import annotations

from collections.abc import Iterator

from runyard.language.convert.values import plain_text
from runyard.language.lint.document import Workflow
from runyard.language.lint.finding import Finding
from runyard.language.lint.project import Project
from runyard.language.lint.rule import Rule
from runyard.language.lint.security.embedded import embedded, scalars
from runyard.language.lint.security.secret_use import secrets_in
from runyard.language.reader.nodes import ScalarNode

_OWN = "github_token"


def check(project: Project) -> Iterator[Finding]:
    for workflow in project.workflows:
        for job in workflow.jobs:
            node = job.fields.get("secrets")
            if not isinstance(node, ScalarNode) or plain_text(node) != "inherit":
                continue
            called = project.workflow(job.uses)
            message = f"'secrets: inherit' gives all secrets to '{job.uses}', also those that it does not need"
            yield RULE.found(
                workflow, node, message, hint=_hint(called), severity="information" if called else None, length=7
            )


def _hint(called: Workflow | None) -> str:
    names = sorted({name for name in _used(called) if name.lower() != _OWN}) if called else []
    given = "; ".join(f"`{name}: ${{{{ secrets.{name} }}}}`" for name in names[:5])
    return f"Name them one by one: {given}." if given else "Name the secrets that it needs one by one under `secrets`."


def _used(called: Workflow) -> Iterator[str]:
    for scalar in scalars(called.root):
        for part in embedded(scalar.source):
            yield from secrets_in(part.node)


RULE = Rule("secrets-inherit", "warning", "Called workflows get only the secrets they need.", check)
