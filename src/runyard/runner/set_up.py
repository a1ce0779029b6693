"""From a task to a job that can run: contexts, environment, event file, actions."""

from __future__ import annotations

import functools
import json
import secrets
from collections.abc import Iterator, Mapping
from typing import Any

from runyard import __version__
from runyard.language import ExpressionError, evaluate, evaluate_value, parse, step_title, to_string, truthy
from runyard.language.model import Job, Workflow
from runyard.runner import actions
from runyard.runner.cancellation import Cancellation
from runyard.runner.contexts import (
    github_context,
    inputs_context,
    needs_context,
    runner_context,
    strategy_contexts,
    token_of,
)
from runyard.runner.environment import inherited, of_server
from runyard.runner.interruptions import Interruptions
from runyard.runner.job_log import JobLog
from runyard.runner.job_run import JobRun
from runyard.runner.problem_matchers import ProblemMatchers
from runyard.runner.process import Processes
from runyard.runner.reporter import Reporter
from runyard.runner.settings import RunnerSettings
from runyard.runner.status import need_functions
from runyard.runner.task import Task
from runyard.runner.workspace import Workspace

DEBUG_SWITCHES = frozenset({"ACTIONS_STEP_DEBUG", "ACTIONS_RUNNER_DEBUG"})


class SetUpError(Exception):
    """The job cannot start; the text is for users."""


def secrets_of(task: Task) -> Iterator[str]:
    """Every value that nobody may see in a log. The switches of debug logging come among the secrets, but are none."""
    yield from (value for name, value in task.secrets.items() if name not in DEBUG_SWITCHES)
    yield token_of(task)
    for name, value in task.context.items():
        if name.endswith("token") and isinstance(value, str):
            yield value


def new_job(
    task: Task, reporter: Reporter, settings: RunnerSettings, cancel: Cancellation, log: JobLog, place: Workspace
) -> JobRun:
    """Read the payload and make the job's contexts. Raises SetUpError."""
    workflow, job = _read(task.payload)
    reporter.steps([step_title(step) for step in job.steps])
    contexts: dict[str, Any] = {
        "github": github_context(task, workflow, job, settings, place),
        "inputs": inputs_context(task, workflow),
        "vars": dict(task.vars),
        "secrets": dict(task.secrets),
        "needs": needs_context(task),
        "runner": runner_context(settings, place, debugging=log.debugging),
        "job": {},
    }
    try:
        contexts |= strategy_contexts(job, contexts)
        minutes = _number(job.timeout_minutes, "timeout-minutes", contexts)
        cancel_minutes = _number(job.cancel_timeout_minutes, "cancel-timeout-minutes", contexts)
    except ExpressionError as error:
        raise SetUpError(f"The job cannot start: {error}") from error
    return JobRun(
        task=task,
        workflow=workflow,
        job=job,
        settings=settings,
        reporter=reporter,
        log=log,
        cancel=cancel,
        interruptions=Interruptions(cancel, minutes * 60, cancel_minutes * 60),
        processes=Processes(f"github_{secrets.token_hex(12)}", settings.grace, log.line),
        place=place,
        matchers=ProblemMatchers(place.workspace),
        base=inherited(settings.environment) | of_server(task.context, contexts["github"]["server_url"]),
        contexts=contexts,
    )


def is_wanted(run: JobRun) -> bool:
    """The job's own condition: servers other than ours leave it to the runner. Raises SetUpError."""
    functions = need_functions([need.result for need in run.task.needs.values()], cancelled=run.cancel.requested)
    contexts = {name: run.contexts[name] for name in ("github", "inputs", "vars", "needs")}
    try:
        return truthy(evaluate(run.job.condition, contexts, functions))
    except ExpressionError as error:
        raise SetUpError(f"The condition of the job cannot be evaluated: {error}") from error


def set_up(run: JobRun) -> None:
    """Everything before the first step. Raises SetUpError."""
    github = run.contexts["github"]
    event = github.get("event_name", "")
    run.log.write(f"{run.settings.name} (Runyard {__version__}) runs job '{run.job.id}', triggered by {event}")
    try:
        _refuse_containers(run)
        _write_event(github)
        _evaluate_env(run)
        actions.prepare(run, run.job.steps)
    except ExpressionError as error:
        raise SetUpError(f"The job cannot start: {error}") from error
    except actions.ActionError as error:
        raise SetUpError(str(error)) from error


@functools.lru_cache(maxsize=128)
def _parsed(payload: str) -> tuple[Workflow | None, str]:
    result = parse(payload, "workflow.yml")
    problems = [f"(Line: {one.line}, Col: {one.column}): {one.message}" for one in result.diagnostics]
    return result.workflow, "\n".join(problems)


def _read(payload: str) -> tuple[Workflow, Job]:
    workflow, problems = _parsed(payload)
    if workflow is None:
        raise SetUpError(f"The workflow is not valid.\n{problems}")
    if len(workflow.jobs) != 1:
        raise SetUpError(f"The server sent {len(workflow.jobs)} jobs in one task; a runner takes exactly one.")
    (job,) = workflow.jobs.values()
    if job.uses is not None:
        raise SetUpError(
            f"The job calls the reusable workflow '{job.uses}', and the server did not expand it. "
            "Use a server that expands reusable workflows."
        )
    return workflow, job


def _number(value: Any, name: str, contexts: Mapping[str, Any]) -> float:
    found = evaluate_value(value, contexts)
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise SetUpError(f"{name}: Unexpected value '{to_string(found)}'. Give a number of minutes.")
    return max(0.0, float(found))


def _refuse_containers(run: JobRun) -> None:
    container = evaluate_value(run.job.container, run.contexts)
    image = container.get("image") if isinstance(container, Mapping) else container
    if image:
        raise SetUpError(
            f"The job asks for the container '{image}', but this runner runs jobs directly on its machine. "
            "Remove 'container' from the job, or use a runner that has containers."
        )
    services = evaluate_value(run.job.services, run.contexts)
    if services:
        raise SetUpError(
            f"The job asks for services ({', '.join(map(str, services))}), but this runner has no containers. "
            "Remove 'services' from the job, or use a runner that has containers."
        )


def _write_event(github: Mapping[str, Any]) -> None:
    text = json.dumps(github["event"], ensure_ascii=False)
    with open(github["event_path"], "wb") as file:  # noqa: PTH123
        file.write(text.encode("utf-8", "surrogatepass"))


def _evaluate_env(run: JobRun) -> None:
    for values in (run.workflow.env, run.job.env):
        if values:
            contexts = {**run.contexts, "env": run.env}
            run.env |= {str(name): to_string(value) for name, value in evaluate_value(values, contexts).items()}
