"""Jobs and their logs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from litestar import MediaType, Request, Response, get, post
from litestar.params import FromQuery
from litestar.response import Stream

from runyard.server.api.convert import job_action, shown_job
from runyard.server.api.inputs import Caller, Number, Paging, Text, TheServices
from runyard.server.api.paging import Page, paging_headers
from runyard.server.api.runs import ACTIONS, RUN
from runyard.server.api.shapes import Job, JobActions, Jobs
from runyard.server.api.statuses import jobs_with
from runyard.services import show
from runyard.services.access import actor_of, writable
from runyard.services.cancel import cancel
from runyard.services.context import Services
from runyard.services.errors import ConflictError
from runyard.services.identity import Identity
from runyard.services.job_trees import job_tree

if TYPE_CHECKING:
    from runyard.services.show import LogLine, RunView

Anyone = Request[Any, Any, Any]
Words: TypeAlias = FromQuery[list[str] | None]

_LINES_PER_READ = 2000


@get(RUN + "/jobs", tags=["actions"])
async def of_run(
    request: Anyone,
    services: TheServices,
    identity: Caller,
    page: Paging,
    owner: Text,
    repo: Text,
    run_id: Number,
    status: Words = None,
) -> Response[Jobs]:
    """The jobs of the latest attempt, by number."""
    return _listing(request, services, await show.run_by_id(services, identity, owner, repo, run_id), page, status)


@get(RUN + "/attempts/{attempt:int}/jobs", tags=["actions"])
async def of_attempt(
    request: Anyone,
    services: TheServices,
    identity: Caller,
    page: Paging,
    owner: Text,
    repo: Text,
    run_id: Number,
    attempt: Number,
    status: Words = None,
) -> Response[Jobs]:
    """The jobs of an attempt, by number."""
    view = await show.run_by_id(services, identity, owner, repo, run_id, attempt)
    return _listing(request, services, view, page, status)


def _listing(
    request: Anyone, services: Services, view: RunView, page: Page, status: list[str] | None
) -> Response[Jobs]:
    numbers = jobs_with(view, status or [])
    jobs = [shown_job(services.settings.base_url, view, number) for number in page.of(numbers)]
    return Response(Jobs(jobs, len(numbers)), headers=paging_headers(request, page, len(numbers)))


@get(ACTIONS + "/jobs/{job_id:int}", tags=["actions"])
async def one(services: TheServices, identity: Caller, owner: Text, repo: Text, job_id: Number) -> Job:
    """A job with its steps."""
    view, number = await show.job_by_id(services, identity, owner, repo, job_id)
    return shown_job(services.settings.base_url, view, number)


@get(ACTIONS + "/jobs/{job_id:int}/actions", tags=["actions"])
async def tree(services: TheServices, identity: Caller, owner: Text, repo: Text, job_id: Number) -> JobActions:
    """What the job made for itself, as a tree: each action before those below it."""
    view, number = await show.job_by_id(services, identity, owner, repo, job_id)
    found = [job_action(row.action) for row in await job_tree(services, view, number)]
    return JobActions(found, len(found))


@get(ACTIONS + "/jobs/{job_id:int}/logs", tags=["actions"], media_type=MediaType.TEXT)
async def log(services: TheServices, identity: Caller, owner: Text, repo: Text, job_id: Number) -> Stream:
    """The log so far, a line each: time (RFC 3339), a space, text."""
    view, number = await show.job_by_id(services, identity, owner, repo, job_id)
    return Stream(log_text(services, view, number), media_type="text/plain; charset=utf-8")


async def log_text(services: Services, view: RunView, number: int) -> AsyncIterator[bytes]:
    """A job's log as plain text, in pieces."""
    start = 0
    while lines := (await show.log(services, view, number, start, _LINES_PER_READ)).lines:
        yield "".join(map(_text, lines)).encode("utf-8", "replace")
        start = lines[-1].index + 1


def _text(line: LogLine) -> str:
    seconds, nanoseconds = divmod(line.time_ns, 1_000_000_000)
    moment = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{moment}.{nanoseconds // 100:07d}Z {line.text}\n"


@post(ACTIONS + "/jobs/{job_id:int}/cancel", tags=["actions"], status_code=200)
async def stop(services: TheServices, identity: Caller, owner: Text, repo: Text, job_id: Number) -> Job:
    """Stop one job with everything that it calls. Asking again changes nothing; 409 when it has ended."""
    return await _stop(services, identity, owner, repo, job_id, force=False)


@post(ACTIONS + "/jobs/{job_id:int}/force-cancel", tags=["actions"], status_code=200)
async def stop_now(services: TheServices, identity: Caller, owner: Text, repo: Text, job_id: Number) -> Job:
    """Stop one job without waiting for its runner."""
    return await _stop(services, identity, owner, repo, job_id, force=True)


async def _stop(services: Services, identity: Identity, owner: str, repo: str, job_id: int, *, force: bool) -> Job:
    await writable(services, identity, owner, repo)
    view, number = await show.job_by_id(services, identity, owner, repo, job_id)
    if view.job(number).status.is_terminal:
        raise ConflictError(f"job '{view.job(number).name}' has finished already", code="job_finished")
    await cancel(services, view.id, by=actor_of(identity).name, job=number, force=force)
    view, number = await show.job_by_id(services, identity, owner, repo, job_id)
    return shown_job(services.settings.base_url, view, number)
