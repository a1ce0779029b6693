"""`concurrency`, evaluated: the group that a run or a job belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from runyard.language.errors import LanguageError
from runyard.language.expressions.interpolate import evaluate_value
from runyard.language.expressions.values import is_array, is_object, to_string
from runyard.language.model import Value

MAX_GROUP = 400


class Concurrency(NamedTuple):
    """At most one holder of a group runs. Groups compare without case, per repository.

    `queue`: `single` (a newcomer cancels the one that waits) or `max` (all wait, in order of arrival).
    """

    group: str
    cancel_in_progress: bool = False
    queue: Literal["single", "max"] = "single"


def evaluate_concurrency(value: Value, contexts: Mapping[str, Any]) -> Concurrency | None:
    """The group that `concurrency` of a workflow or job names; None when the key is absent.

    Raises LanguageError for an expression that fails and for a value that is no group, with GitHub's texts.
    """
    evaluated = evaluate_value(value, contexts)
    if evaluated is None and value is None:
        return None
    if not is_object(evaluated):
        return Concurrency(_group(evaluated))
    unknown = [key for key in evaluated if key not in ("group", "cancel-in-progress", "queue")]
    if unknown:
        raise LanguageError(f"Unexpected value '{unknown[0]}'")
    if "group" not in evaluated:
        raise LanguageError("Required property is missing: group")
    return Concurrency(
        _group(evaluated["group"]), _flag(evaluated.get("cancel-in-progress", False)), _queue(evaluated.get("queue"))
    )


def group_problem(group: str) -> str | None:
    """Why a text cannot be the name of a group, in GitHub's words; None if it can."""
    if not group:
        return "Concurrency group name cannot be empty"
    if len(group) > MAX_GROUP:
        return f"Concurrency group name must be less than {MAX_GROUP} characters"
    return None


def _group(value: Any) -> str:
    if is_array(value) or is_object(value):
        raise LanguageError(f"A {'sequence' if is_array(value) else 'mapping'} was not expected")
    group = to_string(value)
    problem = group_problem(group)
    if problem is not None:
        raise LanguageError(problem)
    return group


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise LanguageError(f"Unexpected value '{to_string(value)}'")
    return value


def _queue(value: Any) -> Literal["single", "max"]:
    if value is None or value == "single":
        return "single"
    if value == "max":
        return "max"
    raise LanguageError(f"Unexpected value '{to_string(value)}'")
