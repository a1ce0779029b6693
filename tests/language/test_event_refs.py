"""The ref and commit of an event."""

from __future__ import annotations

from typing import Any

import pytest

from runyard.language import event_ref

REPOSITORY = {"repository": {"default_branch": "main"}}
CASES: list[tuple[str, dict[str, Any], tuple[str, str, str, str]]] = [
    ("push", {"ref": "refs/heads/a/b", "after": "1"}, ("refs/heads/a/b", "a/b", "branch", "1")),
    ("push", {"ref": "refs/tags/v1", "after": "1"}, ("refs/tags/v1", "v1", "tag", "1")),
    ("push", {"ref": "refs/heads/x", "deleted": True, **REPOSITORY}, ("refs/heads/main", "main", "branch", "")),
    ("create", {"ref": "v1", "ref_type": "tag"}, ("refs/tags/v1", "v1", "tag", "")),
    ("workflow_dispatch", {"ref": "refs/heads/x"}, ("refs/heads/x", "x", "branch", "")),
    (
        "pull_request",
        {"number": 7, "pull_request": {"merge_commit_sha": "2"}},
        ("refs/pull/7/merge", "7/merge", "branch", "2"),
    ),
    ("pull_request_review", {"pull_request": {"number": 8.0}}, ("refs/pull/8/merge", "8/merge", "branch", "")),
    (
        "pull_request_target",
        {"pull_request": {"base": {"ref": "dev", "sha": "3"}}},
        ("refs/heads/dev", "dev", "branch", "3"),
    ),
    ("deployment", {"deployment": {"ref": "refs/tags/x", "sha": "4"}}, ("refs/tags/x", "x", "tag", "4")),
    ("release", {"release": {"tag_name": "v2"}}, ("refs/tags/v2", "v2", "tag", "")),
    ("issues", REPOSITORY, ("refs/heads/main", "main", "branch", "")),
    ("schedule", {}, ("", "", "", "")),
]


@pytest.mark.parametrize(("name", "payload", "expected"), CASES)
def test_ref_of(name: str, payload: dict[str, Any], expected: tuple[str, str, str, str]) -> None:
    found = event_ref(name, payload)
    assert (found.ref, found.ref_name, found.ref_type, found.sha) == expected
