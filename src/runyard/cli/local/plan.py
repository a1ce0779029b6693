"""Which workflow files a local run executes, and the command that starts each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runyard import language
from runyard.cli.errors import CommandError
from runyard.cli.local.engine import now
from runyard.cli.local.tree import NO_COMMIT, WORKFLOW_FOLDERS, WorkingTree
from runyard.kernel.closure import Closure
from runyard.kernel.commands import CreateRun
from runyard.kernel.workflow import plan


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
    """The command for one file; None when the event does not start it. The kernel reports what is wrong in the file."""
    source = _read(file)
    path = str(file.relative_to(tree.root)) if file.is_relative_to(tree.root) else file.name
    closure = _called(tree, path, source)
    payload = _payload(tree, request)
    inputs: dict[str, Any] = {}
    workflow = plan(path, source).workflow
    if workflow is not None:
        if request.event not in workflow.triggers:
            return None
        if request.job and request.job not in workflow.jobs:
            raise CommandError(f"{path} has no job '{request.job}'.", f"Its jobs: {', '.join(workflow.jobs)}.")
        if request.event == "workflow_dispatch":
            checked = language.dispatch_inputs(workflow, request.inputs)
            if checked.inputs is None:
                raise CommandError(checked.diagnostics[0].message, "Inputs are given as --input NAME=VALUE.")
            inputs = dict(checked.inputs)
            payload["inputs"] = dict(checked.texts)
    return CreateRun(
        at=now(),
        repository_id=0,
        number=1,
        workflow=path,
        source=source,
        title=tree.message.partition("\n")[0],
        event=request.event,
        ref=tree.ref,
        sha=tree.sha,
        actor=tree.user,
        github=_github(tree, payload),
        inputs=inputs,
        called=closure.texts,
        diagnostics=closure.diagnostics() if closure.has_calls else (),
        jobs=(request.job,) if request.job else (),
    )


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace")


def _called(tree: WorkingTree, path: str, source: str) -> Closure:
    """The reusable workflows that a file calls, as they are in the working tree now."""
    closure = Closure(path, source)
    while wanted := closure.wanted:
        for reference in wanted:
            file = tree.root / reference[2:]
            if not reference.startswith(("./", "$/")):
                closure.not_found(reference, "cannot be called: 'runyard run' sees the files of this working tree only")
            elif not file.is_file():
                closure.not_found(reference, f"was not found: there is no file {reference[2:]} in {tree.root}")
            else:
                closure.found(reference, _read(file))
    return closure


def _events(file: Path) -> str:
    workflow = plan(file.name, _read(file)).workflow
    return ", ".join(workflow.triggers) if workflow else "not readable"


def _payload(tree: WorkingTree, request: Request) -> dict[str, Any]:
    """An event payload of the shape that the event's webhook has."""
    owner, _, name = tree.name.partition("/")
    payload: dict[str, Any] = {
        "ref": tree.ref,
        "repository": {"name": name, "full_name": tree.name, "owner": {"login": owner}},
        "sender": {"login": tree.user},
    }
    if request.event == "push":
        payload |= {"before": NO_COMMIT, "after": tree.sha, "head_commit": {"id": tree.sha, "message": tree.message}}
    return payload


def _github(tree: WorkingTree, payload: dict[str, Any]) -> dict[str, Any]:
    return {
        "event": payload,
        "repository": tree.name,
        "repository_owner": tree.name.partition("/")[0],
        "run_id": "1",
        "server_url": "",
        "api_url": "",
        "base_ref": "",
        "head_ref": "",
    }
