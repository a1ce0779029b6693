"""A parsed workflow in the shape of the reader suite's `expected_plain`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from runyard.language.model import (
    CallSecret,
    Expression,
    Input,
    Insert,
    Job,
    RunDefaults,
    Step,
    Trigger,
    Value,
    Workflow,
)


def plain_workflow(workflow: Workflow, *, with_events: bool = False, with_files: bool = False) -> dict[str, Any]:
    """The whole workflow; keys without a value are left out. Its events and files are there if asked for."""
    return _present(
        {
            "events": {name: _event(trigger) for name, trigger in workflow.triggers.items()} if with_events else None,
            "file-table": list(dict.fromkeys(_files(workflow))) if with_files else None,
            "concurrency": plain_value(workflow.concurrency),
            "defaults": _defaults(workflow.defaults),
            "env": plain_value(workflow.env or None),
            "permissions": _permissions(workflow.permissions),
            "jobs": [_job(job) for job in workflow.jobs.values()],
        }
    )


def _files(workflow: Workflow) -> Iterator[str]:
    yield workflow.path
    for job in workflow.jobs.values():
        if job.called is not None:
            yield from _files(job.called)


def _event(trigger: Trigger) -> Any:
    if trigger.schedules:
        return [{"cron": item.cron} for item in trigger.schedules]
    filters: dict[str, Any] = {
        key: list(values)
        for key in trigger.places
        if (values := getattr(trigger, key.replace("-", "_"), None)) is not None and isinstance(values, tuple)
    }
    if "inputs" in trigger.places:
        filters["inputs"] = {name: _dispatch_input(declared) for name, declared in trigger.inputs.items()}
    return filters


def _dispatch_input(declared: Input) -> dict[str, Any]:
    return {
        "type": declared.type,
        "required": declared.required,
        **{key: plain_value(value) for key, value in _written(declared).items() if key not in ("type", "required")},
    }


def _written(declared: Input | CallSecret) -> dict[str, Any]:
    """What the file says of an input or secret, in its order."""
    return {key: getattr(declared, key) for key in declared.places}


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
        "timeout-minutes": plain_value(job.timeout_minutes) if "timeout-minutes" in job.places else None,
        "cancel-timeout-minutes": (
            plain_value(job.cancel_timeout_minutes) if "cancel-timeout-minutes" in job.places else None
        ),
        "continue-on-error": plain_value(job.continue_on_error) if "continue-on-error" in job.places else None,
        "container": plain_value(job.container),
        "services": plain_value(job.services),
        "outputs": plain_value(job.outputs or None),
        "snapshot": plain_value(job.snapshot),
        "steps": [_step(step) for step in job.steps],
    }
    return _present(common | body)


def _called(workflow: Workflow) -> dict[str, Any]:
    trigger = workflow.triggers["workflow_call"]
    secrets = [[name, _definition(secret)] for name, secret in trigger.secrets.items()]
    inputs = [[name, _definition(declared)] for name, declared in trigger.inputs.items()]
    outputs = [[name, plain_value(output.value)] for name, output in trigger.outputs.items()]
    return {
        "secret-definitions": {"$map": secrets} if secrets else None,
        "input-definitions": {"$map": inputs} if inputs else None,
        "outputs": {"$map": outputs} if outputs else None,
        "env": plain_value(workflow.env or None),
        "defaults": _defaults(workflow.defaults),
        "embedded-concurrency": plain_value(workflow.concurrency),
        "jobs": [_job(job) for job in workflow.jobs.values()],
    }


def _definition(declared: Input | CallSecret) -> Any:
    return plain_value(_written(declared)) if declared.places else None


def _step(step: Step) -> dict[str, Any]:
    return _present(
        {
            "id": step.id,
            "name": plain_value(step.name),
            "if": plain_value(step.condition),
            "continue-on-error": plain_value(step.continue_on_error) if "continue-on-error" in step.places else None,
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
    whole = {key: getattr(job.strategy, key.replace("-", "_")) for key in job.strategy.places}
    return plain_value(whole)


def _defaults(defaults: RunDefaults) -> Any:
    run = {key: getattr(defaults, key.replace("-", "_")) for key in defaults.places}
    return {"$map": [["run", plain_value(run)]]} if run else None


def _permissions(value: Value) -> Any:
    return dict(value) if isinstance(value, Mapping) else value


def _present(fields: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value is not None}
