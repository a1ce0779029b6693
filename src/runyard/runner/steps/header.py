"""What stands in the log before a step's own output."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from runyard.runner.steps.step_run import StepRun


def write_header(step: StepRun, title: str, lines: Sequence[str]) -> None:
    """A closed group: `Run …`, what will run, and the variables that the workflow set."""
    rows = [f"##[group]Run {title}", *lines, *mapping_lines("env", step.env), "##[endgroup]"]
    step.run.log.write("\n".join(rows))


def mapping_lines(name: str, values: Mapping[str, str]) -> list[str]:
    """A mapping as indented rows; nothing for an empty one."""
    return [f"{name}:", *(f"  {key}: {value}" for key, value in values.items())] if values else []
