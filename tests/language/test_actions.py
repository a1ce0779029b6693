"""Action metadata."""

from __future__ import annotations

import pytest

from runyard.language import parse_action
from runyard.language.model import Expression
from runyard.language.model_action import Action, Branding, CompositeRuns, DockerRuns, NodeRuns


def action(text: str) -> Action:
    result = parse_action(text, "x/action.yml")
    assert result.diagnostics == ()
    assert result.action is not None
    return result.action


def test_javascript() -> None:
    found = action(
        """
name: Set up
description: Things
author: me
branding: {icon: zap, color: blue}
anything: [1]
inputs:
  Version: {description: Which, required: true, default: "${{ github.token }}", type: string}
  old: {deprecationMessage: Use Version, default: 1}
outputs:
  path: {description: Where}
runs: {using: Node20, main: dist/main.js, post: dist/post.js, post-if: success()}
"""
    )
    assert (found.name, found.description, found.path) == ("Set up", "Things", "x/action.yml")
    assert isinstance(found.runs, NodeRuns)
    assert (found.runs.version, found.runs.main, found.runs.pre, found.runs.post) == (
        20,
        "dist/main.js",
        None,
        "dist/post.js",
    )
    assert (found.runs.pre_if.source, found.runs.post_if.source) == ("always()", "success()")
    version, old = found.inputs.values()
    assert (version.name, version.required, version.description) == ("Version", True, "Which")
    assert isinstance(version.default, Expression)
    assert (old.default, old.deprecation_message) == ("1", "Use Version")
    assert found.outputs["path"].description == "Where"
    assert (found.author, found.branding) == ("me", Branding("zap", "blue"))


def test_composite() -> None:
    found = action(
        """
outputs: {o: {value: "${{ steps.a.outputs.o }}"}}
runs:
  using: composite
  steps:
    - {id: a, run: echo, shell: bash, if: inputs.x == 'y'}
    - {uses: ./other, with: {a: "${{ inputs.x }}"}}
    - {run: echo, shell: "${{ inputs.shell }}"}
"""
    )
    assert isinstance(found.runs, CompositeRuns)
    first, second, third = found.runs.steps
    assert isinstance(third.shell, Expression)
    assert (first.id, first.shell, first.condition.source) == ("a", "bash", "success() && (inputs.x == 'y')")
    assert (second.id, second.uses) == ("__self", "./other")
    assert found.outputs["o"].value.source == "steps.a.outputs.o"


def test_docker() -> None:
    runs = action(
        """
runs:
  using: docker
  image: Dockerfile
  entrypoint: /run.sh
  pre-entrypoint: /pre.sh
  pre-if: runner.os == 'Linux'
  args: [--name, "${{ inputs.name }}"]
  env: {A: "${{ inputs.a }}"}
"""
    ).runs
    assert isinstance(runs, DockerRuns)
    assert (runs.image, runs.entrypoint, runs.pre_entrypoint) == ("Dockerfile", "/run.sh", "/pre.sh")
    assert runs.pre_if.source == "runner.os == 'Linux'"
    assert runs.args is not None
    assert runs.args[0] == "--name"
    assert runs.env["A"].source == "inputs.a"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: x", "Required property is missing: runs"),
        ("runs: {main: x.js}", "Missing 'using' value. 'using' requires 'composite'"),
        ("runs: {using: ruby, main: x.rb}", "'using: ruby' is not supported, use 'docker', 'node12'"),
        (
            "runs: {using: node20, pre: x.js}",
            "You are using a JavaScript Action but there is not an entry JavaScript file provided in action.yml.",
        ),
        (
            "runs: {using: docker, args: []}",
            "You are using a Container Action but an image is not provided in action.yml.",
        ),
        ("runs: {using: composite}", "There's not enough info to determine what you meant."),
        ("runs: {using: node20, main: x, steps: []}", "Unexpected value 'steps'"),
        ("runs: {using: composite, steps: [{run: x}]}", "Required property is missing: shell"),
        ("runs: {using: docker, image: x, env: {A: '${{ github.sha }}'}}", "Unrecognized named-value: 'github'"),
        ("runs: {using: node20, main: x, pre-if: unknown()}", "Unrecognized function: 'unknown'"),
        ("outputs: {a: {val: x}}\nruns: {using: node20, main: x}", "Unexpected value 'val'"),
    ],
)
def test_refused(text: str, message: str) -> None:
    result = parse_action(text)
    assert result.action is None
    assert message in result.diagnostics[0].message


def test_strict_reading() -> None:
    text = "branding: {color: pink, icon: elephant}\nextra: 1\nruns: {using: node20}"
    messages = [each.message for each in parse_action(text, strict=True).diagnostics]
    assert messages == [
        "Unexpected value 'pink'",
        "Unexpected value 'elephant'",
        "Unexpected value 'extra'",
        "There's not enough info to determine what you meant. Add one of these properties: args, entrypoint, env, "
        "image, main, post, post-entrypoint, pre, pre-entrypoint, steps",
        "Required property is missing: name",
        "Required property is missing: description",
    ]
