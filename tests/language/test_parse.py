"""From the text of a workflow to the model."""

from __future__ import annotations

from runyard.language import Limits, parse
from runyard.language.model import Expression, Insert, Job, Workflow


def workflow(text: str) -> Workflow:
    result = parse(text, ".github/workflows/ci.yml")
    assert result.diagnostics == ()
    assert result.workflow is not None
    return result.workflow


def job(text: str) -> Job:
    lines = "".join(f"    {line}\n" for line in text.strip().splitlines())
    return workflow(f"on: push\njobs:\n  a:\n{lines}").jobs["a"]


def test_everything_of_a_file() -> None:
    found = workflow(
        """
name: CI
run-name: Build ${{ github.ref }}
on: [push, pull_request]
env: {A: 1.10, B: true, C: null}
defaults: {run: {shell: bash, working-directory: src}}
concurrency: {group: g, cancel-in-progress: true}
permissions: {contents: read}
jobs:
  Build:
    name: Build it
    runs-on: [self-hosted, linux]
    timeout-minutes: 5
    continue-on-error: true
    environment: prod
    outputs: {v: '${{ steps.a.outputs.v }}'}
    steps:
      - id: a
        name: First
        run: echo
        shell: sh
        working-directory: x
        env: {X: y}
        timeout-minutes: 1.5
        continue-on-error: true
      - uses: actions/checkout@v4
        with: {depth: 0, deep: false}
  test:
    needs: BUILD
    runs-on: {group: g, labels: [a, b]}
"""
    )
    assert (found.path, found.name) == (".github/workflows/ci.yml", "CI")
    assert isinstance(found.run_name, Expression)
    assert found.run_name.source == "format('Build {0}', github.ref)"
    assert found.run_name.text == "Build ${{ github.ref }}"
    assert list(found.triggers) == ["push", "pull_request"]
    assert found.env == {"A": "1.1", "B": "true", "C": ""}
    assert (found.defaults.shell, found.defaults.working_directory) == ("bash", "src")
    assert found.concurrency == {"group": "g", "cancel-in-progress": True}
    assert found.permissions == {"contents": "read"}
    build, test = found.jobs["Build"], found.jobs["test"]
    assert (build.name, build.runs_on, build.timeout_minutes) == ("Build it", ("self-hosted", "linux"), 5)
    assert (build.continue_on_error, build.environment) == (True, "prod")
    assert (build.position.line, build.position.column) == (10, 3)
    first, second = build.steps
    assert (first.id, first.has_id, first.name, first.run, first.shell) == ("a", True, "First", "echo", "sh")
    assert (first.working_directory, first.env, first.timeout_minutes) == ("x", {"X": "y"}, 1.5)
    assert first.continue_on_error is True
    assert (second.id, second.has_id, second.uses) == ("__actions_checkout", False, "actions/checkout@v4")
    assert second.with_ == {"depth": "0", "deep": "false"}
    assert (second.position.line, second.position.column) == (26, 9)
    assert test.needs == ("Build",)
    assert test.runs_on == {"group": "g", "labels": ("a", "b")}


def test_defaults_of_a_small_job() -> None:
    found = job("runs-on: x")
    assert found == Job(id="a", condition=found.condition, position=found.position, runs_on="x")
    assert found.condition.source == "success()"


def test_conditions_are_completed() -> None:
    found = job(
        """
if: github.ref == 'x'
runs-on: x
steps:
  - run: a
  - {run: a, if: always()}
  - {run: a, if: 123}
  - {run: a, if: false}
  - {run: a, if: ''}
  - {run: a, if: "${{ env.A || Failure() }}"}
  - {run: a, if: "${{ 'success()' }}x"}
  - {run: a, if: "${{ 'true' }}"}
"""
    )
    assert found.condition.source == "success() && (github.ref == 'x')"
    assert [step.condition.source for step in found.steps] == [
        "success()",
        "always()",
        "success() && (123)",
        "success() && (false)",
        "success()",
        "env.A || Failure()",
        "success() && (format('{0}x', 'success()'))",
        "success() && (true)",
    ]


def test_generated_ids() -> None:
    found = job(
        """
runs-on: x
steps:
  - run: a
  - uses: ./local
  - uses: docker://alpine:3.8
  - {run: b, id: run}
  - uses: owner/repo/path@v1
  - run: c
  - uses: owner/repo@v2
  - uses: $/action
"""
    )
    assert [step.id for step in found.steps] == [
        "__run",
        "__self",
        "__alpine_3_8",
        "run",
        "__owner_repo",
        "__run_2",
        "__owner_repo_2",
        "__selfRepository",
    ]


def test_text_with_expressions() -> None:
    env = job(
        """
runs-on: x
env:
  alone: ${{ github.event }}
  mixed: "a ${{ github.sha }} 'b' {${{ github.ref }}}"
  literal: ${{ '${{ it''s }}' }}
  plain: a }} {
"""
    ).env
    assert env["alone"].source == "github.event"
    assert env["mixed"].source == "format('a {0} ''b'' {{{1}}}', github.sha, github.ref)"
    assert env["literal"] == "${{ it's }}"
    assert env["plain"] == "a }} {"
    assert env["mixed"].position.line == 7


def test_keys_with_expressions_and_insert() -> None:
    env = job("runs-on: x\nenv:\n  A: b\n  ${{ github.ref }}: c\n  ${{ insert }}: {D: e}").env
    keys = list(env)
    assert keys[0] == "A"
    assert isinstance(keys[1], Expression)
    assert isinstance(keys[2], Insert)
    assert env[keys[2]] == {"D": "e"}


def test_matrix_keeps_types() -> None:
    strategy = job(
        "runs-on: x\nstrategy:\n  max-parallel: 2\n  fail-fast: false\n  matrix:\n    v: [1, true, null, x, {a: [b]}]"
    ).strategy
    assert strategy is not None
    assert strategy.matrix == {"v": (1.0, True, None, "x", {"a": ("b",)})}
    assert (strategy.max_parallel, strategy.fail_fast) == (2, False)


def test_strategy_as_an_expression() -> None:
    strategy = job("runs-on: x\nstrategy: ${{ fromJSON(vars.strategy) }}").strategy
    assert strategy is not None
    assert strategy.matrix.source == "(fromJSON(vars.strategy)).matrix"


def test_call_of_a_reusable_workflow() -> None:
    found = job("uses: ./.github/workflows/x.yml\nwith: {a: 1, b: true}\nsecrets: inherit")
    assert (found.uses, found.with_, found.secrets) == (
        "./.github/workflows/x.yml",
        {"a": 1.0, "b": True},
        "inherit",
    )
    assert found.steps == ()


def test_triggers() -> None:
    found = workflow(
        """
on:
  push: {branches: main, tags-ignore: [v1], paths: []}
  pull_request:
  schedule: [{cron: '0 1 * * *'}, {cron: '5 * * * *', timezone: Europe/Berlin}]
  workflow_dispatch:
    inputs:
      level: {type: choice, options: [a, b], default: a, required: true, description: How}
      free:
  workflow_call:
    inputs: {n: {type: number, default: 3}}
    secrets: {token: {required: true}, other: null}
    outputs: {o: {value: '${{ jobs.a.outputs.o }}'}}
  unheard_of: {x: y}
jobs: {a: {runs-on: x}}
"""
    ).triggers
    push = found["push"]
    assert (push.branches, push.tags_ignore, push.paths, push.tags) == (("main",), ("v1",), (), None)
    assert [(item.cron, item.timezone) for item in found["schedule"].schedules] == [
        ("0 1 * * *", "UTC"),
        ("5 * * * *", "Europe/Berlin"),
    ]
    level, free = found["workflow_dispatch"].inputs.values()
    assert (level.type, level.options, level.default, level.required) == ("choice", ("a", "b"), "a", True)
    assert (free.name, free.type, free.required) == ("free", "string", False)
    call = found["workflow_call"]
    assert call.inputs["n"].default == 3
    assert (call.secrets["token"].required, call.secrets["other"].required) == (True, False)
    assert call.outputs["o"].value.source == "jobs.a.outputs.o"
    assert "unheard_of" in found


def test_lenient_on() -> None:
    for on in (
        "{repository_dispatch: {types: one}}",
        "{create: {branches: [x]}}",
        "{workflow_dispatch: []}",
        "{status: {}}",
        "{pull_request: {branch: main}}",
        "[push, {x: y}]",
        "{workflow_dispatch: {inputs: {a: {required: 'true', extra: 1}}}}",
    ):
        workflow(f"on: {on}\njobs: {{a: {{runs-on: x}}}}")


def test_names_keep_their_text() -> None:
    for text, name in (("1.10", "1.10"), ("true", "true"), ("'x'", "x"), ("", ""), ("${{ 'a' }}", "a")):
        assert workflow(f"name: {text}\non: push\njobs: {{a: {{runs-on: x}}}}").name == name


def test_snapshots() -> None:
    assert job("runs-on: x\nsnapshot: image").snapshot == "image"
    found = job("runs-on: x\nsnapshot: {image-name: i, version: 2.*, if: github.ref == 'x'}").snapshot
    assert (found["image-name"], found["version"], found["if"].source) == (
        "i",
        "2.*",
        "success() && (github.ref == 'x')",
    )
    assert job("runs-on: x\nsnapshot: {image-name: i, if: failure()}").snapshot["if"].source == "failure()"


def test_places_of_keys() -> None:
    found = workflow(
        """
on:
  workflow_call:
    inputs:
      a: {default: 1, type: number}
env: {A: b}
defaults:
  run: {working-directory: x}
jobs:
  a:
    runs-on: [x]
    strategy:
      matrix: {v: [1]}
      fail-fast: true
    steps:
      - run: |
          echo
        timeout-minutes: 5
"""
    )
    built = found.jobs["a"]
    assert built.strategy is not None
    trigger = found.triggers["workflow_call"]
    assert [list(each.places) for each in (found, found.defaults, built, built.strategy, built.steps[0], trigger)] == [
        ["on", "env", "defaults", "jobs"],
        ["working-directory"],
        ["runs-on", "strategy", "steps"],
        ["matrix", "fail-fast"],
        ["run", "timeout-minutes"],
        ["inputs"],
    ]
    assert list(trigger.inputs["a"].places) == ["default", "type"]
    assert built.places["runs-on"] == ((11, 5), (11, 14))
    assert built.steps[0].places["run"] == ((16, 9), (16, 14))
    assert built.steps[0].places["timeout-minutes"].value == (18, 26)


def test_background_steps() -> None:
    found = job(
        """
runs-on: x
steps:
  - {id: one, run: a, background: true}
  - parallel: [{run: b}, {uses: ./c}]
  - wait: one
  - wait-all:
  - {cancel: ONE}
"""
    ).steps
    assert [step.id for step in found] == ["one", "__parallel", "__wait", "__wait-all", "__cancel"]
    assert found[0].background
    assert [(step.id, step.background) for step in found[1].parallel] == [("__run", True), ("__self", True)]
    assert (found[2].wait, found[3].wait_all, found[4].cancel) == (("one",), True, "ONE")
    assert [step.condition.source for step in found[2:]] == ["always()"] * 3


def test_job_limit() -> None:
    text = "on: push\njobs: {a: {runs-on: x}, b: {runs-on: x}}"
    assert parse(text, limits=Limits(jobs=2)).workflow is not None
    (problem,) = parse(text, limits=Limits(jobs=1)).diagnostics
    assert problem.message == "The workflow may not contain more than 1 jobs across all referenced files"


def test_anchors() -> None:
    found = workflow(
        """
on: push
jobs:
  a: &a
    runs-on: x
    steps: &steps
      - run: echo
  b: *a
  c:
    runs-on: y
    steps: *steps
"""
    )
    assert found.jobs["a"].steps == found.jobs["b"].steps == found.jobs["c"].steps
