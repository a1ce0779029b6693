"""`concurrency`, evaluated."""

from __future__ import annotations

import pytest

from runyard.language import Concurrency, LanguageError, evaluate_concurrency, parse

CONTEXTS = {
    "github": {"ref": "refs/heads/main", "event": {"whole": {"group": "g", "queue": "max"}, "empty": "", "list": []}},
    "vars": {"long": "x" * 401},
}


def evaluated(text: str) -> Concurrency | None:
    workflow = parse(f"on: push\n{text}\njobs: {{a: {{runs-on: x}}}}").workflow
    assert workflow is not None
    return evaluate_concurrency(workflow.concurrency, CONTEXTS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("concurrency: deploy", Concurrency("deploy")),
        ("concurrency: ci-${{ github.ref }}", Concurrency("ci-refs/heads/main")),
        ("concurrency: 5", Concurrency("5")),
        ("concurrency: {group: '${{ github.ref }}', cancel-in-progress: true}", Concurrency("refs/heads/main", True)),
        ("concurrency: {group: g, cancel-in-progress: '${{ github.ref != 1 }}'}", Concurrency("g", True)),
        ("concurrency: {group: g, queue: max}", Concurrency("g", False, "max")),
        ("concurrency: {group: g, queue: single}", Concurrency("g", False, "single")),
        ("concurrency: ${{ github.event.whole }}", Concurrency("g", False, "max")),
    ],
)
def test_groups(text: str, expected: Concurrency | None) -> None:
    assert evaluated(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("concurrency: ${{ github.event.empty }}", "Concurrency group name cannot be empty"),
        ("concurrency: ${{ vars.missing }}", "Concurrency group name cannot be empty"),
        ("concurrency: ${{ vars.long }}", "Concurrency group name must be less than 400 characters"),
        ("concurrency: ${{ github.event.list }}", "A sequence was not expected"),
        ("concurrency: {group: '${{ github.event }}'}", "A mapping was not expected"),
        ("concurrency: {group: g, cancel-in-progress: '${{ github.ref }}'}", "Unexpected value 'refs/heads/main'"),
        ("concurrency: {group: g, queue: '${{ github.ref }}'}", "Unexpected value 'refs/heads/main'"),
        ("concurrency: ${{ github }}", "Unexpected value 'ref'"),
        ("concurrency: ${{ fromJSON('{}') }}", "Required property is missing: group"),
    ],
)
def test_what_is_no_group(text: str, message: str) -> None:
    with pytest.raises(LanguageError) as error:
        evaluated(text)
    assert error.value.message == message
