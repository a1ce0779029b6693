"""Calls of reusable workflows, followed when the parser is told how to load them."""

from __future__ import annotations

from typing import Any

import pytest

from runyard.language import (
    Diagnostic,
    LanguageError,
    Limits,
    ParseResult,
    bind_call,
    call_inputs,
    call_outputs,
    call_secrets,
    called_reference,
    job_permissions,
    parse,
)
from runyard.language.model import Job, Workflow

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
    return shown(result.diagnostics)


def shown(diagnostics: tuple[Diagnostic, ...]) -> list[str]:
    return [f"{each.line}:{each.column} {each.message}" for each in diagnostics]


def bound(result: ParseResult) -> tuple[Workflow, Job, Workflow]:
    """The calling workflow, its job `a`, and what that calls."""
    assert messages(result) == []
    assert result.workflow is not None
    job = result.workflow.jobs["a"]
    assert job.called is not None
    return result.workflow, job, job.called


GOOD = "with: {TEXT: 1, flag: true, count: '${{ github.run_number }}'}"


def test_called_workflow_is_in_the_job() -> None:
    _, job, called = bound(call(f"{GOOD}\n    secrets: {{token: x}}"))
    assert (called.path, called.depth, list(called.jobs)) == (REMOTE, 1, ["inner"])
    assert {"uses", "with", "with.flag", "secrets.token"} <= job.places.keys()
    key, value = job.places["with.flag"]
    assert (key.line, key.column, value.column) == (6, 21, 27)


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
        "0:0 The workflow may not contain more than 26 jobs across all referenced files"
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
    _, _, inner = bound(call("permissions: {issues: write}\n    secrets: inherit", {REMOTE: called}))
    assert [job.permissions for job in inner.jobs.values()] == [{"issues": "write"}, {"issues": "read"}]
    assert job_permissions(inner, inner.jobs["c"]) == {"issues": "read", "metadata": "read"}


def test_granted_permissions_reach_every_depth() -> None:
    local = "./.github/workflows/next.yml"
    files = {REMOTE: nested(local), f"owner/repo/{local[2:]}@v1": "on: workflow_call\njobs: {c: {runs-on: x}}"}
    _, _, inner = bound(call("permissions: {issues: write}\n    secrets: inherit", files))
    deepest = inner.jobs["b"].called
    assert deepest is not None
    assert (deepest.depth, deepest.jobs["c"].permissions) == (2, {"issues": "write"})


@pytest.mark.parametrize(
    ("head", "job", "default", "expected"),
    [
        ("", "", "limited-read", {"contents": "read", "packages": "read", "metadata": "read"}),
        ("permissions: {}", "", "write", {"metadata": "read"}),
        ("permissions: {}", "permissions: {contents: write, issues: none}", "write",
         {"contents": "write", "metadata": "read"}),
        ("permissions: write-all", "permissions: {models: write}", "write", {"models": "read", "metadata": "read"}),
    ],
)  # fmt: skip
def test_permissions_of_a_job(head: str, job: str, default: Any, expected: dict[str, str]) -> None:
    workflow = parse(f"on: push\n{head}\njobs:\n  a:\n    runs-on: x\n    {job}\n").workflow
    assert workflow is not None
    assert job_permissions(workflow, workflow.jobs["a"], default) == expected


# --- binding later ---


def unbound(job: str = "") -> tuple[Workflow, Job]:
    workflow = parse(f"on: push\n\njobs:\n  a:\n    uses: {REMOTE}\n    {job}\n", "ci.yml").workflow
    assert workflow is not None
    return workflow, workflow.jobs["a"]


def test_a_call_is_bound_when_its_file_is_at_hand() -> None:
    workflow, job = unbound(f"{GOOD}\n    secrets: inherit")
    assert called_reference(workflow, job) == REMOTE
    result = bind_call(workflow, job, CALLED)
    assert result.diagnostics == ()
    assert result.job == call(f"{GOOD}\n    secrets: inherit").workflow.jobs["a"]  # type: ignore[union-attr]


def test_binding_later_reports_what_parse_reports() -> None:
    for text in ("with: {flag: 'true', more: 1}", "secrets: {extra: x}", "permissions: {}\n    secrets: inherit"):
        workflow, job = unbound(text)
        result = bind_call(workflow, job, CALLED)
        assert result.job is None
        assert shown(result.diagnostics) == messages(call(text))


def test_calls_are_bound_one_after_the_other() -> None:
    workflow, job = unbound("permissions: {contents: read}")
    first = bind_call(workflow, job, nested("./.github/workflows/next.yml")).job
    assert first is not None
    assert first.called is not None
    inner = first.called.jobs["b"]
    assert inner.called is None
    assert called_reference(first.called, inner) == "owner/repo/.github/workflows/next.yml@v1"
    second = bind_call(first.called, inner, "on: workflow_call\njobs: {c: {runs-on: x}}").job
    assert second is not None
    assert second.called is not None
    assert (second.called.depth, second.called.jobs["c"].permissions) == (2, {"contents": "read"})
    (problem,) = bind_call(first.called, inner, CALLED, limits=Limits(call_depth=1)).diagnostics
    assert problem.message == "Nested reusable workflow depth exceeded 1."


def test_only_a_call_has_a_reference() -> None:
    workflow = parse("on: push\njobs: {a: {runs-on: x}}").workflow
    assert workflow is not None
    with pytest.raises(ValueError, match="job 'a' calls no workflow"):
        called_reference(workflow, workflow.jobs["a"])


def test_number_of_files() -> None:
    refs = [f"./.github/workflows/{number}.yml" for number in range(3)]
    text = "on: push\njobs:\n" + "".join(f"  j{number}: {{uses: {ref}}}\n" for number, ref in enumerate(refs))
    files = dict.fromkeys(refs, "on: workflow_call\njobs: {a: {runs-on: x}}")
    assert parse(text, load=files.get, limits=Limits(called_files=3)).workflow is not None
    assert messages(parse(text, load=files.get, limits=Limits(called_files=2))) == [
        "5:14 Too many workflows are referenced, total: 3, limit: 2"
    ]


# --- what passes ---

TYPES = """
on:
  workflow_call:
    inputs:
      Text: {type: string}
      flag: {type: boolean, required: true}
      count: {type: number, default: 7}
      copy: {type: string, default: "${{ inputs.count }}-${{ github.ref }}"}
      nothing: {type: number}
      no: {type: boolean}
    outputs:
      o: {value: "${{ jobs.inner.outputs.o }}"}
      r: {value: "${{ jobs.inner.result }}"}
jobs:
  inner: {runs-on: x}
"""


def test_inputs_are_typed_and_complete() -> None:
    _, job, called = bound(call("with: {text: 1.50, FLAG: '${{ matrix.f }}'}", {REMOTE: TYPES}))
    found = call_inputs(job, called, {"matrix": {"f": True}}, {"github": {"ref": "r"}})
    assert found == {"Text": "1.5", "flag": True, "count": 7.0, "copy": "7-r", "nothing": 0.0, "no": False}
    assert list(found) == ["Text", "flag", "count", "copy", "nothing", "no"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("flag: '${{ matrix.text }}'", "Input flag: unexpected value 'true', a boolean is expected"),
        ("{flag: true, count: '${{ matrix.flag }}'}", "Input count: unexpected value 'true', a number is expected"),
        ("{flag: true, text: '${{ matrix }}'}", "Input Text: a mapping was not expected"),
    ],
)
def test_inputs_of_another_type(given: str, message: str) -> None:
    given = given if given.startswith("{") else f"{{{given}}}"
    _, job, called = bound(call(f"with: {given}", {REMOTE: TYPES}))
    with pytest.raises(LanguageError) as error:
        call_inputs(job, called, {"matrix": {"text": "true", "flag": True}}, {})
    assert error.value.message == message


def test_secrets_are_passed_on() -> None:
    secrets = {"A": "1", "B": "2"}
    for text, expected in (
        ("inherit", secrets),
        ("{token: '${{ secrets.A }}', other: '${{ secrets.missing }}'}", {"token": "1"}),
        ("{token: '${{ matrix.t }}x'}", {"token": "tx"}),
    ):
        _, job, _ = bound(call(f"{GOOD}\n    secrets: {text}"))
        assert call_secrets(job, {"matrix": {"t": "t"}}, secrets) == expected
    _, job, _ = bound(call("", {REMOTE: "on: workflow_call\njobs: {b: {runs-on: x}}"}))
    assert call_secrets(job, {}, secrets) == {}


def test_outputs_come_back() -> None:
    _, _, called = bound(call("with: {flag: true}", {REMOTE: TYPES}))
    jobs = {"inner": {"result": "success", "outputs": {"o": "1"}}}
    assert call_outputs(called, {"jobs": jobs}) == {"o": "1", "r": "success"}
