"""The runners of the whole server, for administrators."""

from __future__ import annotations

from typing import Any

from litestar import Response, get

from runyard.server.pages.arguments import TheVisitor
from runyard.server.pages.respond import html
from runyard.services.runners import list_runners, server_scope


@get("/runners", include_in_schema=False)
async def runners_page(visitor: TheVisitor) -> Response[Any]:
    """Name, labels and presence of each."""
    services = visitor.services
    found = await list_runners(services, server_scope(visitor.identity))
    return html("runners.html", visitor, runners=found, base_url=services.settings.base_url)
