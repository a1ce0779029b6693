"""Which workflow files a local run executes, and the command that starts each."""

from __future__ import annotations

import getpass
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runyard import language
from runyard.cli.errors import CommandError
from runyard.cli.local.engine import now
from runyard.cli.local.tree import NO_COMMIT, WORKFLOW_FOLDERS, WorkingTree
from runyard.kernel.commands import CreateRun
from runyard.kernel.state import Diagnostic


@dataclass(frozen=True)
class Request:
    """What the user asked for. `file` and `job` are empty for all."""

    event: str
    file: str
    job: str
    inputs: dict[str, str]


def plan_runs(tree: WorkingTree, request: Request) -> list[CreateRun]:
    """One command per workflow file that the event starts. Raises CommandError when there is none, and why."""
    files = [_named(tree, request.file)] if request.file else tree.workflows()
    if not files:
        raise CommandError(
            f"There is no workflow file in {tree.root}.",
            "Put one into " + WORKFLOW_FOLDERS[-1] + ", or name it with -W FILE.",
        )
    commands = [command for file in files if (command := _command(tree, file, request))]
    if not commands:
        events = "; ".join(f"{file.name}: {_events(file)}" for file in files)
        raise CommandError(
            f"No workflow here starts on '{request.event}'.",
            f"They start on: {events}. Example: runyard run workflow_dispatch",
        )
    return commands


def _named(tree: WorkingTree, name: str) -> Path:
    for path in (Path(name), *(tree.root / folder / name for folder in WORKFLOW_FOLDERS)):
        if path.is_file():
            return path.resolve()
    known = ", ".join(file.name for file in tree.workflows()) or "none"
    raise CommandError(f"There is no workflow file '{name}'.", f"Workflow files here: {known}.")


def _command(tree: WorkingTree, file: Path, request: Request) -> CreateRun | None:
    """The command for one file; None when the event does not start it. A broken file: a command with diagnostics."""
    source = file.read_text(encoding="utf-8", errors="replace")
    path = str(file.relative_to(tree.root)) if file.is_relative_to(tree.root) else file.name
    parsed = language.parse(source, path)
    sha, ref = tree.head()
    payload = _payload(tree, request, sha, ref)
    inputs: dict[str, Any] = {}
    diagnostics = [item for item in parsed.diagnostics if item.severity == "error"]
    if parsed.workflow is not None and not diagnostics:
        if request.event not in parsed.workflow.triggers:
            return None
        if request.job and request.job not in parsed.workflow.jobs:
            raise CommandError(f"{path} has no job '{request.job}'.", f"Its jobs: {', '.join(parsed.workflow.jobs)}.")
        if request.event == "workflow_dispatch":
            inputs, problems = language.dispatch_inputs(parsed.workflow, request.inputs)
            if problems:
                raise CommandError(problems[0].message, "Inputs are given as --input NAME=VALUE.")
    return CreateRun(
        at=now(),
        repository_id=0,
        number=1,
        workflow=path,
        source=source,
        title=tree.message().partition("\n")[0],
        event=request.event,
        ref=ref,
        sha=sha,
        actor=tree.user(),
        github=_github(tree, payload),
        inputs=inputs,
        jobs=(request.job,) if request.job else (),
        diagnostics=tuple(
            Diagnostic(item.path, item.line, item.column, item.code, item.message, item.severity)
            for item in diagnostics
        ),
    )


def _events(file: Path) -> str:
    workflow = language.parse(file.read_text(encoding="utf-8", errors="replace"), file.name).workflow
    return ", ".join(workflow.triggers) if workflow else "not readable"


def _payload(tree: WorkingTree, request: Request, sha: str, ref: str) -> dict[str, Any]:
    """An event payload of the shape that the event's webhook has."""
    name = tree.name()
    payload: dict[str, Any] = {
        "ref": ref,
        "repository": {"name": name.partition("/")[2], "full_name": name, "owner": {"login": name.partition("/")[0]}},
        "sender": {"login": getpass.getuser()},
    }
    if request.event == "push":
        payload |= {"before": NO_COMMIT, "after": sha, "head_commit": {"id": sha, "message": tree.message()}}
    if request.event == "workflow_dispatch":
        payload["inputs"] = request.inputs
    return payload


def _github(tree: WorkingTree, payload: dict[str, Any]) -> dict[str, Any]:
    name = tree.name()
    return {
        "event": payload,
        "repository": name,
        "repository_owner": name.partition("/")[0],
        "run_id": "1",
        "server_url": "",
        "api_url": "",
        "base_ref": "",
        "head_ref": "",
    }
