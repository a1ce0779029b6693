"""Configuration variables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from litestar import Request, Response, delete, get, post, put
from litestar.params import JSONBody

from runyard.server.api.inputs import Paging, Text, TheServices
from runyard.server.api.paging import paging_headers
from runyard.server.api.scopes import TheScope
from runyard.server.api.shapes import ChangedVariable, NewVariable, Variable
from runyard.services.variables import (
    create_variable,
    delete_variable,
    get_variable,
    list_variables,
    update_variable,
)

if TYPE_CHECKING:
    from runyard.store.variables import Variable as Row


@get("/variables", tags=["actions"])
async def listing(
    request: Request[Any, Any, Any], services: TheServices, whose: TheScope, page: Paging
) -> Response[list[Variable]]:
    """The variables, by name."""
    found, total = await list_variables(services, whose, limit=page.needed)
    shown = [_shown(each) for each in page.of(list(found))]
    return Response(shown, headers=paging_headers(request, page, total))


@get("/variables/{name:str}", tags=["actions"])
async def one(services: TheServices, whose: TheScope, name: Text) -> Variable:
    """A variable; its name is found in any case."""
    return _shown(await get_variable(services, whose, name))


@post("/variables/{name:str}", tags=["actions"])
async def create(services: TheServices, whose: TheScope, name: Text, data: JSONBody[NewVariable]) -> None:
    """Add a variable; 409 when there is one of that name."""
    await create_variable(services, whose, name, data.value, data.description)


@put("/variables/{name:str}", tags=["actions"], status_code=204)
async def change(services: TheServices, whose: TheScope, name: Text, data: JSONBody[ChangedVariable]) -> None:
    """Change a variable's value, and its name when one is given."""
    await update_variable(services, whose, name, data.value, new_name=data.name, description=data.description)


@delete("/variables/{name:str}", tags=["actions"])
async def remove(services: TheServices, whose: TheScope, name: Text) -> None:
    """Remove a variable."""
    await delete_variable(services, whose, name)


def _shown(row: Row) -> Variable:
    return Variable(row.owner_id or 0, row.repository_id or 0, row.name, row.value, row.description)
