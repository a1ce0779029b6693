"""Runners, and the tokens with which they register."""

from __future__ import annotations

from typing import Any

from litestar import HttpMethod, Request, Response, delete, get, route

from runyard.server.api.inputs import Caller, Number, Paging, Text, TheServices
from runyard.server.api.paging import Page, paging_headers
from runyard.server.api.runs import ACTIONS
from runyard.server.api.shapes import RegistrationToken, Runner, RunnerLabel, Runners
from runyard.services.context import Services
from runyard.services.runners import (
    RunnerInfo,
    Scope,
    list_runners,
    new_registration_token,
    remove_runner,
    repository_scope,
    server_scope,
    show_runner,
)

SERVER = "/admin/actions/runners"
REPOSITORY = ACTIONS + "/runners"
_GET_AND_POST = [HttpMethod.GET, HttpMethod.POST]

Anyone = Request[Any, Any, Any]


@get(REPOSITORY, tags=["runners"])
async def of_repository(
    request: Anyone, services: TheServices, identity: Caller, page: Paging, owner: Text, repo: Text
) -> Response[Runners]:
    """The runners that work for this repository alone."""
    return await _listing(request, services, await repository_scope(services, identity, owner, repo), page)


@get(SERVER, tags=["runners"])
async def of_server(request: Anyone, services: TheServices, identity: Caller, page: Paging) -> Response[Runners]:
    """The runners that work for all repositories (administrators)."""
    return await _listing(request, services, server_scope(identity), page)


@get(REPOSITORY + "/{runner_id:int}", tags=["runners"])
async def one_of_repository(
    services: TheServices, identity: Caller, owner: Text, repo: Text, runner_id: Number
) -> Runner:
    """A runner of this repository."""
    scope = await repository_scope(services, identity, owner, repo)
    return _runner(await show_runner(services, scope, runner_id))


@get(SERVER + "/{runner_id:int}", tags=["runners"])
async def one_of_server(services: TheServices, identity: Caller, runner_id: Number) -> Runner:
    """A runner of the server."""
    return _runner(await show_runner(services, server_scope(identity), runner_id))


@delete(REPOSITORY + "/{runner_id:int}", tags=["runners"])
async def remove_from_repository(
    services: TheServices, identity: Caller, owner: Text, repo: Text, runner_id: Number
) -> None:
    """Make a runner of this repository unknown."""
    await remove_runner(services, await repository_scope(services, identity, owner, repo), runner_id)


@delete(SERVER + "/{runner_id:int}", tags=["runners"])
async def remove_from_server(services: TheServices, identity: Caller, runner_id: Number) -> None:
    """Make a runner of the server unknown."""
    await remove_runner(services, server_scope(identity), runner_id)


@route(REPOSITORY + "/registration-token", http_method=_GET_AND_POST, status_code=200, tags=["runners"])
async def repository_token(services: TheServices, identity: Caller, owner: Text, repo: Text) -> RegistrationToken:
    """A new token with which runners of this repository register."""
    scope = await repository_scope(services, identity, owner, repo)
    return RegistrationToken(await new_registration_token(services, scope))


@route(
    [SERVER + "/registration-token", "/admin/runners/registration-token"],
    http_method=_GET_AND_POST,
    status_code=200,
    tags=["runners"],
)
async def server_token(services: TheServices, identity: Caller) -> RegistrationToken:
    """A new token with which runners of the server register."""
    return RegistrationToken(await new_registration_token(services, server_scope(identity)))


async def _listing(request: Anyone, services: Services, scope: Scope, page: Page) -> Response[Runners]:
    found = await list_runners(services, scope)
    shown = [_runner(each) for each in page.of(found)]
    return Response(Runners(shown, len(found)), headers=paging_headers(request, page, len(found)))


def _runner(info: RunnerInfo) -> Runner:
    runner = info.runner
    return Runner(
        id=runner.id,
        name=runner.name,
        status="online" if info.is_online else "offline",
        busy=info.is_busy,
        ephemeral=runner.ephemeral,
        version=runner.version,
        labels=[RunnerLabel(position, name) for position, name in enumerate(runner.labels)],
    )
