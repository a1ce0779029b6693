"""What a runner gets of a workflow: one job, as JSON text, which is YAML.

The text is valid for our parser, for act's and for Forgejo's strict schema: only keys that all of them know, no
`needs`, `if: always()` (the server has decided), a matrix of exactly one combination, expressions as `${{ }}` text.
The context `strategy` is written into the expressions that use it, because a runner would compute it from the one
combination that it sees.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from runyard.language.model import Expression, Input, Insert, Job, RunDefaults, Step, Trigger, Value, Workflow

_UNREADABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_STRATEGY = re.compile(r"('(?:[^']|'')*'|\.\s*strategy)|(?<![\w-])strategy(?![\w-])(?!\s*\()", re.IGNORECASE)
_EMBEDDED = re.compile(r"\$\{\{(?:'[^']*'|[^'}]|\}(?!\}))*\}\}")
_DEFAULT_TIMEOUT = 360
_DEFAULT_CANCEL_TIMEOUT = 5
_EXACT_INTEGERS = 2**53


def job_payload(
    workflow: Workflow,
    job: Job,
    *,
    name: str,
    runs_on: tuple[str, ...],
    matrix: Mapping[str, Any] | None = None,
    matrix_index: int = 0,
    matrix_total: int = 1,
    max_parallel: int = 0,
    fail_fast: bool = True,
) -> str:
    """The single-job workflow for one dispatch of `job`.

    `name`, `runs_on`, `matrix` (None: the job has no matrix), `max_parallel` (0: no cap) and `fail_fast` are
    evaluated values, `matrix_index` (from 0) and `matrix_total` the place of this combination.
    """
    strategy = {
        "fail-fast": fail_fast,
        "job-index": matrix_index,
        "job-total": matrix_total,
        "max-parallel": max_parallel or matrix_total,
    }
    writer = _Writer(f"fromJSON('{json.dumps(strategy)}')")
    content: dict[str, Any] = {
        "name": _literal(workflow.name or workflow.path),
        "on": writer.triggers(workflow.triggers),
        "env": writer.value(workflow.env),
        "defaults": writer.defaults(workflow.defaults),
        "jobs": {
            job.id: {
                "name": _literal(name),
                "runs-on": _literal(runs_on[0]) if len(runs_on) == 1 else [_literal(label) for label in runs_on],
                **_chosen(job, matrix, strategy, writer),
                **writer.job(job),
            }
        },
    }
    return _json({key: value for key, value in content.items() if value != {}})


def _chosen(job: Job, matrix: Mapping[str, Any] | None, strategy: Mapping[str, Any], writer: _Writer) -> dict[str, Any]:
    """`strategy` with the one combination."""
    if job.strategy is None and not matrix:
        return {}
    body = {"fail-fast": strategy["fail-fast"], "max-parallel": strategy["max-parallel"]}
    if matrix:
        body["matrix"] = {key: [writer.value(value)] for key, value in matrix.items()}
    return {"strategy": body}


class _Writer:
    """Writes model values as the file would have them. `strategy`: an expression for the context of that name."""

    def __init__(self, strategy: str) -> None:
        self._strategy = strategy

    def job(self, job: Job) -> dict[str, Any]:
        """What stands in a job apart from its name, labels and strategy."""
        is_call = job.uses is not None
        return _present(
            {
                "if": "always()",
                "timeout-minutes": self._unless(_DEFAULT_TIMEOUT, job.timeout_minutes),
                "cancel-timeout-minutes": self._unless(_DEFAULT_CANCEL_TIMEOUT, job.cancel_timeout_minutes),
                "continue-on-error": self._unless(False, job.continue_on_error),
                "container": self.value(job.container),
                "services": self.value(job.services),
                "env": self._unless({}, job.env),
                "defaults": self.defaults(job.defaults) or None,
                "outputs": self._unless({}, job.outputs),
                "steps": None if is_call else [self._step(step) for step in job.steps],
                "uses": job.uses,
                "with": self._unless({}, job.with_),
                "secrets": self.value(job.secrets),
            }
        )

    def _step(self, step: Step, *, in_group: bool = False) -> dict[str, Any]:
        return _present(
            {
                "id": step.id if step.has_id else None,
                "name": self.value(step.name),
                "if": self._condition(step),
                "run": self.value(step.run),
                "shell": self.value(step.shell),
                "working-directory": self.value(step.working_directory),
                "uses": step.uses,
                "with": self._unless({}, step.with_),
                "env": self._unless({}, step.env),
                "continue-on-error": self._unless(False, step.continue_on_error),
                "timeout-minutes": self.value(step.timeout_minutes),
                "background": True if step.background and not in_group else None,
                "wait": list(step.wait) or None,
                "wait-all": True if step.wait_all else None,
                "cancel": step.cancel,
                "parallel": [self._step(inner, in_group=True) for inner in step.parallel] or None,
            }
        )

    def _condition(self, step: Step) -> str | None:
        is_default = step.condition.source == "success()"
        if is_default or step.wait or step.wait_all or step.cancel is not None:
            return None
        return f"${{{{ {self._with_strategy(step.condition.source)} }}}}"

    def defaults(self, defaults: RunDefaults) -> dict[str, Any]:
        """`defaults`, empty when there are none."""
        run = {"shell": self.value(defaults.shell), "working-directory": self.value(defaults.working_directory)}
        return {"run": _present(run)} if _present(run) else {}

    def triggers(self, triggers: Mapping[str, Trigger]) -> Any:
        """`on`: the names are enough, except that a runner reads the inputs from here."""
        if not any(trigger.inputs for trigger in triggers.values()):
            return list(triggers)
        return {name: self._trigger(trigger) for name, trigger in triggers.items()}

    def _trigger(self, trigger: Trigger) -> Any:
        if trigger.schedules:
            return [{"cron": item.cron} for item in trigger.schedules]
        if not trigger.inputs:
            return None
        return {"inputs": {name: self._input(declared) for name, declared in trigger.inputs.items()}}

    def _input(self, declared: Input) -> dict[str, Any]:
        return _present(
            {
                "type": declared.type,
                "required": True if declared.required else None,
                "default": self.value(declared.default),
                "options": list(declared.options) or None,
            }
        )

    def value(self, value: Value) -> Any:
        """A model value as the file would have it."""
        if isinstance(value, str):
            return _literal(value)
        if isinstance(value, Expression):
            text = value.text or f"${{{{ {value.source} }}}}"
            return _EMBEDDED.sub(lambda found: self._with_strategy(found[0]), text)
        if isinstance(value, float):
            return _number(value)
        if isinstance(value, Mapping):
            return {self._key(key): self.value(item) for key, item in value.items()}
        if isinstance(value, tuple | list):
            return [self.value(item) for item in value]
        return value

    def _key(self, key: str | Expression | Insert) -> str:
        return "${{ insert }}" if isinstance(key, Insert) else str(self.value(key))

    def _with_strategy(self, expression: str) -> str:
        if "strategy" not in expression.lower():
            return expression
        return _STRATEGY.sub(lambda found: found[1] or self._strategy, expression)

    def _unless(self, default: Any, value: Value) -> Any:
        """The value, or None when it is the default and need not be written."""
        return None if not isinstance(value, str | Expression) and value == default else self.value(value)


def _literal(text: str) -> str:
    """Text that must not be taken for an expression."""
    return "${{ '" + text.replace("'", "''") + "' }}" if "${{" in text else text


def _number(value: float) -> int | float | str:
    if math.isnan(value) or math.isinf(value):
        return f"${{{{ {'NaN' if math.isnan(value) else '-Infinity' if value < 0 else 'Infinity'} }}}}"
    return int(value) if value.is_integer() and abs(value) < _EXACT_INTEGERS else value


def _present(fields: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value is not None}


def _json(content: dict[str, Any]) -> str:
    """JSON that every YAML reader takes for the same: what it would not read, or read as a line break, is escaped."""
    return _UNREADABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(content, ensure_ascii=False))
