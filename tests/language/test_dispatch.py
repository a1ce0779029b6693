"""Laws of the inputs of a manual start. Single inputs are in `cases/events/dispatch.yaml`."""

from __future__ import annotations

import json
import math
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from runyard.language import dispatch_inputs, parse, to_string
from runyard.language.model import Workflow

INPUTS = {
    "Text": {"type": "string", "default": "d"},
    "number": {"type": "number"},
    "FLAG": {"type": "boolean"},
    "choice": {"type": "choice", "options": ["one", "Two"], "default": "one"},
    "target": {"type": "environment"},
}
NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**6), 10**6)
GIVEN = st.fixed_dictionaries(
    {},
    optional={
        "Text": st.text(max_size=10) | NUMBERS | st.booleans(),
        "number": NUMBERS | NUMBERS.map(to_string),
        "FLAG": st.booleans() | st.sampled_from(["true", "false", "True", "FALSE"]),
        "choice": st.sampled_from(["one", "Two"]),
        "target": st.text("abc", max_size=5),
    },
)


def workflow(inputs: Any) -> Workflow:
    text = json.dumps({"on": {"workflow_dispatch": {"inputs": inputs}}, "jobs": {"a": {"runs-on": "x"}}})
    found = parse(text).workflow
    assert found is not None
    return found


@given(GIVEN)
def test_values_have_their_types_and_texts(given: dict[str, Any]) -> None:
    result = dispatch_inputs(workflow(INPUTS), given)
    assert result.inputs is not None
    assert list(result.inputs) == list(result.texts) == list(INPUTS)
    kinds = {name: type(value) for name, value in result.inputs.items()}
    assert kinds == {"Text": str, "number": float, "FLAG": bool, "choice": str, "target": str}
    assert result.texts == {name: to_string(value) for name, value in result.inputs.items()}
    if "number" in given:
        assert result.inputs["number"] == float(given["number"])
    if "FLAG" in given:
        assert result.inputs["FLAG"] == (str(given["FLAG"]).lower() == "true")


@given(GIVEN)
def test_what_came_out_goes_in_again(given: dict[str, Any]) -> None:
    known = workflow(INPUTS)
    first = dispatch_inputs(known, given)
    assert first.inputs is not None
    assert dispatch_inputs(known, first.inputs).inputs == first.inputs
    texts = dispatch_inputs(known, first.texts).inputs
    assert texts is not None
    assert texts.pop("number") == float(first.texts["number"])  # type: ignore[attr-defined]
    assert texts == {name: value for name, value in first.inputs.items() if name != "number"}


@given(GIVEN)
def test_names_compare_without_case(given: dict[str, Any]) -> None:
    known = workflow(INPUTS)
    swapped = {name.swapcase(): value for name, value in given.items()}
    assert dispatch_inputs(known, swapped).inputs == dispatch_inputs(known, given).inputs


@given(st.text(max_size=20))
def test_any_text_is_typed_or_refused(text: str) -> None:
    for name in INPUTS:
        result = dispatch_inputs(workflow(INPUTS), {name: text})
        assert (result.inputs is None) == bool(result.diagnostics)
        if result.inputs is not None and name == "number":
            assert not math.isnan(result.inputs["number"])


def test_too_much() -> None:
    assert dispatch_inputs(workflow(INPUTS), {"Text": "x" * 65_000}).inputs is not None
    result = dispatch_inputs(workflow(INPUTS), {"Text": "x" * 65_535})
    assert result.inputs is None
    assert [each.message for each in result.diagnostics] == [
        "The inputs have 65547 characters; a manual start takes at most 65535"
    ]


def test_workflow_without_the_trigger() -> None:
    found = parse("on: push\njobs: {a: {runs-on: x}}").workflow
    assert found is not None
    result = dispatch_inputs(found, {})
    assert result.inputs is None
    assert result.diagnostics[0].code == "no-dispatch"
