"""The contexts that expressions of a job see."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from runyard.language import evaluate_value
from runyard.language.model import Job, Workflow
from runyard.runner.settings import RunnerSettings
from runyard.runner.task import Task
from runyard.runner.workspace import Workspace

_PRIVATE = ("runtime_token", "default_actions_url", "id_token_request", "runyard_actions")
_OF_CALLS = ("inputs", "run_event_name")
_OS = {"Linux": "Linux", "Darwin": "macOS"}
_ARCHITECTURES = {"x86_64": "X64", "amd64": "X64", "aarch64": "ARM64", "arm64": "ARM64", "armv7l": "ARM", "i686": "X86"}


def token_of(task: Task) -> str:
    """The token of the job, empty when there is none."""
    for name in ("FORGEJO_TOKEN", "GITEA_TOKEN", "GITHUB_TOKEN"):
        if task.secrets.get(name):
            return task.secrets[name]
    return str(task.context.get("token") or "")


def github_context(
    task: Task, workflow: Workflow, job: Job, settings: RunnerSettings, place: Workspace
) -> dict[str, Any]:
    """The `github` context without what changes from step to step.

    In a called workflow the event is that of the run, as on GitHub, although the protocol says `workflow_call`.
    """
    given = {
        name: value
        for name, value in task.context.items()
        if name not in _OF_CALLS and not any(part in name for part in _PRIVATE)
    }
    server = settings.server_url.rstrip("/") or str(given.get("server_url") or "")
    return {
        **given,
        "event_name": task.context.get("run_event_name") or given.get("event_name") or "",
        "token": token_of(task),
        "workflow": given.get("workflow") or workflow.name or workflow.path,
        "job": job.id,
        "server_url": server,
        "api_url": given.get("api_url") or (f"{server}/api/v1" if server else ""),
        "graphql_url": given.get("graphql_url") or "",
        "workspace": place.workspace,
        "event": given.get("event") or {},
        "event_path": f"{place.commands}/event.json",
        "triggering_actor": given.get("triggering_actor") or given.get("actor") or "",
    }


def runner_context(settings: RunnerSettings, place: Workspace, *, debugging: bool) -> dict[str, str]:
    """The `runner` context."""
    machine = os.uname()
    context = {
        "name": settings.name,
        "os": _OS.get(machine.sysname, machine.sysname),
        "arch": _ARCHITECTURES.get(machine.machine.lower(), machine.machine),
        "temp": place.temp,
        "tool_cache": str((settings.tool_cache or settings.work_root / "_tool").absolute()),
        "workspace": place.root,
        "environment": "self-hosted",
    }
    return {**context, "debug": "1"} if debugging else context


def strategy_contexts(job: Job, contexts: Mapping[str, Any]) -> dict[str, Any]:
    """`strategy` and `matrix`: the payload holds one combination, each vector with one value."""
    strategy = job.strategy
    if strategy is None:
        return {"strategy": {"fail-fast": True, "job-index": 0, "job-total": 1, "max-parallel": 1}, "matrix": None}
    matrix = evaluate_value(strategy.matrix, contexts) if strategy.matrix is not None else None
    return {
        "strategy": {
            "fail-fast": evaluate_value(strategy.fail_fast, contexts),
            "job-index": 0,
            "job-total": 1,
            "max-parallel": evaluate_value(strategy.max_parallel, contexts) or 1,
        },
        "matrix": _combination(matrix),
    }


def _combination(matrix: Any) -> dict[str, Any] | None:
    if not isinstance(matrix, Mapping):
        return None
    found = {
        key: values[0] if isinstance(values, list | tuple) and values else None
        for key, values in matrix.items()
        if key not in ("include", "exclude")
    }
    for item in matrix.get("include") or ():
        found.update(item)
    return found


def needs_context(task: Task) -> dict[str, Any]:
    """The `needs` context."""
    return {name: {"result": need.result.value, "outputs": dict(need.outputs)} for name, need in task.needs.items()}


def inputs_context(task: Task, workflow: Workflow) -> dict[str, Any]:
    """The `inputs` context: typed values of a dispatch or a call, with defaults for what was not given."""
    given = task.context.get("inputs")
    if isinstance(given, Mapping):
        return dict(given)
    event = task.context.get("event")
    sent = event.get("inputs") if isinstance(event, Mapping) else None
    trigger = workflow.triggers.get(str(task.context.get("event_name", "")))
    found: dict[str, Any] = dict(sent) if isinstance(sent, Mapping) else {}
    for name, declared in trigger.inputs.items() if trigger else ():
        value = found.get(name)
        if value is None:
            value = declared.default if isinstance(declared.default, str | bool | int | float) else None
        found[name] = _typed(declared.type, value)
    return found


def _typed(kind: str, value: Any) -> Any:
    if kind == "boolean":
        return value is True or str(value).lower() == "true"
    if kind == "number":
        try:
            number = float(value or 0)
        except ValueError:
            return value
        return int(number) if number.is_integer() else number
    return "" if value is None else value
