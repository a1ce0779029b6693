"""The jobs that a workflow file begins with: one per key, or per combination of its matrix if that is known."""

from __future__ import annotations

from collections.abc import Collection

from runyard import language
from runyard.kernel.contexts import Contexts, job_contexts
from runyard.kernel.events import JobCreated
from runyard.kernel.fields import Unusable
from runyard.kernel.matrices import Combination, combinations, placeholder
from runyard.kernel.scope import Scope
from runyard.kernel.status import Status
from runyard.language.matrix import shown_name
from runyard.language.model import Expression

MAX_JOBS = 4096
"""How many jobs an attempt may have, those that call reusable workflows included."""


def first_jobs(scope: Scope, keys: Collection[str]) -> list[JobCreated]:
    """The jobs of these keys of the scope's file, blocked, numbered in the order of the file."""
    contexts = scope.base | {"needs": {}}
    jobs: list[JobCreated] = []
    for key in scope.plan.jobs:
        if key in keys:
            deferred, born = _known_combinations(scope, key, contexts)
            jobs.extend(_first_job(scope, key, contexts, combination, deferred=deferred) for combination in born)
    return jobs


def room_for(scope: Scope, more: int) -> str:
    """Empty, or why the attempt cannot have that many more jobs."""
    total = len(scope.draft.attempt.jobs) + more
    return f"the run would have {total} jobs, {MAX_JOBS} are allowed: make its matrices smaller" * (total > MAX_JOBS)


def _known_combinations(scope: Scope, key: str, contexts: Contexts) -> tuple[bool, list[Combination]]:
    """The jobs of a key, or its placeholder: for a matrix that waits for needs, is empty, or will fail the job."""
    if key not in scope.plan.deferred:
        try:
            found = combinations(scope.plan, key, contexts)
        except Unusable:
            found = []
        if found:
            return False, found
    return True, [placeholder(scope.plan.jobs[key])]


def _first_job(scope: Scope, key: str, contexts: Contexts, combination: Combination, *, deferred: bool) -> JobCreated:
    definition = scope.plan.jobs[key]
    name = combination.name if deferred else _first_name(definition.name, contexts, combination)
    return JobCreated(
        at=scope.draft.at,
        attempt=scope.draft.attempt.number,
        job=scope.numbers.take(scope.caller, key, combination.matrix, deferred=deferred),
        key=key,
        status=Status.BLOCKED,
        needs=scope.plan.needs[key],
        deferred=deferred,
        continue_on_error=definition.continue_on_error is True,
        caller=scope.caller,
        calls=scope.plan.calls.get(key, ""),
        **combination._replace(name=scope.shown(name))._asdict(),
    )


def _first_name(name: object, contexts: Contexts, combination: Combination) -> str:
    """The name to show until the job is prepared: evaluated where that is possible already."""
    if not isinstance(name, Expression) or "needs" in language.expression_contexts(name):
        return combination.name
    try:
        text = language.to_string(language.evaluate(name, job_contexts(contexts, combination))).strip()
    except language.LanguageError:
        return combination.name
    return shown_name(text) or combination.name
