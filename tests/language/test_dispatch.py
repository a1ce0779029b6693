"""Inputs of a manual start."""

from __future__ import annotations

from typing import Any

import pytest

from runyard.language import dispatch_inputs, parse
from runyard.language.model import Workflow

TEXT = """
on:
  workflow_dispatch:
    inputs:
      level: {type: choice, options: [low, 2], default: low}
      Count: {type: number, default: 3}
      dry: {type: boolean}
      note: {}
      target: {type: environment, required: true}
jobs: {a: {runs-on: x}}
"""


def workflow(text: str = TEXT) -> Workflow:
    found = parse(text).workflow
    assert found is not None
    return found


def test_defaults() -> None:
    result = dispatch_inputs(workflow(), {"target": "prod"})
    assert result.diagnostics == ()
    assert result.inputs == {"level": "low", "Count": 3, "dry": False, "note": "", "target": "prod"}
    assert result.texts == {"level": "low", "Count": "3", "dry": "false", "note": "", "target": "prod"}


def test_given_values_are_typed_and_names_compare_without_case() -> None:
    given = {"LEVEL": 2, "count": "1.5", "dry": "True", "note": 7, "target": "prod"}
    result = dispatch_inputs(workflow(), given)
    assert result.inputs == {"level": "2", "Count": 1.5, "dry": True, "note": "7", "target": "prod"}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"target": "x", "level": "high"}, "Input 'level' must be one of 'low', '2', not 'high'"),
        ({"target": "x", "Count": "many"}, "Input 'Count' must be a number, not 'many'"),
        ({"target": "x", "Count": True}, "Input 'Count' must be a number, not 'true'"),
        ({"target": "x", "dry": "perhaps"}, "Input 'dry' must be true or false, not 'perhaps'"),
        ({}, "Required input 'target' not provided"),
        ({"target": ""}, "Required input 'target' not provided"),
        (
            {"target": "x", "other": 1},
            "Unexpected input 'other'; the workflow takes level, Count, dry, note, target",
        ),
    ],
)
def test_refused(given: dict[str, Any], message: str) -> None:
    result = dispatch_inputs(workflow(), given)
    assert result.inputs is None
    assert [each.message for each in result.diagnostics] == [message]


def test_workflow_without_the_trigger() -> None:
    result = dispatch_inputs(workflow("on: push\njobs: {a: {runs-on: x}}"), {})
    assert result.inputs is None
    assert result.diagnostics[0].code == "no-dispatch"
