"""The inputs of an action: what the caller gives, and the defaults."""

from __future__ import annotations

from collections.abc import Mapping

from runyard.language.model_action import Action
from runyard.runner.steps.step_run import StepRun

_AVAILABLE = ("github", "strategy", "matrix", "job", "runner")


def action_inputs(step: StepRun, action: Action, given: Mapping[str, str]) -> dict[str, str]:
    """All inputs as text, under the action's spelling; undeclared ones keep the caller's. Raises ExpressionError."""
    lowered = {name.lower(): value for name, value in given.items()}
    contexts = {name: value for name, value in step.contexts().items() if name in _AVAILABLE}
    found = {}
    for name, declared in action.inputs.items():
        if name.lower() in lowered:
            found[name] = lowered.pop(name.lower())
            if declared.deprecation_message:
                step.run.log.warning(f"Input '{name}' has been deprecated with message: {declared.deprecation_message}")
        else:
            found[name] = step.scope.text(declared.default, contexts) if declared.default is not None else ""
    unknown = [name for name in given if name.lower() in lowered]
    if unknown:
        valid = ", ".join(f"'{name}'" for name in action.inputs)
        names = ", ".join(f"'{name}'" for name in unknown)
        step.run.log.warning(f"Unexpected input(s) {names}, valid inputs are [{valid}]")
    return found | {name: given[name] for name in unknown}
