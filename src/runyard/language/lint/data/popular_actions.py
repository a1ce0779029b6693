"""Inputs, outputs and age of actions that many workflows use.

Names are those of several major versions together, so that an input that none of them has is found and none that one
of them has is blamed. `first_alive` is the oldest major version that still does its work.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

_MAJOR = re.compile(r"(?:release/)?v?([0-9]{1,9})(?:\.[0-9]+)*")


@dataclass(frozen=True, slots=True)
class PopularAction:
    """A public action. `outputs` None: they depend on its inputs. `first_alive` 0: every version works.

    The names are those of the major versions `since` to `latest`; `deprecated` are inputs with what to use instead.
    """

    name: str
    inputs: frozenset[str]
    required: tuple[str, ...]
    outputs: tuple[str, ...] | None
    first_alive: int
    latest: int
    since: int
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
    name: str, inputs: str, required: str, outputs: str | None, versions: tuple[int, ...], deprecated: str = ""
) -> PopularAction:
    pairs = (pair.partition("=") for pair in deprecated.split())
    return PopularAction(
        name,
        frozenset(inputs.split()) | frozenset(required.split()),
        tuple(required.split()),
        None if outputs is None else tuple(outputs.split()),
        versions[0],
        versions[1],
        versions[2] if len(versions) > 2 else 0,
        {old: new for old, _, new in pairs},
    )


_CACHE = "restore-keys upload-chunk-size enableCrossOsArchive fail-on-cache-miss lookup-only save-always"
_ROWS: dict[str, tuple[str, str, str | None, tuple[int, ...]] | tuple[str, str, str | None, tuple[int, ...], str]] = {
    "actions/add-to-project": (
        "github-token labeled label-operator",
        "project-url",
        "itemId",
        (0, 1),
    ),
    "actions/attest": (
        "subject-path subject-digest subject-name subject-checksums predicate-type predicate predicate-path "
        "sbom-path push-to-registry create-storage-record show-summary github-token",
        "",
        "attestation-id attestation-url bundle-path storage-record-ids",
        (0, 3),
    ),
    "actions/attest-build-provenance": (
        "subject-path subject-digest subject-name subject-checksums push-to-registry create-storage-record "
        "show-summary github-token",
        "",
        "attestation-id attestation-url bundle-path storage-record-ids",
        (0, 3),
    ),
    "actions/attest-sbom": (
        "subject-path subject-digest subject-name subject-checksums push-to-registry create-storage-record "
        "show-summary github-token",
        "sbom-path",
        "attestation-id attestation-url bundle-path storage-record-ids",
        (0, 3),
    ),
    "actions/cache": (_CACHE, "path key", "cache-hit", (3, 5)),
    "actions/cache/restore": (
        _CACHE,
        "path key",
        "cache-hit cache-primary-key cache-matched-key",
        (3, 5),
    ),
    "actions/cache/save": ("upload-chunk-size enableCrossOsArchive", "path key", "", (3, 5)),
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
    "actions/create-github-app-token": (
        "app-id app_id client-id private-key private_key owner repositories skip-token-revoke skip_token_revoke "
        "github-api-url enterprise-slug enterprise permission-actions permission-administration "
        "permission-attestations permission-checks permission-codespaces permission-contents "
        "permission-copilot-messages permission-dependabot-secrets permission-deployments "
        "permission-email-addresses permission-environments permission-followers permission-git-ssh-keys "
        "permission-gpg-keys permission-interaction-limits permission-issues permission-members "
        "permission-merge-queues permission-metadata permission-organization-administration "
        "permission-organization-announcement-banners permission-organization-copilot-seat-management "
        "permission-organization-custom-org-roles permission-organization-custom-properties "
        "permission-organization-custom-roles permission-organization-events permission-organization-hooks "
        "permission-organization-packages permission-organization-personal-access-token-requests "
        "permission-organization-personal-access-tokens permission-organization-plan "
        "permission-organization-projects permission-organization-secrets "
        "permission-organization-self-hosted-runners permission-organization-user-blocking permission-packages "
        "permission-pages permission-profile permission-pull-requests permission-repository-custom-properties "
        "permission-repository-hooks permission-repository-projects permission-secret-scanning-alerts "
        "permission-secrets permission-security-events permission-single-file permission-starring "
        "permission-statuses permission-team-discussions permission-vulnerability-alerts permission-workflows",
        "",
        "token installation-id app-slug",
        (0, 3),
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
        (4, 8),
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
    "actions/jekyll-build-pages": (
        "source destination future build_revision verbose token",
        "",
        "",
        (0, 1),
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
        (4, 7),
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
    "amannn/action-semantic-pull-request": (
        "types scopes requireScope disallowScopes subjectPattern subjectPatternError validateSingleCommit "
        "validateSingleCommitMatchesPrTitle githubBaseUrl ignoreLabels headerPattern headerPatternCorrespondence "
        "wip",
        "",
        "type scope subject error_message",
        (0, 6, 3),
    ),
    "aquasecurity/trivy-action": (
        "scan-type image-ref input scan-ref exit-code ignore-unfixed vuln-type severity format template output "
        "skip-dirs skip-files cache-dir timeout ignore-policy hide-progress list-all-pkgs scanners "
        "security-checks trivyignores artifact-type github-pat trivy-config tf-vars limit-severities-for-sarif "
        "docker-host version cache skip-setup-trivy token-setup-trivy",
        "",
        "",
        (0, 0),
    ),
    "astral-sh/setup-uv": (
        "version version-file python-version activate-environment venv-path no-project working-directory checksum "
        "github-token server-url enable-cache cache-dependency-glob restore-cache save-cache cache-suffix "
        "cache-local-path prune-cache cache-python ignore-nothing-to-cache ignore-empty-workdir tool-dir "
        "tool-bin-dir manifest-file add-problem-matchers resolution-strategy uv-version pyproject-file quiet "
        "download-from-astral-mirror",
        "",
        "uv-version uv-path uvx-path cache-hit cache-key venv python-version python-cache-hit",
        (0, 7, 3),
    ),
    "aws-actions/amazon-ecr-login": (
        "http-proxy mask-password registries skip-logout registry-type",
        "",
        None,
        (0, 2),
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
    "azure/login": (
        "creds client-id tenant-id subscription-id enable-AzPSSession environment allow-no-subscriptions audience "
        "auth-type",
        "",
        "",
        (0, 2),
    ),
    "azure/setup-helm": (
        "version token downloadBaseURL",
        "",
        "helm-path",
        (0, 4, 3),
    ),
    "azure/setup-kubectl": (
        "version",
        "",
        "kubectl-path",
        (0, 4, 3),
    ),
    "cachix/install-nix-action": (
        "install_url install_options nix_path extra_nix_config github_access_token enable_kvm set_as_trusted_user "
        "skip_adding_nixpkgs_channel",
        "",
        "",
        (0, 31, 12),
    ),
    "changesets/action": (
        "publish version cwd commit title branch setupGitUser createGithubReleases commitMode prDraft",
        "",
        "published publishedPackages hasChangesets pullRequestNumber",
        (0, 1),
    ),
    "codecov/codecov-action": (
        "base_sha binary codecov_yml_path commit_parent cli_args directory disable_file_fixes disable_search "
        "disable_safe_directory disable_telem dry_run env_vars exclude fail_ci_if_error file files flags force "
        "gcov gcov_args gcov_executable gcov_ignore gcov_include gcov_path functionalities git_service "
        "handle_no_reports_found job_code move_coverage_to_trash name network_filter network_prefix os "
        "override_branch override_build override_build_url override_commit override_pr override_tag parent_sha "
        "path_to_write_report plugin plugins recurse_submodules report_code report_type root_dir run_command "
        "skip_validation slug swift swift_project token upstream_proxy url use_legacy_upload_endpoint use_oidc "
        "use_pypi verbose version working-directory xcode xcode_archive_path xcode_package xtra_args feature "
        "full_report branch build build_url commit uploader_version",
        "",
        "",
        (0, 5),
    ),
    "conda-incubator/setup-miniconda": (
        "installer-url installation-dir miniconda-version miniforge-variant miniforge-version conda-version "
        "conda-build-version environment-file activate-environment python-version add-anaconda-token "
        "add-pip-as-python-dependency allow-softlinks auto-activate auto-activate-base auto-update-conda "
        "condarc-file channel-alias channel-priority channels conda-remove-defaults show-channel-urls pkgs-dirs "
        "use-only-tar-bz2 remove-profiles run-init mamba-version use-mamba conda-solver architecture "
        "clean-patched-environment-file run-post",
        "",
        "environment-file environment-file-content environment-file-was-patched",
        (0, 3, 2),
    ),
    "crazy-max/ghaction-import-gpg": (
        "passphrase trust_level git_config_global git_user_signingkey git_commit_gpgsign git_tag_gpgsign "
        "git_push_gpgsign git_committer_name git_committer_email workdir fingerprint gpg-private-key "
        "git-user-signingkey git-commit-gpgsign git-tag-gpgsign git-push-gpgsign git-committer-name "
        "git-committer-email gpg_private_key",
        "",
        "fingerprint keyid name email",
        (0, 6, 3),
    ),
    "denoland/setup-deno": (
        "deno-version deno-version-file deno-binary-name target cache cache-hash",
        "",
        "cache-hit deno-version release-channel is-canary",
        (0, 2),
    ),
    "dessant/lock-threads": (
        "github-token issue-inactive-days exclude-issue-created-before exclude-issue-created-after "
        "exclude-issue-created-between exclude-issue-closed-before exclude-issue-closed-after "
        "exclude-issue-closed-between include-any-issue-labels include-all-issue-labels exclude-any-issue-labels "
        "add-issue-labels remove-issue-labels issue-comment issue-lock-reason pr-inactive-days "
        "exclude-pr-created-before exclude-pr-created-after exclude-pr-created-between exclude-pr-closed-before "
        "exclude-pr-closed-after exclude-pr-closed-between include-any-pr-labels include-all-pr-labels "
        "exclude-any-pr-labels add-pr-labels remove-pr-labels pr-comment pr-lock-reason discussion-inactive-days "
        "exclude-discussion-created-before exclude-discussion-created-after exclude-discussion-created-between "
        "exclude-discussion-closed-before exclude-discussion-closed-after exclude-discussion-closed-between "
        "include-any-discussion-labels include-all-discussion-labels exclude-any-discussion-labels "
        "add-discussion-labels remove-discussion-labels discussion-comment process-only log-output",
        "",
        "issues prs discussions",
        (0, 5, 3),
    ),
    "docker/bake-action": (
        "builder workdir source files targets no-cache pull load provenance push sbom set github-token allow call",
        "",
        "metadata",
        (0, 6),
    ),
    "docker/build-push-action": (
        "add-hosts allow annotations attests build-args build-contexts builder cache-from cache-to call "
        "cgroup-parent context file labels load network no-cache no-cache-filters outputs platforms provenance "
        "pull push sbom secrets secret-envs secret-files shm-size ssh tags target ulimit github-token username "
        "password registry repository tag_with_ref tag_with_sha path dockerfile build_args always_pull "
        "cache_froms add_git_labels",
        "",
        "imageid digest metadata",
        (0, 6),
    ),
    "docker/login-action": (
        "registry username password scope ecr logout attempts registry-auth",
        "",
        "",
        (0, 3),
    ),
    "docker/metadata-action": (
        "context images tags flavor labels annotations sep-tags sep-labels sep-annotations bake-target "
        "github-token tag-sha tag-edge tag-edge-branch tag-semver tag-match tag-match-group tag-latest "
        "tag-schedule tag-custom tag-custom-only label-custom is-latest",
        "",
        "version tags tag-names labels annotations json bake-file-tags bake-file-labels bake-file-annotations "
        "bake-file",
        (0, 5, 3),
    ),
    "docker/setup-buildx-action": (
        "version driver driver-opts buildkitd-flags buildkitd-config buildkitd-config-inline config config-inline "
        "install use endpoint platforms append keep-state cache-binary cleanup name buildx-version",
        "",
        "name driver platforms nodes endpoint status flags",
        (0, 3),
    ),
    "docker/setup-qemu-action": ("image platforms cache-image reset", "", "platforms", (0, 3)),
    "dorny/paths-filter": (
        "token working-directory ref base filters list-files initial-fetch-depth predicate-quantifier",
        "filters",
        None,
        (0, 3),
    ),
    "dtolnay/rust-toolchain": (
        "toolchain targets target components",
        "",
        "cachekey name",
        (0, 1),
    ),
    "github/codeql-action/analyze": (
        "check_name output upload cleanup-level ram add-snippets skip-queries threads checkout_path ref sha category "
        "upload-database post-processed-sarif-path wait-for-processing token matrix expect-error",
        "",
        "db-locations sarif-output sarif-id sarif-ids",
        (3, 4),
    ),
    "github/codeql-action/autobuild": ("token matrix working-directory", "", "", (3, 4)),
    "github/codeql-action/init": (
        "tools languages build-mode token matrix registries config config-file db-location queries packs "
        "external-repository-token setup-python-dependencies source-root ram threads debug debug-artifact-name "
        "debug-database-name trap-caching dependency-caching quality-queries analysis-kinds check-run-ids "
        "job-run-uuid",
        "",
        "codeql-path codeql-version",
        (3, 4),
    ),
    "github/codeql-action/upload-sarif": (
        "sarif_file checkout_path ref sha token matrix category wait-for-processing",
        "",
        "sarif-id sarif-ids",
        (3, 4),
    ),
    "golang/govulncheck-action": (
        "go-version-input check-latest cache go-package work-dir repo-checkout go-version-file output-format "
        "output-file",
        "",
        "",
        (0, 1),
    ),
    "golangci/golangci-lint-action": (
        "version version-file install-mode install-only working-directory github-token verify only-new-issues args "
        "skip-cache skip-save-cache skip-pkg-cache skip-build-cache skip-go-installation cache-invalidation-interval "
        "problem-matchers debug experimental",
        "",
        "",
        (0, 9),
    ),
    "google-github-actions/auth": (
        "project_id workload_identity_provider service_account audience credentials_json create_credentials_file "
        "export_environment_variables activate_credentials_file token_format delegates universe request_reason "
        "cleanup_credentials access_token_lifetime access_token_scopes access_token_subject retries backoff "
        "backoff_limit id_token_audience id_token_include_email",
        "",
        "project_id credentials_file_path auth_token access_token access_token_expiration id_token",
        (0, 3),
    ),
    "google-github-actions/setup-gcloud": (
        "skip_install version project_id install_components service_account_email service_account_key "
        "export_default_credentials credentials_file_path cleanup_credentials skip_tool_cache cache",
        "",
        "version",
        (0, 3),
    ),
    "googleapis/release-please-action": (
        "token release-type path target-branch config-file manifest-file repo-url github-api-url "
        "github-graphql-url fork include-component-in-tag proxy-server skip-github-release "
        "skip-github-pull-request skip-labeling changelog-host versioning-strategy release-as clean package-name "
        "bump-minor-pre-major bump-patch-for-minor-pre-major changelog-path command version-file extra-files "
        "default-branch changelog-types signoff monorepo-tags pull-request-title-pattern pull-request-header "
        "draft draft-pull-request changelog-notes-type prerelease component include-v-in-tag tag-separator "
        "snapshot-labels bootstrap-sha last-release-sha always-link-local separate-pull-requests plugins labels "
        "release-labels sequential-calls group-pull-request-title-pattern release-search-depth "
        "commit-search-depth reviewers include-commit-authors prerelease-type",
        "",
        None,
        (0, 4, 3),
    ),
    "goreleaser/goreleaser-action": (
        "distribution version version-file args workdir install-only key",
        "",
        "artifacts metadata",
        (0, 6, 2),
    ),
    "gradle/actions/setup-gradle": (
        "gradle-version cache-provider cache-disabled cache-read-only cache-write-only cache-overwrite-existing "
        "cache-encryption-key cache-cleanup gradle-home-cache-cleanup gradle-home-cache-includes "
        "gradle-home-cache-excludes gradle-home-cache-strict-match add-job-summary add-job-summary-as-pr-comment "
        "dependency-graph dependency-graph-report-dir dependency-graph-continue-on-failure "
        "dependency-graph-exclude-projects dependency-graph-include-projects "
        "dependency-graph-exclude-configurations dependency-graph-include-configurations artifact-retention-days "
        "build-scan-publish build-scan-terms-of-use-url build-scan-terms-of-use-agree "
        "build-scan-terms-of-service-url build-scan-terms-of-service-agree develocity-access-key "
        "develocity-token-expiry develocity-injection-enabled develocity-url develocity-allow-untrusted-server "
        "develocity-capture-file-fingerprints develocity-enforce-url develocity-plugin-version "
        "develocity-ccud-plugin-version gradle-plugin-repository-url gradle-plugin-repository-username "
        "gradle-plugin-repository-password validate-wrappers allow-snapshot-wrappers allow-checksums "
        "wrapper-validation arguments generate-job-summary cache-key-prefix workflow-job-context github-token "
        "build-root-directory",
        "",
        "build-scan-url dependency-graph-file gradle-version",
        (0, 5, 3),
    ),
    "gradle/actions/wrapper-validation": (
        "min-wrapper-count allow-snapshots allow-checksums",
        "",
        "failed-wrapper",
        (0, 5, 3),
    ),
    "hadolint/hadolint-action": (
        "dockerfile config recursive output-file no-color no-fail verbose format failure-threshold override-error "
        "override-warning override-info override-style ignore trusted-registries disable-ignore-pragma",
        "",
        "results",
        (0, 3, 2),
    ),
    "hashicorp/setup-terraform": (
        "cli_config_credentials_hostname cli_config_credentials_token terraform_version terraform_version_file "
        "terraform_wrapper",
        "",
        "stdout stderr exitcode",
        (0, 4, 1),
    ),
    "hashicorp/vault-action": (
        "secrets namespace method role path token roleId secretId githubToken jwtPrivateKey jwtKeyPassword "
        "jwtGithubAudience jwtTtl kubernetesTokenPath username password authPayload extraHeaders exportEnv "
        "exportToken outputToken caCertificate clientCertificate clientKey tlsSkipVerify ignoreNotFound "
        "secretEncodingType",
        "url",
        None,
        (0, 3, 2),
    ),
    "helm/kind-action": (
        "version config node_image cluster_name wait log_level registry registry_image registry_name "
        "registry_port registry_enable_delete install_only ignore_failed_clean kubectl_version cloud_provider "
        "verbosity",
        "",
        "",
        (0, 1),
    ),
    "ilammy/msvc-dev-cmd": (
        "arch sdk spectre toolset uwp vsversion",
        "",
        "",
        (0, 1),
    ),
    "jamesives/github-pages-deploy-action": (
        "ssh-key token branch folder target-folder commit-message clean clean-exclude dry-run force "
        "git-config-name git-config-email repository-name tag single-commit silent attempt-limit workspace "
        "preserve ACCESS_TOKEN GITHUB_TOKEN SSH BRANCH BASE_BRANCH FOLDER TARGET_FOLDER COMMIT_MESSAGE CLEAN "
        "CLEAN_EXCLUDE GIT_CONFIG_NAME GIT_CONFIG_EMAIL REPOSITORY_NAME SINGLE_COMMIT LFS SILENT PRESERVE",
        "",
        "deployment-status deployment_status",
        (0, 4, 3),
    ),
    "mamba-org/setup-micromamba": (
        "condarc-file condarc environment-file environment-name create-args log-level micromamba-version "
        "micromamba-url download-micromamba init-shell generate-run-shell cache-downloads cache-downloads-key "
        "cache-environment cache-environment-key post-cleanup micromamba-root-path micromamba-binary-path",
        "",
        "environment-path",
        (0, 2),
    ),
    "msys2/setup-msys2": (
        "msystem path-type update install pacboy release location platform-check-severity cache",
        "",
        "msys2-location",
        (0, 2, 2),
    ),
    "ncipollo/release-action": (
        "allowUpdates artifactErrorsFailBuild artifacts artifact artifactContentType body bodyFile commit "
        "discussionCategory draft generateReleaseNotes generateReleaseNotesPreviousTag immutableCreate makeLatest "
        "name omitBody omitBodyDuringUpdate omitDraftDuringUpdate omitName omitNameDuringUpdate "
        "omitPrereleaseDuringUpdate owner prerelease removeArtifacts replacesArtifacts repo skipIfReleaseExists "
        "tag token updateOnlyUnreleased",
        "",
        "id html_url upload_url tarball_url zipball_url release_url assets",
        (0, 1),
    ),
    "nick-fields/retry": (
        "timeout_minutes timeout_seconds max_attempts retry_wait_seconds shell polling_interval_seconds retry_on "
        "warning_on_retry on_retry_command continue_on_error new_command_on_retry retry_on_exit_code",
        "command",
        "total_attempts exit_code exit_error",
        (0, 3, 2),
    ),
    "ossf/scorecard-action": (
        "repo_token publish_results file_mode internal_publish_base_url internal_default_token policy_file",
        "results_file results_format",
        "",
        (0, 2, 2),
    ),
    "oven-sh/setup-bun": (
        "bun-version bun-version-file bun-download-url registries registry-url scope no-cache token",
        "",
        "bun-version bun-revision bun-path bun-download-url cache-hit",
        (0, 2),
    ),
    "peaceiris/actions-gh-pages": (
        "deploy_key github_token personal_token publish_branch publish_dir destination_dir external_repository "
        "allow_empty_commit keep_files force_orphan user_name user_email commit_message full_commit_message "
        "tag_name tag_message enable_jekyll disable_nojekyll cname exclude_assets",
        "",
        "",
        (0, 4, 3),
    ),
    "peaceiris/actions-hugo": (
        "hugo-version extended",
        "",
        "",
        (0, 3),
    ),
    "peter-evans/create-or-update-comment": (
        "token repository issue-number comment-id body body-path body-file edit-mode append-separator reactions "
        "reactions-edit-mode reaction-type",
        "",
        "comment-id",
        (0, 5),
    ),
    "peter-evans/create-pull-request": (
        "token branch-token git-token path add-paths commit-message committer author signoff branch branch-suffix "
        "delete-branch base push-to-fork sign-commits title body body-path labels assignees reviewers "
        "team-reviewers milestone draft maintainer-can-modify project project-column request-to-parent",
        "",
        "pull-request-number pull-request-url pull-request-operation pull-request-head-sha pull-request-branch "
        "pull-request-commits-verified",
        (0, 7, 3),
    ),
    "peter-evans/find-comment": (
        "token repository comment-author body-includes body-regex direction nth",
        "issue-number",
        "comment-id comment-node-id comment-body comment-author comment-created-at",
        (0, 4),
    ),
    "peter-evans/repository-dispatch": (
        "token repository client-payload",
        "event-type",
        "",
        (0, 4),
    ),
    "pnpm/action-setup": (
        "version dest run_install package_json_file standalone nodejs_bundled cache cache_dependency_path",
        "",
        "dest bin_dest",
        (0, 4),
    ),
    "pre-commit/action": (
        "extra_args token",
        "",
        "",
        (0, 3),
    ),
    "pypa/cibuildwheel": (
        "package-dir output-dir config-file only extras",
        "",
        "",
        (0, 3, 2),
    ),
    "pypa/gh-action-pypi-publish": (
        "user password repository-url repository_url packages-dir packages_dir verify-metadata verify_metadata "
        "skip-existing skip_existing verbose print-hash print_hash attestations",
        "",
        "",
        (0, 1),
    ),
    "reactivecircus/android-emulator-runner": (
        "api-level system-image-api-level target arch profile cores ram-size heap-size sdcard-path-or-size "
        "disk-size avd-name force-avd-creation emulator-boot-timeout emulator-port emulator-options "
        "disable-animations disable-spellchecker disable-linux-hw-accel enable-hw-keyboard "
        "enable-hardware-keyboard emulator-build working-directory ndk cmake channel pre-emulator-launch-script "
        "headless",
        "script",
        "",
        (0, 2, 2),
    ),
    "ruby/setup-ruby": (
        "ruby-version rubygems bundler bundler-cache working-directory cache-version self-hosted "
        "windows-toolchain token bundle-args",
        "",
        "ruby-prefix",
        (0, 1),
    ),
    "shivammathur/setup-php": (
        "php-version php-version-file extensions ini-file ini-values coverage tools github-token pecl "
        "extension-csv ini-values-csv",
        "",
        "php-version",
        (0, 2, 2),
    ),
    "sigstore/cosign-installer": (
        "cosign-release install-dir use-sudo",
        "",
        "",
        (0, 4, 2),
    ),
    "softprops/action-gh-release": (
        "body body_path name tag_name draft prerelease preserve_order files working_directory overwrite_files "
        "fail_on_unmatched_files repository token target_commitish discussion_category_name generate_release_notes "
        "append_body make_latest previous_tag",
        "",
        "url id upload_url assets",
        (0, 2),
    ),
    "stefanzweifel/git-auto-commit-action": (
        "commit_message branch commit_options add_options status_options file_pattern repository commit_user_name "
        "commit_user_email commit_author tagging_message tag_name push_options skip_dirty_check skip_fetch "
        "skip_checkout skip_push disable_globbing create_branch create_git_tag_only internal_git_binary "
        "checkout_options",
        "",
        "changes_detected commit_hash create_git_tag_only",
        (0, 7, 4),
    ),
    "step-security/harden-runner": (
        "allowed-endpoints egress-policy token disable-telemetry disable-sudo disable-sudo-and-containers "
        "disable-file-monitoring exempt-files policy api-key use-policy-store deploy-on-self-hosted-vm",
        "",
        "",
        (0, 2, 2),
    ),
    "subosito/flutter-action": (
        "channel flutter-version flutter-version-file architecture cache cache-key cache-path cache-sdk pub-cache "
        "pub-cache-key pub-cache-path dry-run git-source",
        "",
        "CHANNEL VERSION ARCHITECTURE CACHE-KEY CACHE-PATH PUB-CACHE-KEY PUB-CACHE-PATH PUB-CACHE GIT_SOURCE",
        (0, 2, 2),
    ),
    "swatinem/rust-cache": (
        "prefix-key shared-key key add-job-id-key add-rust-environment-hash-key env-vars workspaces "
        "cache-directories cache-targets cache-on-failure cache-all-crates cache-workspace-crates save-if "
        "cache-provider cache-bin lookup-only cmd-format sharedKey working-directory target-dir",
        "",
        "cache-hit",
        (0, 2, 2),
    ),
    "webfactory/ssh-agent": (
        "ssh-auth-sock log-public-key ssh-agent-cmd ssh-add-cmd git-cmd",
        "ssh-private-key",
        "",
        (0, 0),
    ),
}
