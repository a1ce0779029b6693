"""Workflow files of the default branch, and starting one by hand."""

from __future__ import annotations

from litestar import Response, get, post, put
from litestar.params import FromQuery, JSONBody

from runyard.server.api.convert import repository_url, run_page
from runyard.server.api.inputs import Caller, Text, TheServices
from runyard.server.api.runs import ACTIONS
from runyard.server.api.shapes import Dispatch, Dispatched, Workflow, Workflows
from runyard.services.access import readable
from runyard.services.dispatch_workflow import dispatch_workflow
from runyard.services.payload import timestamp
from runyard.services.workflow_switch import switch_workflow
from runyard.services.workflows import WorkflowInfo, list_workflows, show_workflow


@get(ACTIONS + "/workflows", tags=["actions"])
async def listing(services: TheServices, identity: Caller, owner: Text, repo: Text) -> Workflows:
    """All workflow files of the default branch."""
    found = await list_workflows(services, identity, owner, repo)
    return Workflows([_workflow(services.settings.base_url, each) for each in found], len(found))


@get(ACTIONS + "/workflows/{workflow_id:str}", tags=["actions"])
async def one(services: TheServices, identity: Caller, owner: Text, repo: Text, workflow_id: Text) -> Workflow:
    """A workflow by its file name."""
    found = await show_workflow(services, identity, owner, repo, workflow_id)
    return _workflow(services.settings.base_url, found)


@put(ACTIONS + "/workflows/{workflow_id:str}/disable", tags=["actions"], status_code=204)
async def disable(services: TheServices, identity: Caller, owner: Text, repo: Text, workflow_id: Text) -> None:
    """Switch a workflow off: nothing starts it any more, and its runs are not run again. What runs goes on."""
    await switch_workflow(services, identity, owner, repo, workflow_id, enabled=False)


@put(ACTIONS + "/workflows/{workflow_id:str}/enable", tags=["actions"], status_code=204)
async def enable(services: TheServices, identity: Caller, owner: Text, repo: Text, workflow_id: Text) -> None:
    """Switch a workflow on."""
    await switch_workflow(services, identity, owner, repo, workflow_id, enabled=True)


@post(ACTIONS + "/workflows/{workflow_id:str}/dispatches", tags=["actions"], status_code=200)
async def dispatch(
    services: TheServices,
    identity: Caller,
    owner: Text,
    repo: Text,
    workflow_id: Text,
    data: JSONBody[Dispatch],
    return_run_details: FromQuery[bool] = False,
) -> Response[Dispatched | None]:
    """Start a workflow. 204 without a body, or 200 with the run when `return_run_details` is asked for."""
    started = await dispatch_workflow(services, identity, owner, repo, workflow_id, data.ref, data.inputs)
    if not (return_run_details or data.return_run_details):
        return Response(None, status_code=204)
    repository = await readable(services, identity, owner, repo)
    base_url = services.settings.base_url
    address = f"{repository_url(base_url, repository)}/actions/runs/{started.id}"
    return Response(Dispatched(started.id, started.number, address, run_page(base_url, repository, started.number)))


def _workflow(base_url: str, info: WorkflowInfo) -> Workflow:
    home = f"{base_url}/{info.repository.owner}/{info.repository.name}"
    return Workflow(
        id=info.file_name,
        name=info.name,
        path=info.path,
        state="active" if info.disabled is None else "disabled_manually",
        created_at=timestamp(info.changed),
        updated_at=timestamp(info.changed),
        url=f"{repository_url(base_url, info.repository)}/actions/workflows/{info.file_name}",
        html_url=f"{home}/actions?workflow={info.file_name}",
        badge_url=f"{home}/actions/workflows/{info.file_name}/badge.svg",
    )
