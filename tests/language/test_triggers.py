"""Laws of triggers. Which events start which workflows is in `cases/events/`."""

from __future__ import annotations

import json
import time
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from runyard.language import Event, is_skipped, match_pattern, matches, parse
from runyard.language.model import Workflow
from runyard.language.schema.events import EVENTS

PATTERNS = st.lists(st.sampled_from(["main", "*", "**", "a/*", "a/**", "v[0-9]", "dev?"]), min_size=1, max_size=3)
NAMES = st.sampled_from(["main", "dev", "de", "a/b", "a/b/c", "v1", "x"])
FILES = st.lists(NAMES, max_size=3).map(tuple)


def workflow(on: Any) -> Workflow:
    found = parse(json.dumps({"on": on, "jobs": {"a": {"runs-on": "x"}}})).workflow
    assert found is not None
    return found


def starts(name: str, filters: dict[str, Any], **event: Any) -> bool:
    return matches(Event(name, **event), workflow({name: filters}))


@given(PATTERNS, NAMES)
def test_a_filter_and_the_same_one_to_ignore_complement_each_other(patterns: list[str], name: str) -> None:
    for kind, prefix in (("branches", "refs/heads/"), ("tags", "refs/tags/")):
        passes = starts("push", {kind: patterns}, ref=prefix + name)
        assert passes == match_pattern(patterns, name)
        assert starts("push", {f"{kind}-ignore": patterns}, ref=prefix + name) is not passes
    for event in ("pull_request", "pull_request_target", "merge_group"):
        action = "checks_requested" if event == "merge_group" else "opened"
        passes = starts(event, {"branches": patterns}, action=action, base_ref=name)
        assert starts(event, {"branches-ignore": patterns}, action=action, base_ref=name) is not passes


@given(PATTERNS, NAMES)
def test_a_filter_for_one_kind_of_ref_excludes_the_other(patterns: list[str], name: str) -> None:
    for ignore in ("", "-ignore"):
        assert not starts("push", {f"branches{ignore}": patterns}, ref=f"refs/tags/{name}")
        assert not starts("push", {f"tags{ignore}": patterns}, ref=f"refs/heads/{name}")


@given(PATTERNS, PATTERNS, NAMES, FILES)
def test_paths_only_restrict(patterns: list[str], paths: list[str], name: str, files: tuple[str, ...]) -> None:
    event = {"ref": f"refs/heads/{name}", "changed_files": files}
    both = starts("push", {"branches": patterns, "paths": paths}, **event)
    assert both == (starts("push", {"branches": patterns}, **event) and starts("push", {"paths": paths}, **event))
    assert starts("push", {"paths": paths}, **event) == any(match_pattern(paths, file) for file in files)
    assert starts("push", {"paths-ignore": paths}, **event) == any(not match_pattern(paths, file) for file in files)
    assert starts("push", {"paths": paths}, ref=f"refs/heads/{name}")


@given(st.sampled_from(sorted(EVENTS)), st.sampled_from(sorted(EVENTS)))
def test_only_the_named_event_starts_it(named: str, happened: str) -> None:
    if named == happened or named == "schedule":
        return
    assert not matches(Event(happened, ref="refs/heads/main"), workflow(named))


@given(st.text())
def test_a_mark_anywhere_skips(text: str) -> None:
    assert is_skipped(text + "[skip ci]" + text)
    assert is_skipped(f"title\n\n{text.strip() or 'body'}\n\nskip-checks: true")


def test_a_hostile_message_is_read_in_linear_time() -> None:
    start = time.perf_counter()
    assert not is_skipped("\n\nskip-checks: \n" * 200_000)
    assert time.perf_counter() - start < 5
