"""The job page: its steps with their log lines, live while it runs, and the log as text."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from litestar import Request, Response, get
from litestar.params import FromQuery
from litestar.response import Stream
from markupsafe import Markup

from runyard.server.pages.action_tree import shown_tree
from runyard.server.pages.arguments import (
    AttemptNumber,
    Count,
    JobNumber,
    OptionalCount,
    Owner,
    Repo,
    RunNumber,
    TheVisitor,
)
from runyard.server.pages.environment import render
from runyard.server.pages.job_list import nested
from runyard.server.pages.job_live import JobFollower
from runyard.server.pages.live import last_event_id, stream
from runyard.server.pages.log_chunks import is_settled, last_chunk, open_step, read_chunk, task_of
from runyard.server.pages.reasons import reason
from runyard.server.pages.respond import SECURITY_HEADERS, fragment, html
from runyard.server.pages.run import may_rerun, may_stop, paths_of
from runyard.server.pages.session import Visitor
from runyard.server.pages.steps import step_views
from runyard.services import show
from runyard.services.context import Services
from runyard.services.errors import NotFound

if TYPE_CHECKING:
    from runyard.services.show import RunView

_RUN = "/{owner:str}/{repo:str}/actions/runs/{number:int}"
_JOBS = [f"{_RUN}/jobs/{{job:int}}", f"{_RUN}/attempts/{{attempt:int}}/jobs/{{job:int}}"]
_OPEN = ("running", "failure", "cancelling")
_PARTS = ("job_side", "job_head", "job_actions", "job_steps")
_LINES_PER_READ = 2000
_MOST_ACTIONS = 300


@get(_JOBS, include_in_schema=False)
async def job_page(
    owner: Owner,
    repo: Repo,
    number: RunNumber,
    job: JobNumber,
    visitor: TheVisitor,
    attempt: AttemptNumber = None,
    step: OptionalCount = None,
    chunk: OptionalCount = None,
) -> Response[Any]:
    """A job of a run. Open are the steps that run or failed, and `step`; `chunk` is which 500 lines of it."""
    services = visitor.services
    view = await show.run(services, visitor.identity, owner, repo, number, attempt)
    state, paths = view.job(job), job_paths(view, job)
    log = await show.log(services, view, job, 0, 1)
    steps = step_views(task_of(view, job))
    shown: dict[int, Markup] = {}
    inside = False
    for item in steps:
        speaks = item.status in _OPEN and (item.length(log.length) or item.status != "failure")
        if speaks or item.number == step:
            wanted = chunk if item.number == step and chunk is not None else None
            if wanted is None:
                wanted = last_chunk(item, log.length) if item.status in _OPEN else 0
            text, inside = await open_step(services, view, job, item, wanted, log.length, paths["job_path"])
            shown[item.number] = Markup(text)  # noqa: S704 - our own template
    over = log.complete and state.status.is_terminal
    context = job_context(view, job, visitor, visitor.now) | {"steps": steps, "shown": shown, "total": log.length}
    return html(
        "job.html",
        visitor,
        **{key: value for key, value in context.items() if key not in ("visitor", "now", "steps")},
        side=_part("job_side", context),
        head=_part("job_head", context),
        actions=_part("job_actions", context),
        steps=_part("job_steps", context),
        complete=over,
        live="" if over else f"{paths['job_path']}/live?start={log.length}&inside={int(inside)}",
    )


@get([f"{path}/live" for path in _JOBS], include_in_schema=False)
async def job_stream(
    request: Request[Any, Any, Any],
    owner: Owner,
    repo: Repo,
    number: RunNumber,
    job: JobNumber,
    visitor: TheVisitor,
    attempt: AttemptNumber = None,
    start: Count = 0,
    inside: FromQuery[bool] = False,
) -> Stream:
    """The page's parts as they change and the log's lines from row `start`; ends with event `end`."""
    services = visitor.services

    async def look() -> RunView:
        return await show.run(services, visitor.identity, owner, repo, number, attempt)

    (await look()).job(job)

    def parts(view: RunView) -> dict[str, str]:
        context = job_context(view, job, visitor, 0)
        context |= {"steps": step_views(task_of(view, job)), "shown": {}, "total": 0}
        return {name.replace("_", "-"): str(_part(name, context)) for name in _PARTS}

    follower = JobFollower(services, job, look, parts, start, inside)
    follower.resume(last_event_id(request.headers))
    return stream(follower.messages())


@get([f"{path}/lines" for path in _JOBS], include_in_schema=False)
async def job_lines(
    owner: Owner,
    repo: Repo,
    number: RunNumber,
    job: JobNumber,
    visitor: TheVisitor,
    step: Count,
    chunk: Count,
    attempt: AttemptNumber = None,
    inside: FromQuery[bool] = False,
) -> Response[str]:
    """One chunk of a step's lines, for the log viewer."""
    services = visitor.services
    view = await show.run(services, visitor.identity, owner, repo, number, attempt)
    steps = step_views(task_of(view, job))
    if step >= len(steps):
        raise NotFound(f"job {job} has no step {step}")
    total = (await show.log(services, view, job, 0, 1)).length
    rows = await read_chunk(services, view, job, steps[step], chunk, inside=inside)
    text = render("partials/rows.html", chunk=chunk, rows=rows)
    return fragment(text, lasting=is_settled(steps[step], chunk, total))


@get([f"{path}/log" for path in _JOBS], include_in_schema=False)
async def job_log(
    owner: Owner,
    repo: Repo,
    number: RunNumber,
    job: JobNumber,
    visitor: TheVisitor,
    attempt: AttemptNumber = None,
) -> Stream:
    """The whole log as text: a time and the line, as far as it is written."""
    services = visitor.services
    view = await show.run(services, visitor.identity, owner, repo, number, attempt)
    name = f"{view.run.workflow.rsplit('/', 1)[-1]}-{view.run.number}-{view.job(job).name}"
    safe = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-")[:120]
    headers = SECURITY_HEADERS | {
        "Content-Disposition": f'attachment; filename="{safe}.log"',
        "Cache-Control": "private, no-cache",
    }
    return Stream(_text(services, view, job), media_type="text/plain; charset=utf-8", headers=headers)


async def _text(services: Services, view: RunView, job: int) -> AsyncIterator[str]:
    start = 0
    while True:
        part = await show.log(services, view, job, start, _LINES_PER_READ)
        if not part.lines:
            return
        yield "".join(f"{_time(line.time_ns)} {line.text}\n" for line in part.lines)
        start = part.lines[-1].index + 1


def _time(nanoseconds: int) -> str:
    """`2006-01-02T15:04:05.0000000Z`: seven digits, as runners write it."""
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest // 100:07}Z"


def job_paths(view: RunView, job: int) -> dict[str, str]:
    """The run's addresses, and the job's: its page and where its lines are."""
    paths = paths_of(view)
    job_path = f"{paths['page_path']}/jobs/{job}"
    return paths | {"job_path": job_path, "lines_path": f"{job_path}/lines"}


def job_context(view: RunView, job: int, visitor: Visitor, now: int) -> dict[str, Any]:
    """What the templates of a job need."""
    state = view.job(job)
    return {
        "view": view,
        "repository": view.repository,
        "visitor": visitor,
        "now": now,
        "job": state,
        "nested": nested(view.attempt),
        "tree": shown_tree(view.trees.get(job, ()), _MOST_ACTIONS),
        "reason": "" if state.status.label == "running" else reason(state, view.reasons.get(job)),
        "may_rerun": may_rerun(view, visitor),
        "may_stop": may_stop(view, visitor),
        **job_paths(view, job),
    }


def _part(name: str, context: dict[str, Any]) -> Markup:
    return Markup(render(f"partials/{name}.html", **context))  # noqa: S704 - our own templates
