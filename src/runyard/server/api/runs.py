"""Runs: lists, one of them, and what can be done with it."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, SkipValidation

from runyard.server.api.convert import listed_run, shown_run
from runyard.server.api.inputs import Caller, Number, Paging, Text, TheServices
from runyard.server.api.paging import Page, paging_headers
from runyard.server.api.shapes import Run, Runs
from runyard.server.api.statuses import statuses_named
from runyard.services import show
from runyard.services.access import actor_of, readable, writable
from runyard.services.cancel import cancel
from runyard.services.context import Services
from runyard.services.errors import ConflictError, NotFound
from runyard.services.identity import Identity

ACTIONS = "/repos/{owner:str}/{repo:str}/actions"
RUN = ACTIONS + "/runs/{run_id:int}"


class Filters(msgspec.Struct):
    """Which runs are wanted."""

    statuses: list[str] = []
    event: str | None = None
    branch: str | None = None
    actor: str | None = None
    sha: str | None = None
    workflow: str | None = None
    before: int | None = None


def provide_filters(
    status: FromQuery[list[str] | None] = None,
    event: FromQuery[str | None] = None,
    branch: FromQuery[str | None] = None,
    actor: FromQuery[str | None] = None,
    head_sha: FromQuery[str | None] = None,
    workflow: FromQuery[str | None] = None,
    before: FromQuery[int | None] = None,
) -> Filters:
    """From the query: `status` may be repeated, `workflow` is a path, `before` a run id that starts the page."""
    wanted = (event or None, branch or None, actor or None, head_sha or None, workflow or None)
    return Filters(status or [], *wanted, before)


@get(ACTIONS + "/runs", tags=["actions"])
async def of_repository(
    request: Request[Any, Any, Any],
    services: TheServices,
    identity: Caller,
    page: Paging,
    filters: NamedDependency[SkipValidation[Filters]],
    owner: Text,
    repo: Text,
    run_number: FromQuery[int | None] = None,
) -> Response[Runs]:
    """Newest runs of a repository. `total_count` counts as far as the next page. `run_number`: only that one."""
    if run_number is not None:
        return Response(await _numbered(services, identity, owner, repo, run_number))
    return await _listing(request, services, identity, page, filters, owner, repo)


@get(["/user/actions/runs", "/admin/actions/runs"], tags=["actions"])
async def of_all(
    request: Request[Any, Any, Any],
    services: TheServices,
    identity: Caller,
    page: Paging,
    filters: NamedDependency[SkipValidation[Filters]],
) -> Response[Runs]:
    """Newest runs of the repositories that the caller may see."""
    actor_of(identity)
    return await _listing(request, services, identity, page, filters, None, None)


async def _listing(
    request: Request[Any, Any, Any],
    services: Services,
    identity: Identity,
    page: Page,
    filters: Filters,
    owner: str | None,
    repo: str | None,
) -> Response[Runs]:
    found = await show.runs(
        services,
        identity,
        owner,
        repo,
        before=filters.before,
        limit=page.needed,
        statuses=statuses_named(filters.statuses),
        workflow=filters.workflow,
        event=filters.event,
        branch=filters.branch,
        actor=filters.actor,
        sha=filters.sha,
    )
    runs = [listed_run(services.settings.base_url, each) for each in page.of(found)]
    return Response(Runs(runs, len(found)), headers=paging_headers(request, page, len(found)))


async def _numbered(services: Services, identity: Identity, owner: str, repo: str, number: int) -> Runs:
    await readable(services, identity, owner, repo)
    try:
        view = await show.run(services, identity, owner, repo, number)
    except NotFound:
        return Runs([], 0)
    return Runs([shown_run(services.settings.base_url, view)], 1)


@get(RUN, tags=["actions"])
async def one(services: TheServices, identity: Caller, owner: Text, repo: Text, run_id: Number) -> Run:
    """A run at its latest attempt."""
    return await run_shown(services, identity, owner, repo, run_id)


@get(RUN + "/attempts/{attempt:int}", tags=["actions"])
async def at_attempt(
    services: TheServices, identity: Caller, owner: Text, repo: Text, run_id: Number, attempt: Number
) -> Run:
    """A run at one of its attempts."""
    return await run_shown(services, identity, owner, repo, run_id, attempt)


async def run_shown(
    services: Services, identity: Identity, owner: str, repo: str, run_id: int, attempt: int | None = None
) -> Run:
    """The run as it is now. Raises NotFound."""
    view = await show.run_by_id(services, identity, owner, repo, run_id, attempt)
    return shown_run(services.settings.base_url, view)


@post(RUN + "/cancel", tags=["actions"], status_code=200)
async def stop(services: TheServices, identity: Caller, owner: Text, repo: Text, run_id: Number) -> Run:
    """Stop a run: waiting jobs at once, running ones after their `always()` steps. Asking again changes nothing."""
    return await _stop(services, identity, owner, repo, run_id, force=False)


@post(RUN + "/force-cancel", tags=["actions"], status_code=200)
async def stop_now(services: TheServices, identity: Caller, owner: Text, repo: Text, run_id: Number) -> Run:
    """Stop a run without waiting for its runners."""
    return await _stop(services, identity, owner, repo, run_id, force=True)


async def _stop(services: Services, identity: Identity, owner: str, repo: str, run_id: int, *, force: bool) -> Run:
    await writable(services, identity, owner, repo)
    view = await show.run_by_id(services, identity, owner, repo, run_id)
    if view.run.status.is_terminal:
        raise ConflictError(f"run #{view.run.number} has finished already", code="run_finished")
    await cancel(services, run_id, by=actor_of(identity).name, force=force)
    return await run_shown(services, identity, owner, repo, run_id)
