"""Which events start a workflow."""

from __future__ import annotations

from typing import Any

import pytest

from runyard.language import Event, is_skipped, matches, parse
from runyard.language.model import Workflow

MAIN, TAG = "refs/heads/main", "refs/tags/v1.0"


def workflow(on: str) -> Workflow:
    found = parse(f"on: {on}\njobs: {{a: {{runs-on: x}}}}").workflow
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("on", "ref", "files", "runs"),
    [
        ("push", MAIN, None, True),
        ("push", TAG, None, True),
        ("pull_request", MAIN, None, False),
        ("{push: {branches: [main]}}", MAIN, None, True),
        ("{push: {branches: [main]}}", "refs/heads/other", None, False),
        ("{push: {branches: [main]}}", TAG, None, False),
        ("{push: {tags: ['v*']}}", TAG, None, True),
        ("{push: {tags: ['v*']}}", MAIN, None, False),
        ("{push: {branches: [dev], tags: ['v*']}}", TAG, None, True),
        ("{push: {branches: [dev], tags: ['v*']}}", "refs/heads/dev", None, True),
        ("{push: {branches-ignore: [main]}}", MAIN, None, False),
        ("{push: {branches-ignore: [main]}}", "refs/heads/x", None, True),
        ("{push: {branches-ignore: [main]}}", TAG, None, False),
        ("{push: {tags-ignore: ['v1*']}}", TAG, None, False),
        ("{push: {branches: []}}", MAIN, None, False),
        ("{push: {branches: ['**', '!main']}}", MAIN, None, False),
        ("{push: {paths: [docs/**]}}", MAIN, ("docs/a.md", "x"), True),
        ("{push: {paths: [docs/**]}}", MAIN, ("x",), False),
        ("{push: {paths: [docs/**]}}", MAIN, (), False),
        ("{push: {paths: [docs/**]}}", MAIN, None, True),
        ("{push: {paths: [docs/**]}}", TAG, ("x",), True),
        ("{push: {paths-ignore: [docs/**]}}", MAIN, ("docs/a.md",), False),
        ("{push: {paths-ignore: [docs/**]}}", MAIN, ("docs/a.md", "x"), True),
        ("{push: {branches: [main], paths: [src/**]}}", MAIN, ("src/a",), True),
        ("{push: {branches: [dev], paths: [src/**]}}", MAIN, ("src/a",), False),
    ],
)
def test_push(on: str, ref: str, files: tuple[str, ...] | None, runs: bool) -> None:
    assert matches(Event("push", ref, changed_files=files), workflow(on)) is runs


@pytest.mark.parametrize(
    ("on", "event", "runs"),
    [
        ("pull_request", {"action": "opened"}, True),
        ("pull_request", {"action": "labeled"}, False),
        ("{pull_request: {types: [labeled]}}", {"action": "labeled"}, True),
        ("{pull_request: {types: labeled}}", {"action": "opened"}, False),
        ("{pull_request: {types: []}}", {"action": "opened"}, False),
        ("{pull_request: {branches: [main]}}", {"action": "opened", "base_ref": "main"}, True),
        ("{pull_request: {branches: [main]}}", {"action": "opened", "base_ref": "refs/heads/dev"}, False),
        ("{pull_request: {paths: ['*.py']}}", {"action": "opened", "changed_files": ("a.py",)}, True),
        ("issues", {"action": "pinned"}, True),
        ("{issues: {types: [opened]}}", {"action": "closed"}, False),
        ("{repository_dispatch: {types: [go]}}", {"action": "go"}, True),
        ("{repository_dispatch: {types: [go]}}", {"action": "stop"}, False),
        ("workflow_dispatch", {}, True),
        ("{schedule: [{cron: 0 1 * * *}]}", {"schedule": "0 1 * * *"}, True),
        ("{schedule: [{cron: 0 1 * * *}]}", {"schedule": "0 2 * * *"}, False),
        ("{workflow_run: {workflows: [CI]}}", {"workflow": "CI", "action": "completed"}, True),
        ("{workflow_run: {workflows: CI}}", {"workflow": "Other"}, False),
        ("{workflow_run: {branches: [main]}}", {"head_branch": "dev"}, False),
        ("{merge_group: {branches: [main]}}", {"base_ref": "refs/heads/main"}, True),
        ("{image_version: {names: ['a*'], versions: ['1.*']}}", {"image": "ab", "version": "1.2"}, True),
        ("{image_version: {names: ['a*'], versions: ['1.*']}}", {"image": "ab", "version": "2.0"}, False),
    ],
)
def test_other_events(on: str, event: dict[str, Any], runs: bool) -> None:
    found = workflow(on)
    (name,) = found.triggers
    assert matches(Event(name, **event), found) is runs


@pytest.mark.parametrize(
    ("message", "skipped"),
    [
        ("fix [skip ci]", True),
        ("[no ci] fix\n\nbody", True),
        ("fix\n\nbody\n\nskip-checks: true", True),
        ("fix\n\n\nskip-checks:true\n", True),
        ("skip-checks: true", False),
        ("fix skip ci", False),
    ],
)
def test_skipping(message: str, skipped: bool) -> None:
    assert is_skipped(message) is skipped
    assert matches(Event("push", MAIN, message=message), workflow("push")) is not skipped
    assert matches(Event("workflow_dispatch", MAIN, message=message), workflow("workflow_dispatch"))
