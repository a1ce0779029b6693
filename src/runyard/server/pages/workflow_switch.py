"""Switching a workflow off and on, from the list of its runs."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from litestar import Request, post
from litestar.response import Redirect

from runyard.server.pages.arguments import Owner, Repo, TheVisitor
from runyard.server.pages.respond import see_other
from runyard.server.pages.session import Visitor, posted
from runyard.services.workflow_switch import switch_workflow

_ACTIONS = "/{owner:str}/{repo:str}/actions"


@post(f"{_ACTIONS}/disable", include_in_schema=False, status_code=303)
async def disable_page(request: Request[Any, Any, Any], owner: Owner, repo: Repo, visitor: TheVisitor) -> Redirect:
    """Switch the workflow with the path in field `workflow` off."""
    return await _switch(request, visitor, owner, repo, enabled=False)


@post(f"{_ACTIONS}/enable", include_in_schema=False, status_code=303)
async def enable_page(request: Request[Any, Any, Any], owner: Owner, repo: Repo, visitor: TheVisitor) -> Redirect:
    """Switch it on."""
    return await _switch(request, visitor, owner, repo, enabled=True)


async def _switch(
    request: Request[Any, Any, Any], visitor: Visitor, owner: str, repo: str, *, enabled: bool
) -> Redirect:
    path = (await posted(request, visitor)).get("workflow", "")
    await switch_workflow(visitor.services, visitor.identity, owner, repo, path, enabled=enabled)
    return see_other(f"/{owner}/{repo}/actions?{urlencode({'workflow': path})}")
