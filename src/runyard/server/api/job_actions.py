"""What a running job may do with actions, under `/api/actions/job`, with its runtime token as a bearer token.

`…/state` and `…/actions/{name}/state` hold an opaque text: the body is the text, `ETag` its version, and `If-Match` a
condition on it. Everything else is JSON. Names are those that the job gave; phases are words.
"""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

import msgspec
from litestar import MediaType, Request, Response, Router, get, patch, post, put
from litestar.params import FromQuery, JSONBody, QueryParameter

from runyard.server.api.inputs import Text, TheServices
from runyard.server.credentials import token_in
from runyard.services import job_actions
from runyard.services.errors import Invalid
from runyard.services.job_actions import Action, ActionEvent, ActionPhase, ActionState, CacheStatus, CallingJob

W = TypeVar("W")
PATH = "/api/actions/job"
_PHASES = {phase.name.lower(): phase for phase in ActionPhase}
_CACHE = {status.name.lower(): status for status in CacheStatus}


class Shown(msgspec.Struct):
    """An action. Times are milliseconds since the epoch, 0 = not yet; `parent` "" is the job."""

    name: str
    parent: str
    phase: str
    attempt: int
    cache_status: str
    group: str
    title: str
    created: int
    started: int
    ended: int
    abort_reason: str
    sequence: int
    spec: str


class Job(msgspec.Struct):
    """The calling job: its run's name, its own in the run's tree, and which dispatch of it is running."""

    run: str
    name: str
    dispatch: int
    state_version: int


class NewAction(msgspec.Struct, forbid_unknown_fields=True):
    """What to create. `parent`: another action of this job, "" = the job. `spec` is opaque text."""

    name: str
    parent: str = ""
    group: str = ""
    title: str = ""
    spec: str = ""
    phase: str = "queued"


class Report(msgspec.Struct, forbid_unknown_fields=True):
    """A change of phase. `attempt` 0: the current one. Times in milliseconds, 0 = now or not known."""

    phase: str
    attempt: int = 0
    cache_status: str | None = None
    started: int = 0
    ended: int = 0


class Reported(msgspec.Struct):
    """`result`: applied, or stale when the action has moved on and nothing was changed."""

    result: str
    action: Shown


class Entry(msgspec.Struct, forbid_unknown_fields=True):
    """One event; (attempt, phase, version) is unique, the first one stays. `reported` in milliseconds."""

    phase: str
    attempt: int = 1
    version: int = 0
    info: str = ""
    error_kind: str = ""
    reported: int = 0


class Listing(msgspec.Struct):
    """A page of actions, newest first; `token` goes on behind it, "" at the end."""

    actions: list[Shown]
    token: str


class Abort(msgspec.Struct, forbid_unknown_fields=True):
    """Why."""

    reason: str = ""


@get("/", include_in_schema=False)
async def the_job(request: Request[Any, Any, Any], services: TheServices) -> Job:
    """Who the caller is."""
    job = await _job(request, services)
    state = await job_actions.state(services, job)
    return Job(job.run.name, job.name, job.dispatch, state.version)


@get("/actions", include_in_schema=False)
async def actions(
    request: Request[Any, Any, Any],
    services: TheServices,
    phase: Annotated[list[str] | None, QueryParameter(description="only these")] = None,
    limit: FromQuery[int] = 50,
    token: FromQuery[str] = "",
) -> Listing:
    """The job's own actions."""
    job = await _job(request, services)
    page = await job_actions.listing(services, job, [_phase(name) for name in phase or ()], limit, token)
    return Listing([_shown(job, action) for action in page.actions], page.token)


@post("/actions", include_in_schema=False, status_code=200)
async def create(request: Request[Any, Any, Any], services: TheServices, data: JSONBody[NewAction]) -> Shown:
    """Make an action; one of that name is returned as it is."""
    job = await _job(request, services)
    action = Action(
        id=job.own(data.name or "-"),
        phase=_phase(data.phase),
        action_group=data.group[:255],
        task_short_name=data.title[:255],
        action_spec=data.spec.encode("utf-8", "surrogatepass"),
    )
    return _shown(job, await job_actions.create(services, job, action, data.parent))


@get("/actions/{name:str}", include_in_schema=False)
async def one(request: Request[Any, Any, Any], services: TheServices, name: Text) -> Shown:
    """One of the job's actions."""
    job = await _job(request, services)
    return _shown(job, await job_actions.read(services, job, name))


@patch("/actions/{name:str}", include_in_schema=False)
async def report(
    request: Request[Any, Any, Any], services: TheServices, name: Text, data: JSONBody[Report]
) -> Reported:
    """Move an action to a phase."""
    job = await _job(request, services)
    result, action = await job_actions.report(
        services, job, name, _phase(data.phase), attempt=data.attempt,
        cache_status=None if data.cache_status is None else _word(_CACHE, data.cache_status, "cache status"),
        started=data.started, ended=data.ended,
    )  # fmt: skip
    return Reported(result.value, _shown(job, action))


@post("/actions/{name:str}/events", include_in_schema=False, status_code=204)
async def add_events(
    request: Request[Any, Any, Any], services: TheServices, name: Text, data: JSONBody[list[Entry]]
) -> None:
    """Add to the history of an action."""
    job = await _job(request, services)
    events = [
        ActionEvent(
            job.own(name), each.attempt, _phase(each.phase), each.version, each.info.encode("utf-8", "surrogatepass"),
            each.error_kind[:60] or None, job_actions.time_of(each.reported),
        )
        for each in data
    ]  # fmt: skip
    await job_actions.add_events(services, job, name, events)


@post("/actions/{name:str}/abort", include_in_schema=False, status_code=200)
async def abort(request: Request[Any, Any, Any], services: TheServices, name: Text, data: JSONBody[Abort]) -> Shown:
    """Abort an action with everything below it."""
    job = await _job(request, services)
    return _shown(job, await job_actions.abort(services, job, name, data.reason[:1000]))


@get(["/state", "/actions/{name:str}/state"], include_in_schema=False)
async def state(request: Request[Any, Any, Any], services: TheServices, name: Text = "") -> Response[bytes]:
    """A state, empty while there is none."""
    job = await _job(request, services)
    return _state(await job_actions.state(services, job, name))


@put(["/state", "/actions/{name:str}/state"], include_in_schema=False)
async def put_state(request: Request[Any, Any, Any], services: TheServices, name: Text = "") -> Response[None]:
    """Replace a state with the body."""
    job = await _job(request, services)
    try:
        text = (await request.body()).decode()
    except UnicodeDecodeError as error:
        raise Invalid("a state is UTF-8 text") from error
    version = await job_actions.put_state(services, job, name, text, _version(request.headers.get("if-match")))
    return Response(None, status_code=204, headers={"ETag": f'"{version}"'})


routes = Router(PATH, route_handlers=[the_job, actions, create, one, report, add_events, abort, state, put_state])


async def _job(request: Request[Any, Any, Any], services: TheServices) -> CallingJob:
    return await job_actions.calling_job(services, token_in(request.headers.get("authorization")))


def _shown(job: CallingJob, action: Action) -> Shown:
    return Shown(
        name=job.short(action.id),
        parent=(action.parent_action_name or "")[len(job.name) + 1 :],
        phase=action.phase.name.lower(),
        attempt=action.attempts,
        cache_status=action.cache_status.name.lower(),
        group=action.action_group,
        title=action.task_short_name,
        created=job_actions.milliseconds(action.created_at),
        started=job_actions.milliseconds(action.started_at),
        ended=job_actions.milliseconds(action.ended_at),
        abort_reason=action.abort_reason,
        sequence=action.sequence,
        spec=action.action_spec.decode("utf-8", "replace"),
    )


def _state(found: ActionState) -> Response[bytes]:
    headers = {"ETag": f'"{found.version}"'}
    return Response(found.state.encode(), media_type=MediaType.TEXT, headers=headers)


def _version(condition: str | None) -> int | None:
    """The version in an `If-Match` header. Raises Invalid."""
    if condition is None or condition.strip() == "*":
        return None
    text = condition.strip().strip('"')
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Invalid('If-Match is a version as ETag has it, like "3"', status=400)
    return int(text)


def _phase(name: str) -> ActionPhase:
    return _word(_PHASES, name, "phase")


def _word(words: dict[str, W], name: str, what: str) -> W:
    if name.lower() not in words:
        raise Invalid(f"'{name[:30]}' is no {what}; there are {', '.join(words)}")
    return words[name.lower()]
