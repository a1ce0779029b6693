"""What the steps of one list see: those of the job, or those of one composite action."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from runyard.language import evaluate, evaluate_value, hash_files, to_string, truthy
from runyard.language.expressions.values import CaseSensitive
from runyard.language.model import Expression, RunDefaults
from runyard.runner.job_run import JobRun
from runyard.runner.status import merged, status_functions
from runyard.runner.task import Conclusion

MAX_DEPTH = 9
"""Composite actions inside each other."""

_JOB_ONLY = ("secrets", "vars", "needs")


@dataclass(frozen=True, slots=True)
class ActionPlace:
    """Where a running action comes from: `path` is its directory."""

    path: str
    repository: str = ""
    ref: str = ""


@dataclass(slots=True)
class Scope:
    """`steps` is the context of that name. `overlay` are variables of the step around a composite action."""

    run: JobRun
    defaults: tuple[RunDefaults, ...] = ()
    inputs: Mapping[str, Any] | None = None
    action: ActionPlace | None = None
    overlay: Mapping[str, str] = field(default_factory=dict)
    depth: int = 0
    steps: dict[str, Any] = field(default_factory=dict)
    worst: Conclusion = Conclusion.SUCCESS

    @property
    def is_composite(self) -> bool:
        """Whether these are the steps of an action."""
        return self.action is not None

    @property
    def status(self) -> Conclusion:
        """The status that `success()` and `failure()` of these steps ask for."""
        if not self.is_composite:
            return self.run.status
        return Conclusion.CANCELLED if self.run.cancel.requested else self.worst

    @property
    def env(self) -> dict[str, str]:
        """The `env` context before a step's own variables."""
        return {**self.run.env, **self.overlay}

    def record(self, step_id: str, outcome: Conclusion, conclusion: Conclusion, outputs: Mapping[str, str]) -> None:
        """A step ended: later ones see it."""
        self.steps[step_id] = {"outputs": dict(outputs), "outcome": outcome.value, "conclusion": conclusion.value}
        self.worst = merged(self.worst, conclusion)
        if not self.is_composite:
            self.run.record(conclusion)

    def github(self, step_id: str) -> dict[str, Any]:
        """The `github` context of a step."""
        context = {**self.run.contexts["github"], "action": step_id}
        if self.action:
            context["action_path"] = self.action.path
            context["action_repository"] = self.action.repository
            context["action_ref"] = self.action.ref
            context["action_status"] = self.status.value
        return context

    def contexts(self, github: Mapping[str, Any], env: Mapping[str, str]) -> dict[str, Any]:
        """All contexts of a step."""
        contexts = {
            **self.run.contexts,
            "github": github,
            "env": CaseSensitive(env),
            "steps": self.steps,
            "job": {"status": self.run.status.value, **self.run.contexts["job"]},
        }
        if self.inputs is not None:
            contexts["inputs"] = self.inputs
            for name in _JOB_ONLY:
                contexts.pop(name, None)
        return contexts

    def functions(self) -> dict[str, Callable[..., Any]]:
        """The functions that the language leaves to the runner."""
        composite = self.status if self.is_composite else None
        return {
            **status_functions(self.run.status, composite),
            "hashFiles": lambda *patterns: hash_files(self.run.place.workspace, patterns),
        }

    def holds(self, condition: Expression, contexts: Mapping[str, Any]) -> bool:
        """Whether a condition is true now. Raises ExpressionError."""
        return truthy(evaluate(condition, contexts, self.functions()))

    def value(self, value: Any, contexts: Mapping[str, Any]) -> Any:
        """A model value without expressions. Raises ExpressionError."""
        return evaluate_value(value, contexts, self.functions())

    def text(self, value: Any, contexts: Mapping[str, Any]) -> str:
        """A model value as text; None is empty. Raises ExpressionError."""
        return value if isinstance(value, str) else to_string(self.value(value, contexts))

    def texts(self, values: Any, contexts: Mapping[str, Any]) -> dict[str, str]:
        """A mapping as texts. Raises ExpressionError."""
        if not values:
            return {}
        found = self.value(values, contexts)
        return {str(name): to_string(value) for name, value in found.items()} if isinstance(found, Mapping) else {}
