"""Stopping a run, or one job of it, from its page."""

from __future__ import annotations

from typing import Any

from litestar import Request, post
from litestar.response import Redirect

from runyard.server.pages.arguments import JobNumber, Owner, Repo, RunNumber, TheVisitor
from runyard.server.pages.respond import see_other
from runyard.server.pages.run import RUN, paths_of, steered
from runyard.server.pages.session import Visitor, posted
from runyard.services.cancel import cancel
from runyard.services.show import RunView


@post(f"{RUN}/cancel", include_in_schema=False, status_code=303)
async def cancel_run(
    request: Request[Any, Any, Any], owner: Owner, repo: Repo, number: RunNumber, visitor: TheVisitor
) -> Redirect:
    """Ask the run to stop; field `force`: wait for no runner."""
    fields = await posted(request, visitor)
    view = await _stop(visitor, owner, repo, number, force=bool(fields.get("force")))
    return see_other(paths_of(view)["run_path"])


@post(f"{RUN}/jobs/{{job:int}}/cancel", include_in_schema=False, status_code=303)
async def cancel_job(
    request: Request[Any, Any, Any], owner: Owner, repo: Repo, number: RunNumber, job: JobNumber, visitor: TheVisitor
) -> Redirect:
    """Ask one job to stop, with everything that it calls; fields `force` as for a run, `back` = run: go there."""
    fields = await posted(request, visitor)
    view = await _stop(visitor, owner, repo, number, job, force=bool(fields.get("force")))
    run_path = paths_of(view)["run_path"]
    return see_other(run_path if fields.get("back") == "run" else f"{run_path}/jobs/{job}")


async def _stop(visitor: Visitor, owner: str, repo: str, number: int, job: int = 0, *, force: bool) -> RunView:
    view = await steered(visitor.services, visitor, owner, repo, number)
    await cancel(visitor.services, view.id, by=visitor.user.name, job=job, force=force)
    return view
