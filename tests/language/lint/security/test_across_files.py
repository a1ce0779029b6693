"""What security rules see only when the files of a repository are read together."""

from __future__ import annotations

from runyard.language.lint.engine import lint
from runyard.language.lint.finding import Finding
from runyard.language.lint.security import RULES

CALLED = """on:
  workflow_call:
    inputs:
      title: {type: string}
      count: {type: number}
    secrets:
      KEY: {required: true}
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - run: echo ${{ inputs.title }} ${{ inputs.count }}
      - run: ./deploy
        env:
          KEY: ${{ secrets.KEY }}
"""
CALLER = """on: pull_request_target
jobs:
  call:
    uses: ./.github/workflows/called.yml
    with:
      title: ${{ github.event.pull_request.title }}
      count: 1
    secrets: inherit
"""
ACTION = """name: a
description: b
inputs:
  word: {description: c}
runs:
  using: composite
  steps:
    - run: echo ${{ inputs.word }} ${{ inputs.unknown }}
      shell: bash
"""


def found(files: dict[str, str], rule: str) -> list[Finding]:
    return [each for each in lint(files, rules=RULES) if each.rule == rule]


def test_a_caller_passes_text_of_outsiders() -> None:
    alone = {".github/workflows/called.yml": CALLED}
    assert [each.severity for each in found(alone, "template-injection")] == ["warning"]
    together = found(alone | {".github/workflows/caller.yml": CALLER}, "template-injection")
    assert [(each.path, each.line, each.severity) for each in together] == [
        (".github/workflows/called.yml", 12, "error")
    ]
    assert "'github.event.pull_request.title' (through 'inputs.title')" in together[0].message


def test_the_hint_names_the_secrets_that_a_called_workflow_uses() -> None:
    files = {".github/workflows/called.yml": CALLED, ".github/workflows/caller.yml": CALLER}
    (together,) = found(files, "secrets-inherit")
    assert together.severity == "information"
    assert "`KEY: ${{ secrets.KEY }}`" in together.hint
    (alone,) = found({".github/workflows/caller.yml": CALLER}, "secrets-inherit")
    assert alone.severity == "warning"


def test_inputs_of_composite_actions() -> None:
    (one,) = found({"tools/a/action.yml": ACTION}, "template-injection")
    assert (one.line, one.severity) == (8, "warning")
    assert one.fix is not None


def test_inputs_of_composite_actions_that_outsiders_choose() -> None:
    steps = "    steps:\n      - uses: ./tools/a\n        with: {word: '${{ VALUE }}'}\n"
    head = "on: issues\njobs:\n  a:\n    runs-on: ubuntu-latest\n"
    for value, severity in (("github.event.issue.title", "error"), ("github.sha", "warning")):
        caller = head + steps.replace("VALUE", value)
        files = {"tools/a/action.yml": ACTION, ".github/workflows/a.yml": caller}
        (one,) = found(files, "template-injection")
        assert (one.path, one.line, one.severity) == ("tools/a/action.yml", 8, severity)


def test_workflows_that_all_call_each_other_end() -> None:
    names = [f".github/workflows/w{number}.yml" for number in range(30)]
    head = "on: {workflow_call: {inputs: {title: {type: string}}}}\njobs:\n"
    script = "  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo ${{ inputs.title }}\n"
    calls = "".join(
        f"  j{number}:\n    uses: ./{name}\n    with: {{title: '${{{{ inputs.title }}}}'}}\n"
        for number, name in enumerate(names)
    )
    files = dict.fromkeys(names, head + script + calls)
    assert {each.severity for each in found(files, "template-injection")} == {"warning"}


STEPS = "on: pull_request_target\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"


def a_step(name: str, value: str) -> str:
    return f'      - id: {name}\n        run: echo "x={value}" >> $GITHUB_OUTPUT\n'


def injections(text: str) -> list[tuple[int, str]]:
    return [(each.line, each.message) for each in found({"a.yml": text}, "template-injection")]


def test_text_of_outsiders_is_followed_however_far_it_goes() -> None:
    passed = "".join(a_step(f"s{number}", f"${{{{ steps.s{number - 1}.outputs.x }}}}") for number in range(1, 40))
    text = STEPS + a_step("s0", "$TITLE") + "        env: {TITLE: '${{ github.head_ref }}'}\n" + passed
    assert [line for line, _ in injections(text)] == list(range(10, 88, 2))


def test_values_that_need_each_other_do_not_hide_what_comes_in() -> None:
    loop = a_step("s", "${{ steps.t.outputs.x }} ${{ github.head_ref }}") + a_step("t", "${{ steps.s.outputs.x }}")
    read = "      - run: echo ${{ steps.s.outputs.x }} ${{ steps.t.outputs.x }}\n"
    assert [line for line, _ in injections(STEPS + loop + read)].count(10) == 2


def test_an_input_is_what_any_of_the_callers_gives() -> None:
    safe = CALLER.replace("${{ github.event.pull_request.title }}", "x")
    files = {
        ".github/workflows/called.yml": CALLED,
        ".github/workflows/one.yml": safe,
        ".github/workflows/other.yml": CALLER,
    }
    assert [each.severity for each in found(files, "template-injection")] == ["error"]
