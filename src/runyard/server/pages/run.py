"""The run page: what it is, the graph, the jobs, mistakes in its workflow, summaries, and the buttons that steer it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from litestar import Request, Response, get
from litestar.response import Stream
from markupsafe import Markup

from runyard.server.pages import graph, markdown
from runyard.server.pages.action_tree import shown_tree
from runyard.server.pages.arguments import AttemptNumber, Count, Owner, Repo, RunNumber, TheVisitor
from runyard.server.pages.environment import render
from runyard.server.pages.job_list import nested
from runyard.server.pages.live import Fragments, follow, last_event_id, message, stream
from runyard.server.pages.reasons import reason, spans, tally
from runyard.server.pages.respond import html
from runyard.server.pages.session import Visitor
from runyard.services import show
from runyard.services.access import writable
from runyard.services.context import Services
from runyard.services.show_summaries import show_summaries

if TYPE_CHECKING:
    from runyard.kernel.state import Diagnostic
    from runyard.services.show import RunView

RUN = "/{owner:str}/{repo:str}/actions/runs/{number:int}"
_AROUND = 2
_FEW_ACTIONS = 8
_PARTS = ("run_head", "run_approval", "run_diagnostics", "run_graph", "run_jobs", "run_summaries")


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line of a workflow file, numbered from 1."""

    number: int
    text: str


@get([RUN, f"{RUN}/attempts/{{attempt:int}}"], include_in_schema=False)
async def run_page(
    owner: Owner,
    repo: Repo,
    number: RunNumber,
    visitor: TheVisitor,
    attempt: AttemptNumber = None,
) -> Response[Any]:
    """A run at its latest attempt, or at the one named."""
    services = visitor.services
    view = await show.run(services, visitor.identity, owner, repo, number, attempt)
    parts = await _fragments(services, visitor, view, visitor.now)
    paths = paths_of(view)
    return html(
        "run.html",
        visitor,
        view=view,
        repository=view.repository,
        base=paths["base"],
        run_path=paths["run_path"],
        parts=[Markup(part) for part in parts.values()],  # noqa: S704 - our own templates
        live=f"{paths['page_path']}/live?seen={view.run.sequence}",
    )


@get([f"{RUN}/live", f"{RUN}/attempts/{{attempt:int}}/live"], include_in_schema=False)
async def run_stream(
    request: Request[Any, Any, Any],
    owner: Owner,
    repo: Repo,
    number: RunNumber,
    visitor: TheVisitor,
    attempt: AttemptNumber = None,
    seen: Count = 0,
) -> Stream:
    """The page's parts as they change; `seen`: the sequence number that the page shows."""
    services = visitor.services
    first = await show.run(services, visitor.identity, owner, repo, number, attempt)
    resumed = last_event_id(request.headers)
    known = int(resumed) if resumed.isascii() and resumed.isdigit() else seen
    shown: Fragments | None = None

    async def look() -> tuple[list[str], bool]:
        nonlocal shown
        view = await show.run(services, visitor.identity, owner, repo, number, attempt)
        now = await _fragments(services, visitor, view, 0)
        if shown is None:
            shown = Fragments(now if view.run.sequence == known else None)
        changed = shown.changes(now)
        return ([message(changed, number=view.run.sequence)] if changed else []), False

    return stream(follow(services, (("run", first.id),), look))


async def steered(services: Services, visitor: Visitor, owner: str, repo: str, number: int) -> RunView:
    """The run, for a visitor who may steer it."""
    await writable(services, visitor.identity, owner, repo)
    return await show.run(services, visitor.identity, owner, repo, number)


def paths_of(view: RunView) -> dict[str, str]:
    """`base` of the repository, `run_path` of the run, `page_path` of the run at the attempt that is shown."""
    base = f"/{view.repository.owner}/{view.repository.name}"
    run_path = f"{base}/actions/runs/{view.run.number}"
    is_latest = view.attempt.number == len(view.run.attempts)
    page_path = run_path if is_latest else f"{run_path}/attempts/{view.attempt.number}"
    return {"base": base, "run_path": run_path, "page_path": page_path}


def may_rerun(view: RunView, visitor: Visitor) -> bool:
    """Whether to offer a re-run: of the latest attempt, when the run has ended and its workflow is not switched off."""
    is_latest = view.attempt.number == len(view.run.attempts)
    return is_latest and view.run.status.is_terminal and not view.disabled and visitor.may_write(view.repository)


def may_stop(view: RunView, visitor: Visitor) -> bool:
    """Whether to offer to stop what has not ended of the latest attempt."""
    is_latest = view.attempt.number == len(view.run.attempts)
    return is_latest and not view.run.status.is_terminal and visitor.may_write(view.repository)


async def _fragments(services: Services, visitor: Visitor, view: RunView, now: int) -> dict[str, str]:
    """The parts of the page by the id of their element."""
    jobs = [view.attempt.jobs[number] for number in sorted(view.attempt.jobs)]
    context = {
        "view": view,
        "visitor": visitor,
        "now": now,
        **paths_of(view),
        "is_latest": view.attempt.number == len(view.run.attempts),
        "may_write": visitor.may_write(view.repository),
        "may_rerun": may_rerun(view, visitor),
        "may_stop": may_stop(view, visitor),
        "failed": any(job.status.label in ("failure", "cancelled") for job in jobs),
        "jobs": jobs,
        "graph": graph.draw(jobs),
        "nested": nested(view.attempt),
        "trees": {job: shown_tree(rows, _FEW_ACTIONS) for job, rows in view.trees.items()},
        "reasons": {job.number: reason(job, view.reasons.get(job.number)) for job in jobs},
        "spans": spans(view.attempt, services.clock()),
        "tally": tally(listed.job for listed in nested(view.attempt) if not listed.has_called),
        "diagnostics": [_with_excerpt(item, view.run.source) for item in view.run.diagnostics],
        "summaries": await _summaries(services, view),
    }
    return {part.replace("_", "-"): render(f"partials/{part}.html", **context) for part in _PARTS}


async def _summaries(services: Services, view: RunView) -> list[dict[str, Any]]:
    """What the jobs' steps wrote, job by job."""
    found = await show_summaries(services, view)
    return [
        {"job": view.attempt.jobs[number], "html": Markup("").join(markdown.render(text) for text in texts.values())}
        for number, texts in sorted(found.items())
    ]


def _with_excerpt(item: Diagnostic, source: str) -> dict[str, Any]:
    lines = source.splitlines()
    excerpt: list[SourceLine] = []
    if 1 <= item.line <= len(lines):
        first, last = max(1, item.line - _AROUND), min(len(lines), item.line + _AROUND)
        excerpt = [SourceLine(number, lines[number - 1]) for number in range(first, last + 1)]
    return {
        "path": item.path,
        "line": item.line,
        "column": item.column,
        "code": item.code,
        "message": item.message,
        "severity": item.severity,
        "excerpt": excerpt,
    }
