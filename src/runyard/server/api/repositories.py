"""Hosted repositories."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromQuery, JSONBody

from runyard.server.api.inputs import Caller, Paging, Text, TheServices
from runyard.server.api.paging import Page, paging_headers
from runyard.server.api.shapes import Found, NewRepository
from runyard.services import show
from runyard.services.access import may_write, readable, require_user
from runyard.services.context import Services
from runyard.services.identity import Identity
from runyard.services.payload import repository_json
from runyard.services.repository import create_repository

Anyone = Request[Any, Any, Any]


@get("/repos/search", tags=["repository"])
async def search(
    request: Anyone, services: TheServices, identity: Caller, page: Paging, q: FromQuery[str] = ""
) -> Response[Found]:
    """The repositories that the caller may see, newest first; `q`: only names that contain it."""
    listed = await _listed(services, identity, None, page, q)
    return Response(Found(True, page.of(listed)), headers=paging_headers(request, page, len(listed)))


@get("/user/repos", tags=["repository"])
async def own(request: Anyone, services: TheServices, identity: Caller, page: Paging) -> Response[list[dict[str, Any]]]:
    """The caller's repositories."""
    listed = await _listed(services, identity, require_user(identity).name, page)
    return Response(page.of(listed), headers=paging_headers(request, page, len(listed)))


@get("/users/{username:str}/repos", tags=["repository"])
async def of_user(
    request: Anyone, services: TheServices, identity: Caller, page: Paging, username: Text
) -> Response[list[dict[str, Any]]]:
    """A user's repositories, as far as the caller may see them."""
    listed = await _listed(services, identity, username, page)
    return Response(page.of(listed), headers=paging_headers(request, page, len(listed)))


@get("/repos/{owner:str}/{repo:str}", tags=["repository"])
async def one(services: TheServices, identity: Caller, owner: Text, repo: Text) -> dict[str, Any]:
    """A repository, and what the caller may do with it."""
    found = await readable(services, identity, owner, repo)
    may = may_write(identity, found)
    permissions = {"admin": may, "push": may, "pull": True}
    return repository_json(services.settings.base_url, found) | {"permissions": permissions}


@post("/user/repos", tags=["repository"])
async def create(services: TheServices, identity: Caller, data: JSONBody[NewRepository]) -> dict[str, Any]:
    """Make a repository of the caller."""
    return await _create(services, identity, require_user(identity, write=True).name, data)


@post(["/admin/users/{username:str}/repos", "/orgs/{username:str}/repos"], tags=["repository"])
async def create_for(
    services: TheServices, identity: Caller, username: Text, data: JSONBody[NewRepository]
) -> dict[str, Any]:
    """Make a repository of a user or organisation (administrators)."""
    return await _create(services, identity, username, data)


async def _create(services: Services, identity: Identity, owner: str, data: NewRepository) -> dict[str, Any]:
    made = await create_repository(
        services,
        identity,
        owner,
        data.name,
        private=data.private,
        description=data.description,
        default_branch=data.default_branch or "main",
    )
    return repository_json(services.settings.base_url, made)


async def _listed(
    services: Services, identity: Identity, owner: str | None, page: Page, text: str = ""
) -> list[dict[str, Any]]:
    """Enough of the list, from its beginning, for the page and to know whether there is another one."""
    limit = show.MANY if text else page.needed
    found = await show.repositories(services, identity, owner, limit=limit)
    base_url = services.settings.base_url
    return [repository_json(base_url, each) for each in found if text.lower() in f"{each.owner}/{each.name}".lower()]
