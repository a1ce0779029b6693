"""The `if` of a job, decided by the server."""

from __future__ import annotations

from collections.abc import Callable

from runyard import language
from runyard.kernel.fields import Unusable, explain
from runyard.kernel.scope import Scope
from runyard.language.expressions.tree import Function, walk
from runyard.language.model import Job as Definition


def holds(scope: Scope, key: str) -> bool:
    """Whether the jobs of a key are to run, from what their ancestors have come to. Raises `Unusable`."""
    definition = scope.plan.jobs[key]
    try:
        value = language.evaluate(definition.condition, scope.contexts(key), _functions(scope, key))
    except language.LanguageError as error:
        raise Unusable(explain(scope.plan, definition, "if", error)) from error
    return language.truthy(value)


def survives_cancellation(scope: Scope, key: str) -> bool:
    """Whether jobs of a key that have not ended stay when the attempt is cancelled (the draft knows of the abort).

    They do if the condition holds now, and, while needs that it reads have not ended, if it may hold later.
    """
    definition = scope.plan.jobs.get(key)
    if definition is None:
        return False
    try:
        if holds(scope, key):
            return True
    except Unusable:
        pass
    return not scope.results.all_ended(scope.plan.needs[key]) and _may_hold_later(definition)


def _may_hold_later(definition: Definition) -> bool:
    calls = {part.name.lower() for part in walk(definition.condition.node) if isinstance(part, Function)}
    holds_without_success = not calls.isdisjoint({"always", "cancelled", "failure"})
    return holds_without_success and "needs" in language.expression_contexts(definition.condition)


def _functions(scope: Scope, key: str) -> dict[str, Callable[..., bool]]:
    """The status functions: of the keys they name, or of all ancestors. In a cancelled attempt nothing is a success."""
    aborted = scope.draft.attempt.abort is not None
    results, plan = scope.results, scope.plan
    spelling = {need.lower(): need for need in plan.ancestors[key]}

    def looked_at(names: tuple[object, ...]) -> list[str]:
        named = [language.to_string(name) for name in names]
        return [spelling.get(name.lower(), name) for name in named] if named else list(plan.ancestors[key])

    return {
        "always": lambda: True,
        "cancelled": lambda: aborted,
        "success": lambda *names: not aborted and results.all_succeeded(looked_at(names)),
        "failure": lambda *names: results.any_failed(looked_at(names)),
    }
