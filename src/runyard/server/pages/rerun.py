"""Running again: a page that shows what would run and what would keep its result, and the form that does it."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromQuery

from runyard.server.pages.arguments import Count, Owner, Repo, RunNumber, TheVisitor
from runyard.server.pages.kinds import rerun_kind
from runyard.server.pages.respond import html, see_other
from runyard.server.pages.run import RUN, paths_of, steered
from runyard.server.pages.session import posted
from runyard.services.errors import Invalid, ServiceError
from runyard.services.rerun import RerunPlan, plan_rerun, rerun
from runyard.services.show import RunView

_KINDS = ("all", "failed", "job")


@get(f"{RUN}/rerun", include_in_schema=False)
async def rerun_page(
    owner: Owner,
    repo: Repo,
    number: RunNumber,
    visitor: TheVisitor,
    kind: FromQuery[str] = "all",
    job: Count = 0,
) -> Response[Any]:
    """The plan, which changes nothing, or why it is refused. `kind` is all, failed or job; then `job` is its number."""
    services = visitor.services
    view = await steered(services, visitor, owner, repo, number)
    _check(kind)
    plan, problem = None, None
    try:
        plan = await plan_rerun(services, view.id, kind=rerun_kind(kind), job=job)
    except ServiceError as refused:
        problem = refused
    failed = any(each.status.label in ("failure", "cancelled") for each in view.attempt.jobs.values())
    return html(
        "rerun.html",
        visitor,
        status=200 if problem is None else problem.status,
        view=view,
        repository=view.repository,
        kind=kind,
        job=view.attempt.jobs.get(job) if kind == "job" else None,
        failed=failed,
        parts=[] if plan is None else _parts(view, plan),
        problem=problem,
        **paths_of(view),
    )


@post(f"{RUN}/rerun", include_in_schema=False, status_code=303)
async def rerun_run(
    request: Request[Any, Any, Any], owner: Owner, repo: Repo, number: RunNumber, visitor: TheVisitor
) -> Response[Any]:
    """Add an attempt: fields `kind` and `job` as above, `debug`: with debug rows."""
    services = visitor.services
    fields = await posted(request, visitor)
    view = await steered(services, visitor, owner, repo, number)
    kind, job = fields.get("kind", "all"), fields.get("job", "0")
    _check(kind)
    if not (job.isascii() and job.isdigit() and len(job) < 9):
        raise Invalid("this form is not complete", status=400)
    debug = bool(fields.get("debug"))
    await rerun(services, view.id, kind=rerun_kind(kind), job=int(job), by=visitor.user.name, debug=debug)
    return see_other(paths_of(view)["run_path"])


def _check(kind: str) -> None:
    if kind not in _KINDS:
        raise Invalid(f"there is no kind '{kind}' of re-run; the kinds are {', '.join(_KINDS)}", status=400)


def _parts(view: RunView, plan: RerunPlan) -> list[dict[str, Any]]:
    """The jobs of a plan with what becomes of them, the parts without jobs left out."""
    parts = (
        ("execute", "Runs again", "", plan.execute),
        ("reopen", "Follows its jobs again", "They call workflows of which some jobs run again.", plan.reopen),
        ("carry", "Keeps its result", "Results and outputs are carried over.", plan.carry),
    )
    return [
        {"name": name, "title": title, "note": note, "jobs": [view.attempt.jobs[number] for number in numbers]}
        for name, title, note, numbers in parts
        if numbers
    ]
