"""Deciding on a run from a fork, on its page."""

from __future__ import annotations

from typing import Any

from litestar import Request, post
from litestar.response import Redirect

from runyard.server.pages.arguments import Owner, Repo, RunNumber, TheVisitor
from runyard.server.pages.respond import see_other
from runyard.server.pages.run import RUN, paths_of
from runyard.server.pages.session import posted
from runyard.services import show
from runyard.services.access import administrable
from runyard.services.approve import approve, deny, revoke
from runyard.services.errors import Invalid


@post(f"{RUN}/approve", include_in_schema=False, status_code=303)
async def decide_on_run(
    request: Request[Any, Any, Any], owner: Owner, repo: Repo, number: RunNumber, visitor: TheVisitor
) -> Redirect:
    """Field `decision` is once, always, deny or revoke; `sha` and `digest` what was looked at; `reason` is optional."""
    services = visitor.services
    fields = await posted(request, visitor)
    await administrable(services, visitor.identity, owner, repo)
    view = await show.run(services, visitor.identity, owner, repo, number)
    decision, by, reason = fields.get("decision", ""), visitor.user.name, fields.get("reason", "").strip()
    seen = {name: fields.get(name, "") for name in ("sha", "digest")}
    if decision == "deny":
        await deny(services, view.id, by=by, reason=reason)
    elif decision == "revoke":
        await revoke(services, view.id, by=by, reason=reason)
    elif decision in ("once", "always"):
        await approve(services, view.id, by=by, always=decision == "always", **seen)
    else:
        raise Invalid("this form is not complete", status=400)
    return see_other(paths_of(view)["run_path"])
