"""The outputs of a job, evaluated when everything else is over."""

from __future__ import annotations

from runyard.language import ExpressionError
from runyard.runner.scope import Scope
from runyard.runner.task import Conclusion


def evaluate_outputs(scope: Scope) -> dict[str, str]:
    """All outputs that have a value and no secret in it. A mistake fails the job."""
    run = scope.run
    contexts = scope.contexts(scope.github(""), scope.env)
    found = {}
    for name, value in run.job.outputs.items():
        try:
            text = scope.text(value, contexts)
        except ExpressionError as error:
            run.log.error(f"The output '{name}' cannot be evaluated: {error}")
            run.record(Conclusion.FAILURE)
            continue
        if run.log.masks.hit(text):
            run.log.warning(f"Skip output '{name}' since it may contain secret.")
        elif text:
            found[name] = text
            run.reporter.output(name, text)
    return found
