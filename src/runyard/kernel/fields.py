"""The keys that the server evaluates before a job waits for a runner: name, runs-on, continue-on-error, timeout."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from runyard import language
from runyard.kernel.contexts import Contexts
from runyard.kernel.workflow import Plan
from runyard.language.matrix import shown_name
from runyard.language.model import Expression
from runyard.language.model import Job as Definition

DEFAULT_TIMEOUT_MINUTES = 360.0


class Unusable(Exception):  # noqa: N818
    """A key of the workflow cannot be evaluated: a mistake of its author. The text becomes the job's cause."""


class Fields(NamedTuple):
    """The evaluated keys. `name` is empty where the file gives none that needs evaluation."""

    name: str
    runs_on: tuple[str, ...]
    continue_on_error: bool
    timeout_minutes: float


def evaluate_fields(plan: Plan, key: str, contexts: Contexts) -> Fields:
    """Evaluate them. Raises `Unusable`.

    A job that calls a reusable workflow has a name only.
    """
    definition = plan.jobs[key]

    def value_of(field: str, value: Any) -> Any:
        try:
            return language.evaluate_value(value, contexts)
        except language.LanguageError as error:
            raise Unusable(explain(plan, definition, field, error)) from error

    def wrong(field: str, value: Any, expected: str) -> Unusable:
        return Unusable(explain(plan, definition, field, f"expected {expected}, got {shown(value)}"))

    name = ""
    if isinstance(definition.name, Expression):
        name = shown_name(language.to_string(value_of("name", definition.name)).strip())
    if definition.uses is not None:
        return Fields(name, (), False, DEFAULT_TIMEOUT_MINUTES)
    flag = value_of("continue-on-error", definition.continue_on_error)
    if not isinstance(flag, bool) and flag not in (None, ""):
        raise wrong("continue-on-error", flag, "true or false")
    minutes = value_of("timeout-minutes", definition.timeout_minutes)
    timeout = _minutes(minutes)
    if timeout is None:
        raise wrong("timeout-minutes", minutes, "a number greater than 0")
    runs_on = value_of("runs-on", definition.runs_on)
    labels = labels_of(runs_on)
    if not labels:
        raise wrong("runs-on", runs_on, "a label or a list of labels")
    return Fields(name, labels, bool(flag), timeout)


def labels_of(runs_on: Any) -> tuple[str, ...]:
    """The labels of an evaluated `runs-on`: text, a list, or `{group, labels}` (the group counts as a label)."""
    if isinstance(runs_on, Mapping):
        return tuple(dict.fromkeys(labels_of(runs_on.get("labels")) + labels_of(runs_on.get("group"))))
    if isinstance(runs_on, list | tuple):
        return tuple(dict.fromkeys(label for item in runs_on for label in labels_of(item)))
    label = language.to_string(runs_on).strip()
    return (label,) if label else ()


def explain(plan: Plan, definition: Definition, field: str, error: object) -> str:
    """A job's cause when a key of it cannot be used: where, what, why."""
    path = plan.workflow.path if plan.workflow else ""
    return f"{path}:{definition.position.line}: cannot evaluate '{field}' of job '{definition.id}': {error}"


def shown(value: Any) -> str:
    """A wrong value as it stands in a message."""
    text = language.to_string(value)
    return f"'{text[:97]}...'" if len(text) > 100 else f"'{text}'"


def _minutes(value: Any) -> float | None:
    if value is None or value == "":
        return DEFAULT_TIMEOUT_MINUTES
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        minutes = float(value)
    except ValueError:
        return None
    return minutes if math.isfinite(minutes) and minutes > 0 else None
