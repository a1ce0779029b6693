"""The single-job workflow that a runner gets. Single keys are in `cases/payload/`."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from runyard.language import expand_matrix, job_payload, parse, to_string
from runyard.language.model import Job, Workflow

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


# --- any job ---

WORDS = st.sampled_from(
    ["x", "1", "true", "a b", "é😀", "${{ github.ref }}", "a ${{ github.sha }} 'c'", "${{ '${{' }}", "#", "- "]
)
NAMES = st.sampled_from(["A", "B_1", "c"])
ENV = st.dictionaries(NAMES, WORDS | st.integers(-5, 5) | st.booleans() | st.none(), max_size=3)
FLAGS = st.booleans() | st.just("${{ matrix.v }}")
MINUTES = st.integers(1, 500) | st.just("${{ matrix.v }}") | st.just(1.5)
CONDITIONS = st.sampled_from(["always()", "env.A == 'x'", "${{ failure() && env.B }}", "a ${{ env.A }}", True, 0, ""])
COMMON = {"name": WORDS, "if": CONDITIONS, "env": ENV, "continue-on-error": FLAGS, "timeout-minutes": MINUTES}
RUN = st.fixed_dictionaries(
    {"run": WORDS}, optional={**COMMON, "shell": st.sampled_from(["sh", "bash -c {0}"]), "working-directory": WORDS}
)
USES = st.fixed_dictionaries(
    {"uses": st.sampled_from(["a/b@c", "./d", "docker://e", "$/f"])}, optional={**COMMON, "with": ENV}
)
STEPS = st.lists(RUN | USES, max_size=4)
DEFAULTS = st.fixed_dictionaries(
    {"run": st.fixed_dictionaries({}, optional={"shell": st.just("sh"), "working-directory": st.just("src")})}
)
CONTAINERS = st.fixed_dictionaries(
    {"image": st.sampled_from(["i", "${{ matrix.v }}"])},
    optional={"env": ENV, "ports": st.lists(st.sampled_from([80, "90:91"])), "options": WORDS},
)
JOBS = st.fixed_dictionaries(
    {"runs-on": st.just("x"), "steps": STEPS},
    optional={
        "name": WORDS,
        "if": st.sampled_from(["always()", "github.ref"]),
        "env": ENV,
        "defaults": DEFAULTS,
        "outputs": ENV,
        "timeout-minutes": MINUTES,
        "continue-on-error": FLAGS,
        "container": CONTAINERS,
        "services": st.dictionaries(NAMES, CONTAINERS, max_size=2),
        "environment": WORDS,
        "permissions": st.just("read-all"),
        "concurrency": st.just("g"),
    },
)
ROWS = st.dictionaries(st.sampled_from(["v", "W"]), WORDS | st.floats() | st.booleans(), min_size=1)
STRICT_STEP = {"id", "name", "if", "continue-on-error", "timeout-minutes", "env"}
STRICT_RUN = {*STRICT_STEP, "run", "shell", "working-directory"}
STRICT_USES = {*STRICT_STEP, "uses", "with"}
STRICT_JOB = {
    *("name", "if", "runs-on", "strategy", "env", "defaults", "outputs", "steps"),
    *("timeout-minutes", "cancel-timeout-minutes", "continue-on-error", "container", "services"),
}


def written(content: dict[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False)


@settings(max_examples=40)
@given(JOBS, ENV, st.none() | ROWS)
def test_a_runner_reads_the_same_job(job: dict[str, Any], env: dict[str, Any], matrix: dict[str, Any] | None) -> None:
    found = workflow(written({"name": "CI", "on": "push", "env": env, "jobs": {"a": job}}))
    text = payload(found, found.jobs["a"], matrix=matrix, runs_on=("x",))
    again = workflow(text)
    assert settled(again.jobs["a"]) == settled(found.jobs["a"])
    assert (again.name, again.env) == ("CI", found.env)
    if matrix is not None:
        strategy = again.jobs["a"].strategy
        assert strategy is not None
        (row,) = expand_matrix(strategy).rows
        assert {key: to_string(value) for key, value in row.items()} == {
            key: to_string(value) for key, value in matrix.items()
        }


@settings(max_examples=40)
@given(JOBS)
def test_other_runners_read_it(job: dict[str, Any]) -> None:
    """What act's parser and Forgejo's strict schema ask for."""
    found = workflow(written({"on": "push", "jobs": {"a": job}}))
    content = json.loads(payload(found, found.jobs["a"]))
    assert content.keys() <= {"name", "on", "env", "defaults", "jobs"}
    (sent,) = content["jobs"].values()
    assert sent.keys() <= STRICT_JOB
    assert sent["if"] == "always()"
    for step in sent["steps"]:
        assert step.keys() <= (STRICT_RUN if "run" in step else STRICT_USES)
        assert step.get("if", "${{ }}").startswith("${{ ")
    for mapping in (sent, *sent["steps"]):
        for key in ("env", "with", "outputs"):
            assert all(isinstance(value, str) for value in mapping.get(key, {}).values())
