"""What holds for the ref of any event. The table of events is in `cases/events/refs.yaml`."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from runyard.language import event_ref
from runyard.language.schema.events import EVENTS

KEYS = [
    "ref",
    "ref_type",
    "after",
    "deleted",
    "number",
    "repository",
    "default_branch",
    "pull_request",
    "base",
    "sha",
    "merged",
    "merge_commit_sha",
    "merge_group",
    "head_ref",
    "head_sha",
    "deployment",
    "release",
    "tag_name",
    "registry_package",
    "package_version",
    "target_commitish",
    "target_oid",
]
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(0, 99), st.sampled_from(["main", "refs/heads/a", "tag", ""]))
PARTS = st.recursive(SCALARS, lambda inner: st.dictionaries(st.sampled_from(KEYS), inner, max_size=6), max_leaves=20)
PAYLOADS = st.dictionaries(st.sampled_from(KEYS), PARTS, max_size=8)


@given(st.sampled_from([*EVENTS, "unheard_of"]), PAYLOADS)
def test_any_payload_has_a_whole_ref_or_none(name: str, payload: dict[str, Any]) -> None:
    found = event_ref(name, payload)
    assert isinstance(found.sha, str)
    assert not found.ref or found.ref.startswith("refs/")
    assert found.ref.endswith(found.ref_name)
    assert found.ref_type == ("tag" if found.ref.startswith("refs/tags/") else "branch" if found.ref else "")


@given(st.sampled_from(sorted(EVENTS)), st.sampled_from(["main", "trunk/x"]))
def test_an_event_about_nothing_else_is_about_the_default_branch(name: str, branch: str) -> None:
    ref = event_ref(name, {"repository": {"default_branch": branch}}).ref
    assert ref in (f"refs/heads/{branch}", "")
