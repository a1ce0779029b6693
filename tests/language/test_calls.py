"""Calls of reusable workflows, followed when the parser is told how to load them."""

from __future__ import annotations

from typing import Any

import pytest

from runyard.language import Limits, ParseResult, parse

REMOTE = "owner/repo/.github/workflows/called.yml@v1"
CALLED = """
on:
  workflow_call:
    inputs:
      text: {type: string, required: true}
      flag: {type: boolean}
      count: {type: number, default: 1}
    secrets:
      token: {required: true}
      other:
    outputs:
      o: {value: '${{ jobs.inner.outputs.o }}'}
jobs:
  inner: {runs-on: x, steps: [{run: echo}]}
"""


def call(job: str, files: dict[str, str] | None = None, head: str = "", **options: Any) -> ParseResult:
    text = f"on: push\n{head}\njobs:\n  a:\n    uses: {REMOTE}\n    {job}\n"
    return parse(text, "ci.yml", load={REMOTE: CALLED, **(files or {})}.get, **options)


def messages(result: ParseResult) -> list[str]:
    return [f"{each.line}:{each.column} {each.message}" for each in result.diagnostics]


GOOD = "with: {TEXT: 1, flag: true, count: '${{ github.run_number }}'}"


def test_called_workflow_is_in_the_job() -> None:
    result = call(f"{GOOD}\n    secrets: {{token: x}}")
    assert messages(result) == []
    assert result.workflow is not None
    called = result.workflow.jobs["a"].called
    assert called is not None
    assert (called.path, list(called.jobs)) == (REMOTE, ["inner"])


def test_calls_are_not_followed_without_a_loader() -> None:
    workflow = parse(f"on: push\njobs: {{a: {{uses: {REMOTE}}}}}").workflow
    assert workflow is not None
    assert workflow.jobs["a"].called is None


@pytest.mark.parametrize(
    ("job", "expected"),
    [
        (
            "with: {flag: 'true', count: x, more: 1}",
            [
                "5:11 Input text is required, but not provided while calling.",
                "5:11 Secret token is required, but not provided while calling.",
                "6:18 Unexpected value 'true'",
                "6:33 Unexpected value 'x'",
                "6:36 Invalid input, more is not defined in the referenced workflow.",
            ],
        ),
        (f"{GOOD}\n    secrets: {{token: ''}}", ["5:11 Secret token is required, but not provided while calling."]),
        (
            f"{GOOD}\n    secrets: {{token: x, extra: y}}",
            ["7:25 Invalid secret, extra is not defined in the referenced workflow."],
        ),
        (f"{GOOD}\n    secrets: inherit", []),
    ],
)
def test_what_is_passed(job: str, expected: list[str]) -> None:
    assert messages(call(job)) == expected


def test_missing_and_faulty_files() -> None:
    assert messages(parse("on: push\njobs: {a: {uses: ./.github/workflows/b.yml}}", load=lambda ref: None)) == [
        "2:18 The called workflow './.github/workflows/b.yml' was not found."
    ]
    assert messages(call("secrets: inherit", {REMOTE: "on: push\njobs: {b: {runs-on: x}}"})) == [
        "5:11 workflow_call key is not defined in the referenced workflow."
    ]
    assert messages(call("secrets: inherit", {REMOTE: "on: workflow_call\njobs: {b: {run-on: x}}"}))[0] == (
        f"5:11 Error from called workflow {REMOTE} (Line: 2, Col: 12): Unexpected value 'run-on'"
    )


def nested(uses: str) -> str:
    return f"on: workflow_call\njobs: {{b: {{uses: '{uses}'}}}}"


def test_local_calls_of_a_remote_file_stay_in_its_repository() -> None:
    asked = []

    def load(ref: str) -> str | None:
        asked.append(ref)
        return {REMOTE: nested("./.github/workflows/next.yml")}.get(ref, "on: workflow_call\njobs: {c: {runs-on: x}}")

    assert parse(f"on: push\njobs: {{a: {{uses: {REMOTE}}}}}", load=load).workflow is not None
    assert asked == [REMOTE, "owner/repo/.github/workflows/next.yml@v1"]


def test_depth_and_number_of_jobs() -> None:
    (message,) = messages(call("secrets: inherit", {REMOTE: nested(REMOTE)}, limits=Limits(call_depth=1)))
    assert message == (
        f"5:11 Error from called workflow {REMOTE} (Line: 2, Col: 18): Nested reusable workflow depth exceeded 1."
    )
    calls = "".join(f"  j{n}: {{uses: {REMOTE}}}\n" for n in range(9))
    files = {REMOTE: "on: workflow_call\njobs: {a: {runs-on: x}, b: {runs-on: x}}"}
    text = f"on: push\njobs:\n{calls}"
    assert parse(text, load=files.get, limits=Limits(jobs=27)).workflow is not None
    assert messages(parse(text, load=files.get, limits=Limits(jobs=26))) == [
        "0:0 Workflows may not contain more than 26 jobs across all referenced files"
    ]


def test_calls_that_multiply_are_bounded() -> None:
    calls = "".join(f"  j{n}: {{uses: {REMOTE}}}\n" for n in range(5))
    files = {REMOTE: f"on: workflow_call\njobs:\n{calls}"}
    assert parse(f"on: push\njobs:\n{calls}", load=files.get, limits=Limits(jobs=500)).workflow is None


@pytest.mark.parametrize(
    ("head", "requested", "policy", "violation"),
    [
        ("permissions: {contents: read}", "{contents: write}", "write", ("contents: write", "contents: read")),
        ("permissions: {}", "read-all", "write", None),
        ("", "{issues: write}", "limited-read", ("issues: write", "issues: none")),
        ("", "{issues: write}", "write", ()),
        ("permissions: write-all", "write-all", "limited-read", ()),
    ],
)
def test_permissions(head: str, requested: str, policy: Any, violation: tuple[str, str] | None) -> None:
    called = f"on: workflow_call\njobs: {{b: {{name: B, runs-on: x, permissions: {requested}}}}}"
    found = messages(call("secrets: inherit", {REMOTE: called}, head, default_permissions=policy))
    if violation is None:
        assert len(found) == 1
        return
    start = f"4:3 Error calling workflow '{REMOTE}'. The nested job 'B' is requesting "
    expected = [f"{start}'{violation[0]}', but is only allowed '{violation[1]}'."] if violation else []
    assert found == expected


def test_granted_permissions_reach_the_called_jobs() -> None:
    called = "on: workflow_call\njobs: {b: {runs-on: x}, c: {runs-on: x, permissions: {issues: read}}}"
    result = call("permissions: {issues: write}\n    secrets: inherit", {REMOTE: called})
    assert result.workflow is not None
    inner = result.workflow.jobs["a"].called
    assert inner is not None
    assert [job.permissions for job in inner.jobs.values()] == [{"issues": "write"}, {"issues": "read"}]
