"""A repository's page and the list of its runs: filtered, read by key ranges, live."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from litestar import Request, Response, get
from litestar.response import Stream
from markupsafe import Markup

from runyard.server.pages.arguments import Owner, Repo, TheVisitor
from runyard.server.pages.environment import render
from runyard.server.pages.kinds import status_of
from runyard.server.pages.live import Fragments, follow, last_event_id, message, stream
from runyard.server.pages.respond import html
from runyard.server.pages.session import Visitor
from runyard.services import show
from runyard.services.access import readable
from runyard.services.context import Services
from runyard.services.errors import Invalid
from runyard.services.workflow_switch import switched_off
from runyard.services.workflows import list_workflows

if TYPE_CHECKING:
    from runyard.services.show import ListedRun
    from runyard.store.disabled_workflows import Disabled
    from runyard.store.repositories import Repository

PAGE = 30
FEW = 8
FILTERS = ("status", "event", "workflow", "branch")
STATUSES = ("success", "failure", "cancelled", "running", "waiting", "blocked", "skipped")
EVENTS = ("push", "workflow_dispatch")


@get("/{owner:str}/{repo:str}", include_in_schema=False)
async def repository_page(owner: Owner, repo: Repo, visitor: TheVisitor) -> Response[Any]:
    """Where to clone from, how to push first, the latest runs."""
    services = visitor.services
    repository = await readable(services, visitor.identity, owner, repo)
    base = f"/{repository.owner}/{repository.name}"
    found = await show.runs(services, visitor.identity, owner, repo, limit=FEW)
    return html(
        "repository.html",
        visitor,
        repository=repository,
        base=base,
        runs=found,
        live=f"{base}/actions/live?few=1&seen={_newest(found)}",
        clone_url=f"{services.settings.base_url}{base}.git",
    )


@get("/{owner:str}/{repo:str}/actions", include_in_schema=False)
async def runs_page(request: Request[Any, Any, Any], owner: Owner, repo: Repo, visitor: TheVisitor) -> Response[Any]:
    """Thirty runs, newest first. `before`: the id of a run, to go on from. `workflow`: a path or a file name."""
    services = visitor.services
    repository = await readable(services, visitor.identity, owner, repo)
    workflows = await list_workflows(services, visitor.identity, owner, repo)
    filters = _filters(request)
    by_name = {workflow.file_name: workflow.path for workflow in workflows}
    filters["workflow"] = by_name.get(filters["workflow"], filters["workflow"])
    before = _number(request, "before")
    found = await _read(services, visitor, owner, repo, filters, before, PAGE + 1)
    shown, base = found[:PAGE], f"/{repository.owner}/{repository.name}"
    off = await switched_off(services, repository)
    kept = {name: value for name, value in filters.items() if value}
    chosen = filters["workflow"]
    has_switch = chosen in off or chosen in [workflow.path for workflow in workflows]
    switch = _switch(visitor, repository, chosen, off.get(chosen), visitor.now) if has_switch else ""
    seen = {"seen": _newest(shown, off.get(chosen))} | ({"switch": "1"} if has_switch else {})
    return html(
        "runs.html",
        visitor,
        repository=repository,
        base=base,
        runs=shown,
        filters=filters,
        filtered=bool(kept),
        statuses=STATUSES,
        events=EVENTS,
        workflows=_choices([workflow.path for workflow in workflows], filters["workflow"]),
        off=off,
        switch=Markup(switch),  # noqa: S704 - our own template
        startable=[workflow for workflow in workflows if workflow.dispatch_inputs is not None],
        older=_address(base, kept | {"before": str(shown[-1].run.id)}) if len(found) > PAGE else "",
        newest=_address(base, kept) if before else "",
        live="" if before else _address(f"{base}/actions/live", kept | seen, ""),
    )


@get("/{owner:str}/{repo:str}/actions/live", include_in_schema=False)
async def runs_stream(request: Request[Any, Any, Any], owner: Owner, repo: Repo, visitor: TheVisitor) -> Stream:
    """The list of the first page, again whenever a run of the repository changes."""
    services = visitor.services
    repository = await readable(services, visitor.identity, owner, repo)
    filters, limit = _filters(request), FEW if request.query_params.get("few") else PAGE
    shown: Fragments | None = None
    resumed = bool(last_event_id(request.headers))

    async def look() -> tuple[list[str], bool]:
        nonlocal shown
        runs = await _read(services, visitor, owner, repo, filters, None, limit)
        off = (await switched_off(services, repository)).get(filters["workflow"])
        now = {"runs": render("partials/runs.html", runs=runs, now=0)}
        if request.query_params.get("switch"):
            now["workflow-switch"] = _switch(visitor, repository, filters["workflow"], off, 0)
        if shown is None:
            fresh = not resumed and _newest(runs, off) == request.query_params.get("seen", "")
            shown = Fragments(now if fresh else None)
        changed = shown.changes(now)
        return ([message(changed, number=services.clock())] if changed else []), False

    return stream(follow(services, (("repository", repository.id),), look))


def _switch(visitor: Visitor, repository: Repository, path: str, off: Disabled | None, now: int) -> str:
    """The switch of the workflow whose runs are listed; `off`: who switched it off, None: it is on."""
    base = f"/{repository.owner}/{repository.name}"
    may_write = visitor.may_write(repository)
    return render(
        "partials/workflow_switch.html", visitor=visitor, base=base, path=path, off=off, now=now, may_write=may_write
    )


async def _read(
    services: Services,
    visitor: Visitor,
    owner: str,
    repo: str,
    filters: dict[str, str],
    before: int | None,
    limit: int,
) -> list[ListedRun]:
    return await show.runs(
        services,
        visitor.identity,
        owner,
        repo,
        before=before,
        limit=limit,
        statuses=[status_of(filters["status"])] if filters["status"] else [],
        workflow=filters["workflow"] or None,
        event=filters["event"] or None,
        branch=filters["branch"] or None,
    )


def _filters(request: Request[Any, Any, Any]) -> dict[str, str]:
    found = {name: str(request.query_params.get(name) or "").strip() for name in FILTERS}
    if found["status"] and found["status"] not in STATUSES:
        raise Invalid(f"there is no status '{found['status']}'; the statuses are {', '.join(STATUSES)}", status=400)
    return found


def _choices(paths: list[str], chosen: str) -> list[str]:
    """The workflows to choose from, with one that is gone from the default branch but chosen."""
    return paths if not chosen or chosen in paths else [*paths, chosen]


def _number(request: Request[Any, Any, Any], name: str) -> int | None:
    text = str(request.query_params.get(name) or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _newest(runs: list[ListedRun], off: Disabled | None = None) -> str:
    """Changes whenever a listed run or the switch does, roughly: enough to know that a page is up to date."""
    listed = "-".join(f"{item.run.number}.{int(item.run.status)}.{item.run.attempt}" for item in runs)
    return f"{listed}-off{off.at}" if off else listed


def _address(base: str, query: dict[str, str], end: str = "/actions") -> str:
    return f"{base}{end}?{urlencode(query)}" if query else f"{base}{end}"
