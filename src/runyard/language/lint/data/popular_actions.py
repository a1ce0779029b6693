"""Inputs, outputs and age of actions that many workflows use.

Names are those of all versions together, so that an input that no version ever had is found and none that some version
has is blamed. `first_alive` is the oldest major version that still does its work.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

_MAJOR = re.compile(r"v?([0-9]{1,9})(?:\.[0-9]+)*")


@dataclass(frozen=True, slots=True)
class PopularAction:
    """A public action. `outputs` None: they depend on its inputs. `first_alive` 0: every version works.

    `deprecated` are inputs with what to use instead.
    """

    name: str
    inputs: frozenset[str]
    required: tuple[str, ...]
    outputs: tuple[str, ...] | None
    first_alive: int
    latest: int
    deprecated: dict[str, str]


def popular_action(uses: str) -> PopularAction | None:
    """What is known of the action that `uses` names; None if nothing."""
    return _table().get(uses.partition("@")[0].lower())


def major_version(uses: str) -> int | None:
    """The major version in `…@v4` or `…@v4.1.0`; None for branches and commits."""
    found = _MAJOR.fullmatch(uses.partition("@")[2])
    return int(found[1]) if found else None


@cache
def _table() -> dict[str, PopularAction]:
    return {name: _action(name, *row) for name, row in _ROWS.items()}


def _action(
    name: str, inputs: str, required: str, outputs: str | None, versions: tuple[int, int], deprecated: str = ""
) -> PopularAction:
    pairs = (pair.partition("=") for pair in deprecated.split())
    return PopularAction(
        name,
        frozenset(inputs.split()) | frozenset(required.split()),
        tuple(required.split()),
        None if outputs is None else tuple(outputs.split()),
        versions[0],
        versions[1],
        {old: new for old, _, new in pairs},
    )


_CACHE = "restore-keys upload-chunk-size enableCrossOsArchive fail-on-cache-miss lookup-only save-always"
_ROWS: dict[str, tuple[str, str, str | None, tuple[int, int]] | tuple[str, str, str | None, tuple[int, int], str]] = {
    "actions/attest-build-provenance": (
        "subject-path subject-digest subject-name subject-checksums push-to-registry create-storage-record "
        "show-summary github-token",
        "",
        "attestation-id attestation-url bundle-path storage-record-ids",
        (0, 3),
    ),
    "actions/cache": (_CACHE, "path key", "cache-hit", (3, 4)),
    "actions/cache/restore": (
        _CACHE,
        "path key",
        "cache-hit cache-primary-key cache-matched-key",
        (3, 4),
    ),
    "actions/cache/save": ("upload-chunk-size enableCrossOsArchive", "path key", "", (3, 4)),
    "actions/checkout": (
        "repository ref token ssh-key ssh-known-hosts ssh-strict ssh-user persist-credentials path clean filter "
        "sparse-checkout sparse-checkout-cone-mode fetch-depth fetch-tags show-progress lfs submodules "
        "set-safe-directory github-server-url allow-unsafe-pr-checkout",
        "",
        "ref commit",
        (2, 6),
    ),
    "actions/configure-pages": (
        "static_site_generator generator_config_file token enablement",
        "",
        "base_url origin host base_path",
        (3, 5),
    ),
    "actions/dependency-review-action": (
        "repo-token fail-on-severity fail-on-scopes base-ref head-ref config-file allow-licenses deny-licenses "
        "allow-dependencies-licenses allow-ghsas external-repo-token license-check vulnerability-check "
        "comment-summary-in-pr deny-packages deny-groups retry-on-snapshot-warnings "
        "retry-on-snapshot-warnings-timeout warn-only show-openssf-scorecard warn-on-openssf-scorecard-level "
        "show-patched-versions",
        "",
        "comment-content dependency-changes vulnerable-changes invalid-license-changes denied-changes",
        (0, 4),
    ),
    "actions/deploy-pages": (
        "token timeout error_count reporting_interval artifact_name preview emit_telemetry conclusion",
        "",
        "page_url",
        (4, 4),
    ),
    "actions/download-artifact": (
        "name artifact-ids path pattern merge-multiple github-token repository run-id digest-mismatch skip-decompress",
        "",
        "download-path artifacts",
        (4, 6),
    ),
    "actions/first-interaction": (
        "repo-token repo_token issue-message issue_message pr-message pr_message",
        "",
        "",
        (0, 3),
    ),
    "actions/github-script": (
        "github-token debug user-agent previews result-encoding retries retry-exempt-status-codes base-url",
        "script",
        "result",
        (3, 8),
    ),
    "actions/labeler": (
        "repo-token configuration-path sync-labels dot pr-number",
        "",
        "new-labels all-labels",
        (0, 6),
    ),
    "actions/setup-dotnet": (
        "dotnet-version dotnet-quality dotnet-channel global-json-file source-url owner config-file cache "
        "cache-dependency-path include-prerelease architecture workloads version",
        "",
        "cache-hit dotnet-version",
        (0, 5),
    ),
    "actions/setup-go": (
        "go-version go-version-file check-latest token cache cache-dependency-path architecture stable "
        "go-download-base-url version",
        "",
        "go-version cache-hit",
        (0, 6),
    ),
    "actions/setup-java": (
        "java-version java-version-file distribution java-package architecture jdk-file jdkFile check-latest "
        "force-download set-default verify-signature verify-signature-public-key server-id server-username-env-var "
        "server-username server-password-env-var server-password settings-path overwrite-settings gpg-private-key "
        "gpg-passphrase-env-var gpg-passphrase cache cache-jdk cache-dependency-path cache-path cache-read-only "
        "job-status token mvn-toolchain-id mvn-toolchain-vendor show-download-progress problem-matcher version",
        "",
        "distribution version path cache-hit cache-primary-key",
        (0, 5),
    ),
    "actions/setup-node": (
        "always-auth node-version node-version-file architecture check-latest registry-url scope token cache "
        "cache-dependency-path mirror mirror-token package-manager-cache version",
        "",
        "cache-hit node-version",
        (0, 6),
        "version=node-version",
    ),
    "actions/setup-python": (
        "python-version python-version-file cache architecture check-latest token cache-dependency-path "
        "update-environment allow-prereleases freethreaded pip-version pip-install ignore-platform-version version",
        "",
        "python-version cache-hit python-path",
        (0, 6),
    ),
    "actions/stale": (
        "repo-token stale-issue-message stale-pr-message close-issue-message close-pr-message days-before-stale "
        "days-before-issue-stale days-before-pr-stale days-before-close days-before-issue-close days-before-pr-close "
        "stale-issue-label close-issue-label exempt-issue-labels close-issue-reason stale-pr-label close-pr-label "
        "exempt-pr-labels exempt-milestones exempt-issue-milestones exempt-pr-milestones exempt-all-milestones "
        "exempt-all-issue-milestones exempt-all-pr-milestones only-labels any-of-labels any-of-issue-labels "
        "any-of-pr-labels only-issue-labels only-pr-labels operations-per-run remove-stale-when-updated "
        "remove-issue-stale-when-updated remove-pr-stale-when-updated debug-only ascending sort-by delete-branch "
        "start-date exempt-assignees exempt-issue-assignees exempt-pr-assignees exempt-all-assignees "
        "exempt-all-issue-assignees exempt-all-pr-assignees exempt-draft-pr enable-statistics "
        "labels-to-add-when-unstale labels-to-remove-when-unstale labels-to-remove-when-stale include-only-assigned "
        "ignore-updates ignore-issue-updates ignore-pr-updates only-issue-types exempt-issue-types "
        "skip-stale-issue-message skip-stale-pr-message",
        "",
        "closed-issues-prs staled-issues-prs",
        (0, 10),
    ),
    "actions/upload-artifact": (
        "name if-no-files-found retention-days compression-level overwrite include-hidden-files archive",
        "path",
        "artifact-id artifact-url artifact-digest",
        (4, 6),
    ),
    "actions/upload-artifact/merge": (
        "name pattern separate-directories retention-days compression-level delete-merged include-hidden-files",
        "",
        "artifact-id artifact-url artifact-digest",
        (4, 6),
    ),
    "actions/upload-pages-artifact": (
        "name path retention-days include-hidden-files",
        "",
        "artifact_id artifact-id",
        (3, 4),
    ),
    "aws-actions/configure-aws-credentials": (
        "aws-region role-to-assume aws-access-key-id aws-secret-access-key aws-session-token web-identity-token-file "
        "role-chaining audience http-proxy no-proxy mask-aws-account-id role-duration-seconds role-external-id "
        "role-session-name role-skip-session-tagging inline-session-policy managed-session-policies output-credentials "
        "output-env-credentials unset-current-credentials disable-retry retry-max-attempts "
        "special-characters-workaround use-existing-credentials allowed-account-ids force-skip-oidc action-timeout-s "
        "overwrite-aws-profile aws-profile transitive-tag-keys custom-tags account-id-endpoint-mode "
        "translate-environment-variables",
        "",
        "aws-account-id aws-access-key-id aws-secret-access-key aws-session-token authenticated-arn aws-expiration",
        (0, 5),
    ),
    "docker/login-action": (
        "registry username password scope ecr logout attempts registry-auth",
        "",
        "",
        (0, 3),
    ),
    "docker/setup-qemu-action": ("image platforms cache-image reset", "", "platforms", (0, 3)),
    "dorny/paths-filter": (
        "token working-directory ref base filters list-files initial-fetch-depth predicate-quantifier",
        "filters",
        None,
        (0, 3),
    ),
    "github/codeql-action/analyze": (
        "check_name output upload cleanup-level ram add-snippets skip-queries threads checkout_path ref sha category "
        "upload-database post-processed-sarif-path wait-for-processing token matrix expect-error",
        "",
        "db-locations sarif-output sarif-id sarif-ids",
        (3, 4),
    ),
    "github/codeql-action/init": (
        "tools languages build-mode token matrix registries config config-file db-location queries packs "
        "external-repository-token setup-python-dependencies source-root ram threads debug debug-artifact-name "
        "debug-database-name trap-caching dependency-caching quality-queries analysis-kinds check-run-ids "
        "job-run-uuid",
        "",
        "codeql-path codeql-version",
        (3, 4),
    ),
    "github/codeql-action/autobuild": ("token matrix working-directory", "", "", (3, 4)),
    "github/codeql-action/upload-sarif": (
        "sarif_file checkout_path ref sha token matrix category wait-for-processing",
        "",
        "sarif-id sarif-ids",
        (3, 4),
    ),
    "golangci/golangci-lint-action": (
        "version version-file install-mode install-only working-directory github-token verify only-new-issues args "
        "skip-cache skip-save-cache skip-pkg-cache skip-build-cache skip-go-installation cache-invalidation-interval "
        "problem-matchers debug experimental",
        "",
        "",
        (0, 9),
    ),
    "pnpm/action-setup": (
        "version dest run_install package_json_file standalone nodejs_bundled cache cache_dependency_path",
        "",
        "dest bin_dest",
        (0, 4),
    ),
    "softprops/action-gh-release": (
        "body body_path name tag_name draft prerelease preserve_order files working_directory overwrite_files "
        "fail_on_unmatched_files repository token target_commitish discussion_category_name generate_release_notes "
        "append_body make_latest previous_tag",
        "",
        "url id upload_url assets",
        (0, 2),
    ),
}
