"""What a runner gets."""

from __future__ import annotations

import json

import pytest

from runyard.kernel import Need, Refused, RerunKind, Status
from runyard.kernel.assignment import assignment
from tests.kernel.scenario import Scenario

SOURCE = """
    name: CI
    on: push
    env: {LEVEL: "1"}
    jobs:
      a: {runs-on: x, steps: [{run: a}]}
      m:
        needs: a
        runs-on: ${{ matrix.os }}
        if: needs.a.result == 'success'
        strategy: {matrix: {os: [linux, mac]}}
        steps: [{run: "echo ${{ matrix.os }} ${{ needs.a.outputs.tag }}"}]
"""


def prepared() -> Scenario:
    scenario = Scenario(SOURCE, vars={"COLOR": "red"})
    scenario.finish("a", tag="v1")
    return scenario


def test_the_payload_is_a_workflow_of_one_job() -> None:
    scenario = prepared()
    payload = json.loads(assignment(scenario.run, 1, 3).payload)
    assert payload["name"] == "CI"
    ((key, job),) = payload["jobs"].items()
    assert (key, job["name"]) == ("m", "m (mac)")
    assert job["runs-on"] in ("mac", ["mac"])
    assert "needs" not in job
    assert "always()" in str(job["if"])
    assert job["strategy"]["matrix"] == {"os": ["mac"]}
    assert job["steps"][0]["run"] == "echo ${{ matrix.os }} ${{ needs.a.outputs.tag }}"


def test_runs_of_one_file_have_each_their_own_name_and_labels() -> None:
    """The payload is kept for other runs of the file: what differs between them must not be."""
    source = """
        on: push
        jobs:
          a: {name: "for ${{ vars.WHO }}", runs-on: ["${{ vars.WHERE }}", x], steps: [{run: a}]}
    """
    for who, where in (("ada", "linux"), ("eve", "linux"), ("ada", "mac"), ("ada", "linux")):
        scenario = Scenario(source, vars={"WHO": who, "WHERE": where})
        (job,) = json.loads(assignment(scenario.run, 1, 1).payload)["jobs"].values()
        assert (job["name"], job["runs-on"]) == (f"for {who}", [where, "x"])


def test_context_needs_and_vars() -> None:
    scenario = prepared()
    given = assignment(scenario.run, 1, 2)
    assert given.needs == {"a": Need({"tag": "v1"}, Status.SUCCESS)}
    assert given.vars == {"COLOR": "red"}
    expected = {
        "actor": "ada",
        "event_name": "push",
        "job": "m",
        "ref": "refs/heads/main",
        "ref_name": "main",
        "ref_type": "branch",
        "repository": "octo/demo",
        "run_attempt": "1",
        "run_number": "7",
        "sha": "a" * 40,
        "triggering_actor": "ada",
        "workflow": "CI",
        "workflow_ref": "octo/demo/.github/workflows/ci.yml@refs/heads/main",
    }
    assert given.context.items() >= expected.items()
    assert given.context["event"] == {"before": "b" * 40}


def test_a_later_attempt_says_so() -> None:
    scenario = prepared()
    scenario.fail("m (linux)")
    scenario.rerun(RerunKind.FAILED)
    given = assignment(scenario.run, 2, 2)
    assert (given.context["run_attempt"], given.context["triggering_actor"]) == ("2", "eve")
    assert given.needs == {"a": Need({"tag": "v1"}, Status.SUCCESS)}


def test_tags_are_tags() -> None:
    scenario = Scenario(SOURCE, ref="refs/tags/v1")
    context = assignment(scenario.run, 1, 1).context
    assert (context["ref_name"], context["ref_type"]) == ("v1", "tag")


def test_unknown_jobs_are_refused() -> None:
    for attempt, job in ((1, 9), (2, 1)):
        with pytest.raises(Refused) as refused:
            assignment(prepared().run, attempt, job)
        assert refused.value.code == "job_not_found"


CALLED = """
name: Library
on:
  workflow_call:
    inputs: {n: {type: number}, flag: {type: boolean, default: true}, text: {required: true, type: string}}
env: {INNER: "1"}
permissions: {contents: read}
jobs:
  only: {runs-on: x, steps: [{run: "echo ${{ inputs.n }}"}]}
"""
CALLER = """
name: CI
on: push
env: {OUTER: "1"}
jobs:
  lib:
    uses: ./.github/workflows/lib.yml
    with: {n: 3, text: "${{ github.actor }}"}
"""


def test_a_called_job_is_of_its_own_file_and_finds_its_inputs_wherever_a_runner_looks() -> None:
    scenario = Scenario(CALLER, called={"./.github/workflows/lib.yml": CALLED})
    given = assignment(scenario.run, 1, scenario.job("lib / only").number)
    payload = json.loads(given.payload)
    assert (payload["name"], payload["env"]) == ("CI", {"INNER": "1"})
    assert payload["on"]["workflow_call"]["inputs"] == {
        "n": {"type": "number", "default": 3},
        "flag": {"type": "boolean", "default": True},
        "text": {"type": "string", "default": "ada"},
    }
    assert given.context["inputs"] == {"n": 3.0, "flag": True, "text": "ada"}
    assert given.context["event"]["inputs"] == {"n": "3", "flag": "true", "text": "ada"}
    assert (given.context["event_name"], given.context["run_event_name"]) == ("workflow_call", "push")
    assert given.context["event"]["before"] == "b" * 40
    assert (given.context["workflow"], given.context["job"]) == ("CI", "only")
    assert given.permissions == {"contents": "read", "metadata": "read"}
    assert given.needs == {}
