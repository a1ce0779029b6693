"""Actions and workflows whose code can change under the same name."""

from __future__ import annotations

from collections.abc import Iterator

from runyard.language.diagnostics import Severity
from runyard.language.lint.document import Document, Workflow
from runyard.language.lint.finding import Finding
from runyard.language.lint.project import Project
from runyard.language.lint.rule import Rule
from runyard.language.lint.security.scripts import steps_of
from runyard.language.lint.security.uses import Repository, repository_of
from runyard.language.reader.nodes import ScalarNode

TRUSTED_OWNERS = frozenset({"actions", "github"})


def check(project: Project) -> Iterator[Finding]:
    for file, node in all_uses(project):
        used = repository_of(node.source)
        if used is None or used.is_hash or used.is_short_hash:
            continue
        severity, why = _judged(used)
        message = f"'{node.source}' is not pinned: {why}"
        action = node.source.partition("@")[0]
        hint = f"Pin it to a commit hash, with the version as a comment: `{action}@<40 hex digits> # {used.ref}`."
        yield RULE.found(file, node, message, hint=hint, severity=severity, length=len(node.source))


def _judged(used: Repository) -> tuple[Severity, str]:
    if not used.is_version:
        return "warning", f"the branch '{used.ref}' changes with every push to it"
    moved = f"whoever controls {used.owner}/{used.name} can move the tag '{used.ref}'"
    return ("information" if used.owner.lower() in TRUSTED_OWNERS else "warning"), moved


def all_uses(project: Project) -> Iterator[tuple[Document, ScalarNode]]:
    """The `uses` of all steps and jobs."""
    for file in project.documents:
        jobs = file.jobs if isinstance(file, Workflow) else ()
        for fields in (*(job.fields for job in jobs), *(step.fields for step in steps_of(file))):
            node = fields.get("uses")
            if isinstance(node, ScalarNode):
                yield file, node


RULE = Rule("unpinned-uses", "warning", "Actions and workflows are pinned by commit hash.", check)
