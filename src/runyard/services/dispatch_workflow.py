"""Starting a workflow by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runyard.language import dispatch_inputs
from runyard.services import payload
from runyard.services.access import actor_of, writable
from runyard.services.errors import Invalid, NotFound
from runyard.services.start_run import RunRequest, StartedRun, start_runs
from runyard.services.workflow_files import FilesAt, base_name, files_at, plan_of_file
from runyard.services.workflow_switch import workflow_disabled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from runyard.forge.objects import WorkflowFile
    from runyard.services.context import Services
    from runyard.services.identity import Identity


async def dispatch_workflow(
    services: Services, identity: Identity, owner: str, repo: str, workflow: str, ref: str, inputs: Mapping[str, Any]
) -> StartedRun:
    """Start `workflow` (its file name or path) at `ref` (a branch or tag, short or complete) with these inputs.

    Raises NotFound (`ref_not_found`, `workflow_not_found`), Invalid (`workflow_invalid`, `not_dispatchable`,
    `invalid_inputs`), Unauthenticated, Forbidden (`workflow_disabled`).
    """
    repository = await writable(services, identity, owner, repo)
    actor = actor_of(identity)
    if not ref:
        raise Invalid("'ref' is missing; name the branch or tag to run on", code="ref_missing")
    at = await files_at(services, repository, ref)
    if at is None:
        raise NotFound(f"there is no branch or tag '{ref}' in {owner}/{repo}", code="ref_not_found")
    file = _find(at, workflow)
    values, texts = _inputs(file, inputs)
    request = RunRequest(
        workflow=file.path,
        source=file.text,
        title=at.commit.title or file.path,
        event="workflow_dispatch",
        ref=at.ref,
        sha=at.commit.id,
        actor=actor,
        payload=payload.dispatch_payload(services.settings.base_url, repository, actor, file.path, at.ref, texts),
        inputs=values,
    )
    started = await start_runs(services, repository, [request])
    if not started:
        raise workflow_disabled(file.path)
    return started[0]


def _find(at: FilesAt, workflow: str) -> WorkflowFile:
    for file in at.files:
        if workflow in (base_name(file.path), file.path):
            return file
    known = ", ".join(base_name(file.path) for file in at.files) or "none"
    raise NotFound(f"there is no workflow '{workflow}' at {at.ref}; there are: {known}", code="workflow_not_found")


def _inputs(file: WorkflowFile, given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """The inputs as typed values, and as texts."""
    plan = plan_of_file(file)
    if plan.workflow is None:
        first = next(iter(plan.diagnostics), None)
        reason = f": {first.message} (line {first.line}, column {first.column})" if first else ""
        raise Invalid(f"{file.path} cannot be used{reason}", code="workflow_invalid")
    checked = dispatch_inputs(plan.workflow, given)
    if checked.inputs is None:
        is_undeclared = any(each.code == "no-dispatch" for each in checked.diagnostics)
        code = "not_dispatchable" if is_undeclared else "invalid_inputs"
        raise Invalid("; ".join(each.message for each in checked.diagnostics), code=code)
    return dict(checked.inputs), dict(checked.texts)
