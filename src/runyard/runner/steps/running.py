"""Runs one step of a list: chooses what it does, wraps it in its policies, and tells the scope how it ended."""

from __future__ import annotations

from runyard.language.model import Step
from runyard.runner.steps.policies import with_policies
from runyard.runner.steps.run_step import RunStep
from runyard.runner.steps.step_run import Body, StepError, StepRun
from runyard.runner.task import Conclusion


def run_step(step: StepRun, body: Body | None = None) -> Conclusion:
    """The conclusion, after continue-on-error. `body` takes the place of what the step's kind would do."""
    step.run.interruptions.check()
    conclusion = with_policies(body or _body(step.model)).run(step)
    step.scope.record(step.model.id, step.outcome or conclusion, conclusion, step.outputs)
    return conclusion


def _body(model: Step) -> Body:
    if model.run is not None and not model.background:
        return RunStep()
    if model.uses is not None and not model.background:
        from runyard.runner.steps.uses_step import UsesStep

        return UsesStep(model.uses)
    return _Background()


class _Background:
    """A runner without background steps must not run them one after the other: they may wait for each other."""

    def run(self, step: StepRun) -> Conclusion:
        """See Body."""
        raise StepError(
            "Background and parallel steps are not supported by this runner yet. "
            "Start the program with '&' inside a run step, or write the steps one after the other."
        )
