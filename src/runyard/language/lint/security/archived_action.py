"""Actions that nobody maintains any more."""

from __future__ import annotations

from collections.abc import Iterator

from runyard.language.lint.finding import Finding
from runyard.language.lint.project import Project
from runyard.language.lint.rule import Rule
from runyard.language.lint.security.unpinned_uses import all_uses
from runyard.language.lint.security.uses import repository_of

ARCHIVED = {
    "8398a7/action-slack": "slackapi/slack-github-action",
    "actions-rs/audit-check": "rustsec/audit-check",
    "actions-rs/cargo": "a `run` step with cargo",
    "actions-rs/clippy-check": "a `run` step with cargo clippy",
    "actions-rs/grcov": "a `run` step with grcov",
    "actions-rs/install": "a `run` step with cargo install",
    "actions-rs/tarpaulin": "a `run` step with cargo tarpaulin",
    "actions-rs/toolchain": "dtolnay/rust-toolchain",
    "actions/create-release": "`gh release create`",
    "actions/setup-elixir": "erlef/setup-beam",
    "actions/setup-haskell": "haskell-actions/setup",
    "actions/setup-ruby": "ruby/setup-ruby",
    "actions/upload-release-asset": "`gh release upload`",
    "azure/container-scan": "another image scanner",
    "azure/get-keyvault-secrets": "the Azure CLI",
    "crazy-max/ghaction-docker-buildx": "docker/setup-buildx-action",
    "delaguardo/setup-graalvm": "graalvm/setup-graalvm",
    "gradle/gradle-build-action": "gradle/actions/setup-gradle",
    "grafana/k6-action": "grafana/setup-k6-action",
    "helaili/jekyll-action": "actions/jekyll-build-pages",
    "ilshidur/action-slack": "slackapi/slack-github-action",
    "marvinpinto/action-automatic-releases": "`gh release create`",
    "paambaati/codeclimate-action": "the tool's own command line",
    "repo-sync/pull-request": "`gh pr create`",
    "semgrep/semgrep-action": "a `run` step with semgrep",
    "sonarsource/sonarcloud-github-action": "sonarsource/sonarqube-scan-action",
    "technote-space/auto-cancel-redundant-workflow": "`concurrency` with `cancel-in-progress`",
    "tibdex/github-app-token": "actions/create-github-app-token",
}
"""Repositories in lower case, and what to use instead."""


def check(project: Project) -> Iterator[Finding]:
    for file, node in all_uses(project):
        used = repository_of(node.source)
        instead = ARCHIVED.get(used.repository) if used else None
        if used and instead:
            message = f"'{used.owner}/{used.name}' is archived: nobody repairs its faults any more"
            yield RULE.found(file, node, message, hint=f"Use {instead} instead.", length=len(node.source))


RULE = Rule("archived-action", "warning", "Actions are still maintained.", check)
