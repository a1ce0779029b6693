"""`uses:` — finds the action and does what its kind asks for."""

from __future__ import annotations

from runyard.language.model_action import CompositeRuns, NodeRuns
from runyard.runner.actions import ActionError, ResolvedAction, hosted_checkout, is_checkout, resolve
from runyard.runner.steps.checkout_step import CheckoutStep
from runyard.runner.steps.composite_step import CompositeStep
from runyard.runner.steps.step_run import StepError, StepRun
from runyard.runner.task import Conclusion


class UsesStep:
    """See Body."""

    def __init__(self, uses: str) -> None:
        self._uses = uses

    def run(self, step: StepRun) -> Conclusion:
        """Local actions are looked up now, after the steps that may have made them."""
        try:
            if is_checkout(self._uses):
                hosted = hosted_checkout(step.run, self._uses)
                if hosted is None:
                    return CheckoutStep().run(step)
                found = hosted
            else:
                found = resolve(step.run, self._uses, step.scope.action)
        except ActionError as error:
            raise StepError(str(error)) from error
        if isinstance(found.action.runs, CompositeRuns):
            return CompositeStep(found.action, found.place).run(step)
        raise StepError(_not_supported(self._uses, found))


def _not_supported(uses: str, found: ResolvedAction) -> str:
    kind = "a JavaScript action" if isinstance(found.action.runs, NodeRuns) else "a container action"
    return (
        f"{uses} is {kind}. This runner runs composite actions, actions/checkout and scripts. "
        "Write the step as a script, or use a composite action."
    )
