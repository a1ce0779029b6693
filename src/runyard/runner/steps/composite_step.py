"""`uses:` of a composite action — a list of steps with their own scope."""

from __future__ import annotations

from runyard.language import ExpressionError
from runyard.language.model_action import Action, CompositeRuns
from runyard.runner.scope import MAX_DEPTH, ActionPlace, Scope
from runyard.runner.steps.action_inputs import action_inputs
from runyard.runner.steps.header import mapping_lines, write_header
from runyard.runner.steps.running import run_step
from runyard.runner.steps.step_run import StepError, StepRun
from runyard.runner.task import Conclusion


class CompositeStep:
    """See Body."""

    def __init__(self, action: Action, place: ActionPlace) -> None:
        self._action = action
        self._place = place

    def run(self, step: StepRun) -> Conclusion:
        """Run the inner steps, each by its own condition; the outputs are set even if one failed."""
        assert isinstance(self._action.runs, CompositeRuns)
        scope = self._scope(step)
        for model in self._action.runs.steps:
            run_step(StepRun(scope, model, _nothing, step.summarise))
        step.adopt(self._outputs(step, scope))
        return scope.worst

    def _scope(self, step: StepRun) -> Scope:
        depth = step.scope.depth + 1
        if depth > MAX_DEPTH:
            raise StepError(f"Composite action depth exceeded max depth {MAX_DEPTH}")
        given = step.texts(step.model.with_)
        inputs = action_inputs(step, self._action, given)
        write_header(step, step.model.uses or "", mapping_lines("with", {**inputs, **given}))
        return Scope(step.run, inputs=inputs, action=self._place, overlay=step.overlay, depth=depth)

    def _outputs(self, step: StepRun, scope: Scope) -> dict[str, str]:
        contexts = scope.contexts(scope.github(step.model.id), scope.env)
        try:
            return {name: scope.text(output.value, contexts) for name, output in self._action.outputs.items()}
        except ExpressionError as error:
            raise StepError(f"The outputs of {step.model.uses} cannot be evaluated: {error}") from error


def _nothing() -> None:
    """The steps of an action are not reported one by one."""
