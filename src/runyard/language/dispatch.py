"""Inputs of a manual start: checked, typed, completed with defaults."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from runyard.language.diagnostics import Diagnostic
from runyard.language.expressions.values import to_number, to_string
from runyard.language.model import Input, Position, Value, Workflow

MAX_LENGTH = 65_535
"""Characters that all given values may have together, written as JSON."""

_START = Position(0, 0)
_ABSENT: dict[str, Value] = {"boolean": False, "number": 0.0}


@dataclass(frozen=True, slots=True)
class DispatchResult:
    """`inputs`: the typed values by the names of the file (the `inputs` context), or None and the reasons.

    `texts`: the same as text (`github.event.inputs`).
    """

    inputs: Mapping[str, Value] | None
    diagnostics: tuple[Diagnostic, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)


def dispatch_inputs(workflow: Workflow, given: Mapping[str, Value]) -> DispatchResult:
    """Check what was given for a manual start of the workflow. Names compare without case; values may be texts."""
    trigger = workflow.triggers.get("workflow_dispatch")
    if trigger is None:
        message = "The workflow has no 'workflow_dispatch' trigger; add it to 'on' to start the workflow by hand"
        return DispatchResult(None, (_diagnostic(workflow, _START, "no-dispatch", message),))
    length = len(json.dumps(dict(given), ensure_ascii=False))
    if length > MAX_LENGTH:
        message = f"The inputs have {length} characters; a manual start takes at most {MAX_LENGTH}"
        return DispatchResult(None, (_diagnostic(workflow, trigger.position, "inputs-too-long", message),))
    folded = {name.lower(): value for name, value in given.items()}
    problems = [
        _diagnostic(
            workflow, trigger.position, "unexpected-input", f"Unexpected input '{name}'; {_known(trigger.inputs)}"
        )
        for name in given
        if name.lower() not in {known.lower() for known in trigger.inputs}
    ]
    values: dict[str, Value] = {}
    for name, declared in trigger.inputs.items():
        value, problem = _value(declared, folded.get(name.lower()))
        values[name] = value
        if problem:
            problems.append(_diagnostic(workflow, declared.position, "invalid-input", problem))
    if problems:
        return DispatchResult(None, tuple(problems))
    return DispatchResult(values, texts={name: to_string(value) for name, value in values.items()})


def _value(declared: Input, given: Value) -> tuple[Value, str]:
    """The typed value and what is wrong with it."""
    name = declared.name
    if given is None or given == "":
        if declared.default is None and declared.required and declared.type != "boolean":
            return None, f"Required input '{name}' not provided"
        given = declared.default if given is None or declared.required else given
        if given is None:
            return _ABSENT.get(declared.type, ""), ""
    if declared.type == "boolean":
        return _boolean(name, given)
    if declared.type == "number":
        return _number(name, given)
    text = to_string(given)
    if declared.type == "choice" and text not in declared.options and (text or declared.required):
        options = ", ".join(f"'{option}'" for option in declared.options)
        return None, f"Input '{name}' must be one of {options}, not '{text}'"
    return text, ""


def _boolean(name: str, given: Value) -> tuple[Value, str]:
    text = to_string(given).lower()
    if text not in ("true", "false", ""):
        return None, f"Input '{name}' must be true or false, not '{to_string(given)}'"
    return text == "true", ""


def _number(name: str, given: Value) -> tuple[Value, str]:
    number = math.nan if isinstance(given, bool) else to_number(given)
    if math.isnan(number):
        return None, f"Input '{name}' must be a number, not '{to_string(given)}'"
    return number, ""


def _known(inputs: Mapping[str, Input]) -> str:
    return f"the workflow takes {', '.join(inputs)}" if inputs else "the workflow takes no inputs"


def _diagnostic(workflow: Workflow, at: Position, code: str, message: str) -> Diagnostic:
    return Diagnostic(workflow.path, at.line, at.column, code, message)
