"""Jobs of a key: one, or one per combination of its matrix."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from runyard import language
from runyard.kernel.contexts import Contexts
from runyard.kernel.fields import Unusable, explain
from runyard.kernel.workflow import Plan
from runyard.language.matrix import shown_name
from runyard.language.model import Expression
from runyard.language.model import Job as Definition


class Combination(NamedTuple):
    """What one job of a key is born with. `matrix` is None for a job without one."""

    name: str
    matrix: dict[str, Any] | None
    matrix_index: int
    matrix_total: int
    max_parallel: int
    fail_fast: bool


def combinations(plan: Plan, key: str, contexts: Contexts) -> list[Combination]:
    """The jobs of a key; none if its matrix is empty. Raises `Unusable` when its strategy cannot be evaluated."""
    definition = plan.jobs[key]
    if definition.strategy is None or definition.strategy.matrix is None:
        return [placeholder(definition)]
    try:
        if _is_empty(language.evaluate_value(definition.strategy.matrix, contexts)):
            return []
        matrix = language.expand_matrix(definition.strategy, contexts)
    except language.LanguageError as error:
        raise Unusable(explain(plan, definition, "strategy", error)) from error
    return [
        Combination(
            name=shown_name(plain_name(definition), suffix),
            matrix=plain(row),
            matrix_index=index,
            matrix_total=len(matrix.rows),
            max_parallel=matrix.max_parallel,
            fail_fast=matrix.fail_fast,
        )
        for index, (row, suffix) in enumerate(zip(matrix.rows, matrix.names, strict=True))
    ]


def _is_empty(matrix: Any) -> bool:
    """Whether a matrix has a vector, or nothing but an `include`, that turned out to be empty."""
    if not isinstance(matrix, Mapping):
        return False
    vectors = [value for name, value in matrix.items() if name not in ("include", "exclude")]
    included = matrix.get("include", [])
    return included == [] and ([] in vectors if vectors else "include" in matrix)


def placeholder(definition: Definition) -> Combination:
    """The one job of a key without a matrix, or of a key whose matrix is not known yet."""
    return Combination(plain_name(definition), None, 0, 1, 0, True)


def plain_name(definition: Definition) -> str:
    """A job's name as far as it needs no evaluation."""
    return definition.id if definition.name is None or isinstance(definition.name, Expression) else definition.name


def plain(value: Any) -> Any:
    """The same value as it comes back from JSON: dicts, lists, and text for numbers that JSON does not have."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return language.to_string(value)
    return value
