"""Whether a step runs, how long it may take, and what its failure means: small wrappers around a body."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from runyard.language import ExpressionError, truthy
from runyard.runner.process import CannotStartError
from runyard.runner.steps.step_run import Body, StepError, StepRun
from runyard.runner.task import Conclusion


@dataclass(frozen=True, slots=True)
class Guarded:
    """A mistake that is found on the way is a failure of the step, with its text in the log."""

    body: Body

    def run(self, step: StepRun) -> Conclusion:
        """See Body."""
        try:
            return self.body.run(step)
        except (ExpressionError, StepError, CannotStartError) as error:
            step.run.log.error(str(error))
            return Conclusion.FAILURE


@dataclass(frozen=True, slots=True)
class Conditional:
    """Skips a step whose condition does not hold, and any step once everything has to end.

    After a cancel the condition is asked again while the step runs.
    """

    body: Body

    def run(self, step: StepRun) -> Conclusion:
        """See Body."""
        try:
            step.evaluate_env()
            if step.run.cancel.forced or not step.scope.holds(step.model.condition, step.contexts()):
                return Conclusion.SKIPPED
        except ExpressionError as error:
            step.started()
            step.run.log.error(str(error))
            return Conclusion.FAILURE
        step.started()
        with step.run.interruptions.frame(lambda: self._still_holds(step)):
            return self.body.run(step)

    def _still_holds(self, step: StepRun) -> bool:
        try:
            return step.scope.holds(step.model.condition, step.contexts())
        except ExpressionError:
            return False


@dataclass(frozen=True, slots=True)
class Timed:
    """`timeout-minutes` of a step; a fraction is fine, 0 is no limit."""

    body: Body

    def run(self, step: StepRun) -> Conclusion:
        """See Body."""
        minutes = _minutes(step)
        if not minutes:
            return self.body.run(step)
        with step.run.interruptions.frame(lambda: True, minutes * 60) as frame:
            conclusion = self.body.run(step)
        if frame.expired:
            step.run.log.error(f"The action '{step.title}' has timed out after {minutes:g} minutes.")
            return Conclusion.FAILURE
        return conclusion


@dataclass(frozen=True, slots=True)
class Tolerant:
    """`continue-on-error`: the outcome is kept, the conclusion is a success."""

    body: Body

    def run(self, step: StepRun) -> Conclusion:
        """See Body."""
        conclusion = step.outcome = self.body.run(step)
        if conclusion is not Conclusion.FAILURE or step.model.continue_on_error is False:
            return conclusion
        try:
            tolerated = truthy(step.scope.value(step.model.continue_on_error, step.contexts()))
        except ExpressionError as error:
            step.run.log.error(f"continue-on-error: {error}")
            return conclusion
        return Conclusion.SUCCESS if tolerated else conclusion


def with_policies(body: Body) -> Body:
    """A body as every step runs it. Each policy sees the conclusion of those inside it."""
    return Tolerant(Conditional(Guarded(Timed(body))))


def _minutes(step: StepRun) -> float:
    given: Any = step.model.timeout_minutes
    if given is None:
        return 0.0
    value = step.scope.value(given, step.contexts())
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise StepError(f"timeout-minutes: Unexpected value '{value}'. Give a number of minutes.")
    return max(0.0, float(value))
