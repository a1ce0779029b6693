"""Versions of actions with known vulnerabilities."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from runyard.language.lint.finding import Finding
from runyard.language.lint.project import Project
from runyard.language.lint.rule import Rule
from runyard.language.lint.security.unpinned_uses import all_uses
from runyard.language.lint.security.uses import Repository, repository_of, version_of


class Advisory(NamedTuple):
    """Versions from `first` (included) up to `repaired` (excluded) are affected."""

    first: tuple[int, ...]
    repaired: tuple[int, ...]
    name: str
    what: str


_COMMANDS = "names that outsiders choose run as commands"
ADVISORIES: dict[str, Advisory] = {
    "actions/download-artifact": Advisory(
        (4,), (4, 1, 3), "GHSA-cxww-7g56-2vh6", "an artifact can write outside of its folder"
    ),
    "atlassian/gajira-create": Advisory((1,), (2, 0, 1), "CVE-2020-14188", _COMMANDS),
    "azure/setup-kubectl": Advisory((1,), (3,), "CVE-2023-23939", "everybody on the machine can replace kubectl"),
    "check-spelling/check-spelling": Advisory((0,), (0, 0, 19), "CVE-2021-32724", "a pull request can read the token"),
    "embano1/wip": Advisory((1,), (2,), "CVE-2023-30623", _COMMANDS),
    "gradle/gradle-build-action": Advisory((2,), (2, 4, 2), "CVE-2023-30853", "the cache may hold secrets"),
    "hashicorp/vault-action": Advisory((1,), (2, 2), "CVE-2021-32074", "secrets of several lines are not masked"),
    "pypa/gh-action-pypi-publish": Advisory((1,), (1, 13), "GHSA-vxmw-7h4f-hqxh", _COMMANDS),
    "rlespinasse/github-slug-action": Advisory((4,), (4, 4, 1), "CVE-2023-27581", _COMMANDS),
    "sonarsource/sonarqube-scan-action": Advisory((4,), (6,), "CVE-2025-59844", "arguments run as commands"),
    "tj-actions/branch-names": Advisory((1,), (7, 0, 7), "CVE-2023-49291", _COMMANDS),
    "tj-actions/changed-files": Advisory((1,), (46, 0, 1), "CVE-2025-30066", "it printed the secrets of the job"),
    "tj-actions/verify-changed-files": Advisory((1,), (17,), "CVE-2023-52137", _COMMANDS),
}
"""By repository, in lower case."""


def check(project: Project) -> Iterator[Finding]:
    for file, node in all_uses(project):
        used = repository_of(node.source)
        advisory = ADVISORIES.get(used.repository) if used else None
        if used and advisory and _is_affected(used, advisory):
            repaired = ".".join(map(str, advisory.repaired))
            message = f"'{node.source}' has a known vulnerability ({advisory.name}): {advisory.what}"
            yield RULE.found(file, node, message, hint=f"Use v{repaired} or newer.", length=len(node.source))


def _is_affected(used: Repository, advisory: Advisory) -> bool:
    """Whether an exact version is affected. A short version such as `v4` means the newest `4.…`."""
    version = version_of(used.ref)
    if not version:
        return False
    newest = version if len(version) > 2 else (*version, *((1_000_000,) * (3 - len(version))))
    return version >= advisory.first[: len(version)] and newest < advisory.repaired


RULE = Rule("vulnerable-action", "error", "Actions have no known vulnerability.", check)
