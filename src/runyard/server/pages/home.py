"""The first page: repositories with their latest run, and the form that creates one."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post

from runyard.server.pages.arguments import Owner, TheVisitor
from runyard.server.pages.respond import html, see_other
from runyard.server.pages.session import Visitor, posted
from runyard.services import show
from runyard.services.access import require_user
from runyard.services.context import Services
from runyard.services.errors import NotFound, ServiceError
from runyard.services.repository import create_repository

_NOTHING = {"name": "", "description": "", "private": ""}


@get("/", include_in_schema=False)
async def home_page(visitor: TheVisitor) -> Response[Any]:
    """All repositories that the visitor may see, the liveliest first."""
    services = visitor.services
    return html("home.html", visitor, **await _listing(services, visitor, None))


@get("/{owner:str}", include_in_schema=False)
async def owner_page(owner: Owner, visitor: TheVisitor) -> Response[Any]:
    """The repositories of one owner. Who has none that may be seen does not exist."""
    services = visitor.services
    found = await _listing(services, visitor, owner)
    is_self = visitor.user is not None and visitor.user.name.lower() == owner.lower()
    if not found["repositories"] and not is_self:
        raise NotFound(f"there is nobody called {owner}, or they have no repository that you may see")
    return html("home.html", visitor, **found)


@post("/new", include_in_schema=False, status_code=303)
async def create_page(request: Request[Any, Any, Any], visitor: TheVisitor) -> Response[Any]:
    """Create a repository of the visitor and show it; a mistake comes back with the form as it was filled in."""
    services = visitor.services
    fields = await posted(request, visitor)
    user = require_user(visitor.identity)
    entered = {name: fields.get(name, "").strip() for name in _NOTHING}
    try:
        made = await create_repository(
            services,
            visitor.identity,
            user.name,
            entered["name"],
            private=bool(entered["private"]),
            description=entered["description"],
        )
    except ServiceError as problem:
        found = await _listing(services, visitor, None)
        return html(
            "home.html", visitor, status=problem.status, **found | {"problem": problem.message, "entered": entered}
        )
    return see_other(f"/{made.owner}/{made.name}")


async def _listing(services: Services, visitor: Visitor, owner: str | None) -> dict[str, Any]:
    found = await show.repositories(services, visitor.identity, owner)
    latest = await show.latest_runs(services, found)
    rows: list[dict[str, Any]] = [{"repository": each, "last": latest.get(each.id)} for each in found]
    rows.sort(key=lambda row: -row["last"].id if row["last"] else 0)
    return {
        "repositories": rows,
        "owner": found[0].owner if owner and found else owner or "",
        "base_url": services.settings.base_url,
        "problem": "",
        "entered": _NOTHING,
    }
