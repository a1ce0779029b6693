"""The single-job workflow that a runner gets."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runyard.language import job_payload, parse, step_title
from runyard.language.model import Job, Step, Workflow

TEXT = """
name: CI
on:
  push: {branches: [main]}
  schedule: [{cron: 0 1 * * *}]
  workflow_dispatch:
    inputs: {a: {type: choice, options: [x, y], default: x, required: true}}
env: {TOP: '${{ github.sha }}'}
defaults: {run: {shell: bash}}
permissions: read-all
concurrency: g
jobs:
  first: {runs-on: x}
  test:
    needs: first
    if: github.ref == 'refs/heads/main'
    name: Test ${{ matrix.os }}
    runs-on: ${{ matrix.os }}
    strategy:
      matrix: {os: [a, b], v: [1, 2]}
    timeout-minutes: ${{ matrix.v }}
    continue-on-error: true
    environment: prod
    container: {image: 'node:${{ matrix.v }}', ports: [80], env: {A: b}}
    services: {db: {image: postgres, options: --health-cmd x}}
    env: {A: 1, B: '${{ matrix.os }}'}
    defaults: {run: {working-directory: src}}
    outputs: {o: '${{ steps.one.outputs.o }}'}
    steps:
      - {id: one, run: "echo ${{ github.sha }}\\n'quoted' {braces}", env: {X: "${{ '${{ literal }}' }}"}}
      - {uses: actions/checkout@v4, with: {depth: 0}, if: "matrix.v == 1 || failure()"}
      - {run: exit 1, continue-on-error: true, timeout-minutes: 1.5, shell: sh, working-directory: x}
      - {name: 'Job ${{ strategy.job-index }}', run: 'echo ${{ strategy[''job-total''] }} ${{ github.strategy }}'}
      - {run: echo, if: "strategy.fail-fast && 'strategy' != ''"}
"""


def workflow(text: str = TEXT) -> Workflow:
    found = parse(text)
    assert found.diagnostics == ()
    assert found.workflow is not None
    return found.workflow


def payload(found: Workflow, job: Job, **changes: Any) -> str:
    values: dict[str, Any] = {"name": "Test a", "runs_on": ("a",), **changes}
    return job_payload(found, job, **values)


def test_shape() -> None:
    found = workflow()
    text = payload(found, found.jobs["test"], matrix={"os": "a", "v": 1.0}, matrix_index=2, matrix_total=4)
    content = json.loads(text)
    assert list(content) == ["name", "on", "env", "defaults", "jobs"]
    assert content["on"] == {
        "push": None,
        "schedule": [{"cron": "0 1 * * *"}],
        "workflow_dispatch": {
            "inputs": {"a": {"type": "choice", "required": True, "default": "x", "options": ["x", "y"]}}
        },
    }
    job = content["jobs"]["test"]
    assert "needs" not in job
    assert (job["name"], job["runs-on"], job["if"]) == ("Test a", "a", "always()")
    assert job["strategy"] == {"fail-fast": True, "max-parallel": 4, "matrix": {"os": ["a"], "v": [1]}}
    assert job["timeout-minutes"] == "${{ matrix.v }}"
    assert job["steps"][0] == {
        "id": "one",
        "run": "echo ${{ github.sha }}\n'quoted' {braces}",
        "env": {"X": "${{ '${{ literal }}' }}"},
    }
    assert job["steps"][1]["if"] == "${{ matrix.v == 1 || failure() }}"


def test_strategy_is_written_into_expressions() -> None:
    found = workflow()
    text = payload(found, found.jobs["test"], matrix={"os": "a"}, matrix_index=2, matrix_total=4, fail_fast=False)
    value = 'fromJSON(\'{"fail-fast": false, "job-index": 2, "job-total": 4, "max-parallel": 4}\')'
    steps = json.loads(text)["jobs"]["test"]["steps"]
    assert steps[3]["name"] == f"Job ${{{{ {value}.job-index }}}}"
    assert steps[3]["run"] == f"echo ${{{{ {value}['job-total'] }}}} ${{{{ github.strategy }}}}"
    assert steps[4]["if"] == f"${{{{ success() && ({value}.fail-fast && 'strategy' != '') }}}}"


def test_several_labels_and_a_name_with_braces() -> None:
    found = workflow()
    text = payload(found, found.jobs["first"], name="a ${{ b }}", runs_on=("x", "y"))
    job = json.loads(text)["jobs"]["first"]
    assert (job["name"], job["runs-on"]) == ("${{ 'a ${{ b }}' }}", ["x", "y"])
    assert "strategy" not in job
    assert parse(text).workflow is not None


def settled(job: Job) -> Job:
    """The job as a runner should understand it: what the server decides is left out."""
    return replace(
        job,
        condition=None,  # type: ignore[arg-type]
        position=None,  # type: ignore[arg-type]
        needs=(),
        name=None,
        runs_on=None,
        strategy=None,
        environment=None,
        concurrency=None,
        permissions=None,
        snapshot=None,
        steps=tuple(replace(step, position=None) for step in job.steps),  # type: ignore[arg-type]
    )


def test_round_trip() -> None:
    found = workflow()
    found = replace(found, jobs={"test": replace(found.jobs["test"], steps=found.jobs["test"].steps[:3])})
    again = workflow(payload(found, found.jobs["test"], matrix={"os": "a"}))
    assert settled(again.jobs["test"]) == settled(found.jobs["test"])
    assert (again.name, again.env, again.defaults) == (found.name, found.env, found.defaults)
    assert again.jobs["test"].condition.source == "always()"
    assert again.triggers["workflow_dispatch"].inputs["a"].options == ("x", "y")


TEXTS = st.text(st.characters(codec="utf-8"), max_size=40)
PARTS = st.one_of(TEXTS, st.sampled_from(["${{ github.sha }}", "${{ 'x' }}", "${{", "}}", "'", "{", "}", "\n", "\x85"]))
LINES = st.lists(PARTS, max_size=5).map("".join)


@settings(deadline=None)
@given(run=LINES, env=LINES, matrix=st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), TEXTS | st.floats()))
def test_round_trip_of_any_text(run: str, env: str, matrix: dict[str, Any]) -> None:
    steps = [{"run": run, "env": {"A": env}}]
    parsed = parse(json.dumps({"on": "push", "jobs": {"a": {"runs-on": "x", "steps": steps}}}))
    if parsed.workflow is None:
        return
    job = parsed.workflow.jobs["a"]
    text = payload(parsed.workflow, job, matrix=matrix, runs_on=("x",))
    again = workflow(text).jobs["a"]
    assert settled(again) == settled(job)
    if matrix:
        assert again.strategy is not None
        assert again.strategy.matrix.keys() == matrix.keys()


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("name: Build ${{ matrix.os }}\n  run: x", "Build ${{ matrix.os }}"),
        ("run: |\n    \n    make ${{ github.sha }}\n    more", "Run make ${{ github.sha }}"),
        ("uses: actions/checkout@v4", "Run actions/checkout@v4"),
        ("uses: docker://alpine", "Run docker://alpine"),
        ("wait-all:", "Wait for all"),
    ],
)
def test_step_titles(text: str, title: str) -> None:
    source = f"- {text}".replace("\n", "\n      ")
    assert step_title(first_step(f"on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      {source}\n")) == title


def first_step(text: str) -> Step:
    return workflow(text).jobs["a"].steps[0]
