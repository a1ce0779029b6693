"""The operations of the runner: environment files, commands, shells, step conditions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from runyard.language import evaluate
from runyard.runner.cancellation import Cancellation
from runyard.runner.command_syntax import annotation_properties, parse_brackets, parse_colons
from runyard.runner.file_commands import FileCommands
from runyard.runner.job_log import JobLog
from runyard.runner.masks import Masks
from runyard.runner.problem_matchers import PROPERTIES, MatcherError, ProblemMatchers, read_matchers
from runyard.runner.scope import Scope
from runyard.runner.set_up import new_job
from runyard.runner.settings import RunnerSettings
from runyard.runner.shells import ShellError, template_of
from runyard.runner.status import status_functions
from runyard.runner.steps.running import run_step
from runyard.runner.steps.step_run import StepRun
from runyard.runner.task import Conclusion, Task
from runyard.runner.workflow_commands import COMMANDS, WorkflowCommands
from runyard.runner.workspace import fresh_workspace
from tests.runner.recorder import Recorder

_FILES = {"env": "GITHUB_ENV", "output": "GITHUB_OUTPUT", "state": "GITHUB_STATE"}
_ANNOTATIONS = ("notice", "warning", "error")


def read_environment_file(request: dict[str, Any]) -> dict[str, Any]:
    """op `env_file`."""
    kind = request["file_command"]
    with TemporaryDirectory() as folder:
        files = FileCommands(folder, "x")
        path = Path(files.variables[_FILES[kind]])
        if request["content"] is None:
            path.unlink()
        else:
            encoding = "utf-8-sig" if request.get("bom") else "utf-8"
            path.write_text(request["content"], encoding=encoding, newline="")
        result = files.read()
    if result.errors:
        return {"error": "\n".join(result.errors)}
    return {"values": {"env": result.env, "output": result.outputs, "state": result.state}[kind]}


def read_command(request: dict[str, Any]) -> dict[str, Any]:
    """op `command`: with `registered` only the syntax, else what the command means."""
    line, names = request["line"], request.get("registered") or COMMANDS
    forms = {"::": [parse_colons], "##[": [parse_brackets]}
    readers = forms.get(request.get("syntax", ""), [parse_colons, parse_brackets])
    found = next((command for reader in readers if (command := reader(line, names))), None)
    if not found:
        return {"none": True}
    properties: Mapping[str, str] = found.properties
    if "registered" not in request:
        if found.name in _ANNOTATIONS:
            properties = annotation_properties(properties)[0]
        elif problem := _problem(line):
            return {"error": problem}
    return {"command": found.name, "properties": dict(properties), "data": found.data}


class _Target:
    """A step to which nothing happens."""

    allow_unsecure_commands = False

    def set_output(self, name: str, value: str) -> None:
        return

    def save_state(self, name: str, value: str) -> None:
        return

    def set_env(self, name: str, value: str) -> None:
        return

    def add_path(self, directory: str) -> None:
        return

    def fail(self) -> None:
        return


def _problem(line: str) -> str:
    recorder = Recorder()
    log = JobLog(recorder, Masks(), debugging=False)
    WorkflowCommands(log, _Target(), ProblemMatchers("/nowhere")).line(1, line)
    return "\n".join(row for row in recorder.rows if row.startswith("##[error]"))


def shell_command(request: dict[str, Any]) -> dict[str, Any]:
    """op `shell`."""
    try:
        return {"command": template_of(request.get("shell") or "", explicit=bool(request.get("explicit", True)))}
    except ShellError as error:
        return {"error": str(error)}


def status_function(request: dict[str, Any]) -> dict[str, Any]:
    """op `status_function`."""
    composite = Conclusion(request["action_status"]) if request.get("in_composite_main_step") else None
    functions = status_functions(Conclusion(request["job_status"]), composite)
    return {"kind": "Boolean", "value": evaluate(request["expr"], {}, functions)}


def match_problems(request: dict[str, Any]) -> dict[str, Any]:
    """op `problem_matcher`: the first matcher over the lines, or whether the configuration is valid."""
    try:
        matchers = read_matchers(request["config"])
    except MatcherError:
        return {"valid": False}
    if "lines" not in request:
        return {"valid": True}
    found = [matchers[0].match(line) for line in request["lines"]]
    return {"matches": [one and {name: one.get(name, "") for name in PROPERTIES} for one in found]}


class _Stub:
    """A body with a known end."""

    def __init__(self, outcome: str) -> None:
        self._outcome = Conclusion(outcome)

    def run(self, _: StepRun) -> Conclusion:
        return self._outcome


def plan_steps(request: dict[str, Any]) -> dict[str, Any]:
    """op `plan_steps`: real conditions and policies around stub bodies."""
    steps = [
        {"run": "true", "if": step["if"], "continue-on-error": bool(step.get("continue-on-error"))}
        for step in request["steps"]
    ]
    task = Task(1, json.dumps({"on": "push", "jobs": {"job": {"runs-on": "x", "steps": steps}}}))
    recorder, cancel = Recorder(), Cancellation()
    with TemporaryDirectory() as folder, fresh_workspace(Path(folder), "") as place:
        log = JobLog(recorder, Masks(), debugging=False)
        run = new_job(task, recorder, RunnerSettings(Path(folder)), cancel, log, place)
        scope = Scope(run)
        ran = []
        for model, step in zip(run.job.steps, request["steps"], strict=True):
            conclusion = run_step(StepRun(scope, model, lambda: None, lambda _: None), _Stub(step["outcome_if_run"]))
            ran.append(conclusion is not Conclusion.SKIPPED)
        cancel.close()
        return {"job": run.status.value, "ran": ran}
