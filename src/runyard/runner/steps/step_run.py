"""One step that runs now, and the two things that are: a body does something, a policy wraps a body."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from runyard.language import step_title
from runyard.language.model import Step
from runyard.runner.job_run import JobRun
from runyard.runner.scope import Scope
from runyard.runner.task import Conclusion


class Body(Protocol):
    """Does what a step is for. False results are conclusions; an exception means that we, not the user's step, failed.

    ExpressionError, StepError and CannotStartError become a failure of the step with their text in the log.
    """

    def run(self, step: StepRun) -> Conclusion:
        """Do it, with the programs of the step ended when this returns."""


class StepError(Exception):
    """The step cannot do its work; the text is for users."""


class StepRun:
    """The state of one step. It is also the target of the workflow commands that its programs print."""

    def __init__(
        self, scope: Scope, model: Step, started: Callable[[], None], summarise: Callable[[str], None]
    ) -> None:
        self.scope = scope
        self.model = model
        self.title = step_title(model)
        self.started = started
        self.summarise = summarise
        self.github: dict[str, Any] = scope.github(model.id)
        self.env: dict[str, str] = scope.env
        self.own_env: dict[str, str] = {}
        self.outputs: dict[str, str] = {}
        self.outcome: Conclusion | None = None
        self.failed = False

    @property
    def run(self) -> JobRun:
        """The job."""
        return self.scope.run

    @property
    def allow_unsecure_commands(self) -> bool:
        """See CommandTarget."""
        return {**self.run.base, **self.env}.get("ACTIONS_ALLOW_UNSECURE_COMMANDS", "").lower() == "true"

    @property
    def overlay(self) -> dict[str, str]:
        """What the steps of a composite action inherit from this step, on top of the job's variables."""
        return {**self.scope.overlay, **self.own_env}

    def contexts(self) -> dict[str, Any]:
        """The contexts of this step's expressions."""
        return self.scope.contexts(self.github, self.env)

    def evaluate_env(self) -> None:
        """The step's own variables, on top of the outer ones, which alone they may use. Raises ExpressionError."""
        if self.model.env:
            self.own_env = self.scope.texts(self.model.env, self.contexts())
            self.env = {**self.env, **self.own_env}

    def text(self, value: Any) -> str:
        """A model value as text; None is empty. Raises ExpressionError."""
        if value is None or isinstance(value, str):
            return value or ""
        return self.scope.text(value, self.contexts())

    def texts(self, values: Any) -> dict[str, str]:
        """A mapping of model values as texts. Raises ExpressionError."""
        return self.scope.texts(values, self.contexts()) if values else {}

    def set_output(self, name: str, value: str) -> None:
        """See CommandTarget."""
        self.outputs[name] = value

    def save_state(self, name: str, value: str) -> None:
        """State is for the post step of an action; a script has none, so it is only accepted."""

    def set_env(self, name: str, value: str) -> None:
        """See CommandTarget."""
        self.run.env[name] = value

    def add_path(self, directory: str) -> None:
        """See CommandTarget."""
        self.run.add_path(directory)

    def fail(self) -> None:
        """See CommandTarget."""
        self.failed = True

    def adopt(self, outputs: Mapping[str, str]) -> None:
        """Outputs that a body computed."""
        self.outputs.update(outputs)
