"""Secrets: their names and times. A value goes in and is never shown again."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, delete, get, put
from litestar.params import JSONBody

from runyard.server.api.inputs import Paging, Text, TheServices
from runyard.server.api.paging import paging_headers
from runyard.server.api.scopes import TheScope
from runyard.server.api.shapes import NewSecret, Secret
from runyard.services.payload import timestamp
from runyard.services.secrets import delete_secret, list_secrets, put_secret


@get("/secrets", tags=["actions"])
async def listing(
    request: Request[Any, Any, Any], services: TheServices, whose: TheScope, page: Paging
) -> Response[list[Secret]]:
    """The secrets, by name."""
    found, total = await list_secrets(services, whose, limit=page.needed)
    shown = [
        Secret(each.name, each.description, timestamp(each.created), timestamp(each.updated))
        for each in page.of(list(found))
    ]
    return Response(shown, headers=paging_headers(request, page, total))


@put("/secrets/{name:str}", tags=["actions"])
async def store(services: TheServices, whose: TheScope, name: Text, data: JSONBody[NewSecret]) -> Response[None]:
    """Store a secret: 201 when the name is new, 204 when its value was replaced."""
    is_new = await put_secret(services, whose, name, data.data, data.description)
    return Response(None, status_code=201 if is_new else 204)


@delete("/secrets/{name:str}", tags=["actions"])
async def remove(services: TheServices, whose: TheScope, name: Text) -> None:
    """Remove a secret."""
    await delete_secret(services, whose, name)
