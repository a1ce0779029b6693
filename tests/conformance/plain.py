"""A parsed workflow in the shape of the reader suite's `expected_plain`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runyard.language.model import Expression, Insert, Job, RunDefaults, Step, Value, Workflow


def plain_workflow(workflow: Workflow) -> dict[str, Any]:
    """The whole workflow; keys without a value are left out."""
    return _present(
        {
            "concurrency": plain_value(workflow.concurrency),
            "defaults": _defaults(workflow.defaults),
            "env": plain_value(workflow.env or None),
            "permissions": _permissions(workflow.permissions),
            "jobs": [_job(job) for job in workflow.jobs.values()],
        }
    )


def plain_value(value: Value) -> Any:
    """A model value."""
    if isinstance(value, Expression):
        return {"$expr": value.source}
    if isinstance(value, Insert):
        return {"$insert": True}
    if isinstance(value, Mapping):
        return {"$map": [[plain_value(key), plain_value(item)] for key, item in value.items()]}
    if isinstance(value, tuple):
        return [plain_value(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _job(job: Job) -> dict[str, Any]:
    common = {
        "id": job.id,
        "name": plain_value(job.name or job.id),
        "needs": list(job.needs) or None,
        "if": plain_value(job.condition),
        "permissions": _permissions(job.permissions),
        "concurrency": plain_value(job.concurrency),
        "strategy": _strategy(job),
    }
    if job.uses is not None:
        inherits = job.secrets == "inherit"
        call = {
            "type": "reusableWorkflowJob",
            "ref": job.uses,
            "needs": list(job.needs),
            "input-values": plain_value(job.with_ or None),
            "secret-values": None if inherits else plain_value(job.secrets),
            "inherit-secrets": inherits or None,
            **(_called(job.called) if job.called is not None else {}),
        }
        return _present(common | call)
    body = {
        "type": "job",
        "env": plain_value(job.env or None),
        "environment": plain_value(job.environment),
        "defaults": _defaults(job.defaults),
        "runs-on": plain_value(job.runs_on),
        "timeout-minutes": None if job.timeout_minutes == 360 else plain_value(job.timeout_minutes),
        "cancel-timeout-minutes": None if job.cancel_timeout_minutes == 5 else plain_value(job.cancel_timeout_minutes),
        "continue-on-error": plain_value(job.continue_on_error) or None,
        "container": plain_value(job.container),
        "services": plain_value(job.services),
        "outputs": plain_value(job.outputs or None),
        "snapshot": plain_value(job.snapshot),
        "steps": [_step(step) for step in job.steps],
    }
    return _present(common | body)


def _called(workflow: Workflow) -> dict[str, Any]:
    trigger = workflow.triggers["workflow_call"]
    secrets = [[name, {"$map": [["required", secret.required]]}] for name, secret in trigger.secrets.items()]
    inputs = [
        [name, {"$map": [["type", declared.type], ["required", declared.required]]}]
        for name, declared in trigger.inputs.items()
    ]
    outputs = [[name, plain_value(output.value)] for name, output in trigger.outputs.items()]
    return {
        "secret-definitions": {"$map": secrets} if secrets else None,
        "input-definitions": {"$map": inputs} if inputs else None,
        "outputs": {"$map": outputs} if outputs else None,
        "jobs": [_job(job) for job in workflow.jobs.values()],
    }


def _step(step: Step) -> dict[str, Any]:
    return _present(
        {
            "id": step.id,
            "name": plain_value(step.name),
            "if": plain_value(step.condition),
            "continue-on-error": plain_value(step.continue_on_error) or None,
            "timeout-minutes": plain_value(step.timeout_minutes),
            "env": plain_value(step.env or None),
            "run": plain_value(step.run),
            "working-directory": plain_value(step.working_directory),
            "shell": plain_value(step.shell),
            "uses": step.uses,
            "with": plain_value(step.with_ or None),
        }
    )


def _strategy(job: Job) -> Any:
    if job.strategy is None:
        return None
    keys = {
        "fail-fast": None if job.strategy.fail_fast is True else job.strategy.fail_fast,
        "max-parallel": job.strategy.max_parallel,
        "matrix": job.strategy.matrix,
    }
    return {"$map": [[key, plain_value(value)] for key, value in keys.items() if value is not None]}


def _defaults(defaults: RunDefaults) -> Any:
    run = _present({"shell": defaults.shell, "working-directory": defaults.working_directory})
    return {"$map": [["run", plain_value(run)]]} if run else None


def _permissions(value: Value) -> Any:
    return dict(value) if isinstance(value, Mapping) else value


def _present(fields: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value is not None}
