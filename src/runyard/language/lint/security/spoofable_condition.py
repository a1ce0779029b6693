"""Decisions that rest on what anybody can write."""

from __future__ import annotations

from collections.abc import Iterator

from runyard.language.lint.finding import Finding
from runyard.language.lint.project import Project
from runyard.language.lint.rule import Rule
from runyard.language.lint.security.conditions import all_conditions, tests_in
from runyard.language.lint.security.sources import Path, spelled
from runyard.language.lint.security.triggers import privileged_events

_PEOPLE = frozenset({"author", "committer"})
_NAMES = frozenset({"name", "email", "username"})
_BRANCHES = frozenset(
    {
        ("github", "head_ref"),
        ("github", "event", "pull_request", "head", "ref"),
        ("github", "event", "pull_request", "head", "label"),
        ("github", "event", "pull_request", "title"),
        ("github", "event", "workflow_run", "head_branch"),
    }
)


def check(project: Project) -> Iterator[Finding]:
    for found in all_conditions(project):
        privileged = privileged_events(found.file)
        for test in tests_in(found.expression.node):
            if test.operator == "!=":
                continue
            why = ""
            if _is_git_identity(test.path):
                why = "is what the author of the commit has typed into git, whoever that is"
            elif privileged and test.path in _BRANCHES and "workflow_run" not in test.path:
                why = f"is chosen by whoever opens the pull request, and '{privileged[0]}' has the repository's rights"
            elif privileged and test.path in _BRANCHES:
                why = "is also the name of branches in forks"
            if why:
                yield RULE.found(
                    found.file,
                    found.file.place(found.node, found.expression.start),
                    f"'{spelled(test.path)}' {why}: comparing it with '{test.value}' keeps nobody out",
                    hint="Ask for what GitHub vouches for: `github.event.pull_request.user.login`, "
                    "`github.event.pull_request.head.repo.full_name == github.repository`, `author_association`.",
                )


def _is_git_identity(path: Path) -> bool:
    """Whether a path is a name or address in a commit."""
    of_commit = path[:2] == ("github", "event") and ("head_commit" in path or "commits" in path)
    return of_commit and path[-2] in _PEOPLE and path[-1] in _NAMES


RULE = Rule("spoofable-condition", "warning", "Conditions do not trust text that anybody can write.", check)
