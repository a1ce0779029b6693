"""What a step is called where people see it."""

from __future__ import annotations

from runyard.language.model import Expression, Step


def step_title(step: Step) -> str:
    """The step's name, or `Run` and the first line of its script or its action. Expressions stay as written."""
    if step.name is not None:
        return _first_line(_text(step.name))
    if step.run is not None:
        return f"Run {_first_line(_text(step.run))}".rstrip()
    if step.uses is not None:
        return f"Run {step.uses}"
    if step.wait:
        return "Wait"
    if step.wait_all:
        return "Wait for all"
    return "Cancel" if step.cancel is not None else "Parallel group"


def _text(value: str | Expression) -> str:
    return value if isinstance(value, str) else value.text or f"${{{{ {value.source} }}}}"


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0].strip()
