"""What passes between a caller and the reusable workflow that it calls: inputs, secrets, outputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runyard.language.errors import LanguageError
from runyard.language.expressions.interpolate import evaluate_value
from runyard.language.expressions.values import fold, is_array, is_object, to_string
from runyard.language.model import Input, Job, Value, Workflow

_ABSENT: dict[str, Value] = {"boolean": False, "number": 0.0}


def call_inputs(
    job: Job, called: Workflow, contexts: Mapping[str, Any], defaults: Mapping[str, Any]
) -> dict[str, Value]:
    """The context `inputs` of a called workflow: typed, complete, named and ordered as the called file declares them.

    `contexts` are those of the calling job. `defaults` are those of the called file's defaults (`github`, `vars`);
    `inputs` there holds the inputs declared before. Raises LanguageError for a value of another type, and for a
    required input that is missing.
    """
    given = {fold(name): value for name, value in evaluate_value(job.with_, contexts).items()}
    inputs: dict[str, Value] = {}
    for name, declared in called.triggers["workflow_call"].inputs.items():
        if fold(name) in given:
            inputs[name] = _typed(declared, given[fold(name)])
        elif declared.required:
            raise LanguageError(f"Input {name} is required, but not provided while calling.")
        elif declared.default is None:
            inputs[name] = _ABSENT.get(declared.type, "")
        else:
            inputs[name] = _typed(declared, evaluate_value(declared.default, {**defaults, "inputs": inputs}))
    return inputs


def call_secrets(job: Job, contexts: Mapping[str, Any], secrets: Mapping[str, str]) -> dict[str, str]:
    """The secrets that a call passes on: all of the caller's (`secrets`), or those it names. Empty ones are absent.

    `contexts` are those of the calling job, without `secrets`. Raises ExpressionError.
    """
    if job.secrets == "inherit":
        passed: Mapping[str, Any] = secrets
    else:
        passed = evaluate_value(job.secrets or {}, {**contexts, "secrets": secrets})
    return {name: to_string(value) for name, value in passed.items() if to_string(value)}


def call_outputs(called: Workflow, contexts: Mapping[str, Any]) -> dict[str, str]:
    """The outputs that a called workflow gives its caller (`needs.<job>.outputs`), as text.

    `contexts`: `github`, `inputs`, `vars`, and `jobs` with `result` and `outputs` of each job. Raises ExpressionError.
    """
    outputs = called.triggers["workflow_call"].outputs
    return {name: to_string(evaluate_value(output.value, contexts)) for name, output in outputs.items()}


def _typed(declared: Input, value: Any) -> Value:
    if is_array(value) or is_object(value):
        raise LanguageError(f"Input {declared.name}: a {'sequence' if is_array(value) else 'mapping'} was not expected")
    if declared.type == "string":
        return to_string(value)
    if declared.type == "boolean" and isinstance(value, bool):
        return value
    if declared.type == "number" and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    raise LanguageError(f"Input {declared.name}: unexpected value '{to_string(value)}', a {declared.type} is expected")
