"""Outputs of public actions that hold text which outsiders choose: file names, branch names, comments."""

from __future__ import annotations

from fnmatch import fnmatchcase

_OUTPUTS: dict[str, tuple[str, ...]] = {
    "actions-ecosystem/action-regex-match": ("*",),
    "dorny/paths-filter": ("*_files",),
    "jitterbit/get-changed-files": ("*",),
    "khan/pull-request-comment-trigger": ("comment_body",),
    "peter-evans/find-comment": ("comment-body",),
    "potiuk/get-workflow-origin": ("sourceheadbranch",),
    "tj-actions/branch-names": ("current_branch", "head_ref_branch", "ref_branch"),
    "tj-actions/changed-files": ("*files", "*_files", "all_*"),
    "trilom/file-changes-action": ("*",),
    "tzkhan/pr-update-action": ("headmatch",),
    "xt0rted/pull-request-comment-branch": ("head_ref",),
}


def is_untrusted_output(slug: str, output: str) -> bool:
    """Whether an action's output is such a text."""
    return any(fnmatchcase(output.lower(), pattern) for pattern in _OUTPUTS.get(slug, ()))
