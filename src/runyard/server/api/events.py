"""Server-Sent Events: a run's journal, what happens to many runs, and a job's log, live, resumable after a disconnect.

An event's `id` resumes the stream behind it, by the header `Last-Event-ID` or the query. `event: end` closes a stream
that has nothing more to say; comments keep a quiet one alive. A stream that
ends without it (the server stops) is to be opened again. `event: resync` says that what follows the position has been
removed; a `snapshot` comes next.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from litestar import Request, get
from litestar.params import FromQuery, QueryParameter
from litestar.response import Stream

from runyard.server.api.inputs import Caller, Number, Text, TheServices
from runyard.server.api.runs import ACTIONS, RUN
from runyard.services import show, watch
from runyard.services.access import readable
from runyard.services.context import Services
from runyard.services.errors import Invalid

if TYPE_CHECKING:
    from runyard.kernel.state import Job
    from runyard.services.show import LogLine
    from runyard.store.watches import FeedItem, RunItem

KEEP_ALIVE_SECONDS = 20
_HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
_OPENING = b"retry: 1000\n\n"
_ALIVE = b": alive\n\n"
_END = b"event: end\ndata: {}\n\n"
_RESYNC = b'event: resync\ndata: {"type":"resync"}\n\n'

_encode = msgspec.json.Encoder().encode


@get(RUN + "/events", tags=["actions"])
async def journal(
    request: Request[Any, Any, Any],
    services: TheServices,
    identity: Caller,
    owner: Text,
    repo: Text,
    run_id: Number,
    after: FromQuery[int] = 0,
) -> Stream:
    """The run's journal behind sequence number `after`, until the run is finished."""
    await show.run_by_id(services, identity, owner, repo, run_id)
    return _stream(_journal(services, run_id, _position(request, after)))


@get(ACTIONS + "/events", tags=["actions"])
async def repository_feed(
    request: Request[Any, Any, Any],
    services: TheServices,
    identity: Caller,
    owner: Text,
    repo: Text,
    after: FromQuery[str] = "",
) -> Stream:
    """What happens to the repository's runs behind the position `after`; without one, a snapshot and what follows."""
    repository = await readable(services, identity, owner, repo)
    return _stream(_feed(watch.repository_runs(services, identity, repository, _cursor(request, after))))


@get("/actions/events", tags=["actions"])
async def feed(
    request: Request[Any, Any, Any], services: TheServices, identity: Caller, after: FromQuery[str] = ""
) -> Stream:
    """What happens to all runs that the caller may see, as for one repository."""
    return _stream(_feed(watch.all_runs(services, identity, _cursor(request, after))))


@get(ACTIONS + "/jobs/{job_id:int}/logs/stream", tags=["actions"])
async def log(
    request: Request[Any, Any, Any],
    services: TheServices,
    identity: Caller,
    owner: Text,
    repo: Text,
    job_id: Number,
    start: Annotated[int, QueryParameter(name="from", description="the first row that is wanted")] = 0,
) -> Stream:
    """The job's log from row `from`, until it is complete. Waits for a job that has not started."""
    view, number = await show.job_by_id(services, identity, owner, repo, job_id)
    return _stream(_log(services, view.id, view.attempt.number, number, _position(request, start)))


async def _journal(services: Services, run_id: int, after: int) -> AsyncIterator[bytes]:
    async for batch in watch.run(services, run_id, after):
        yield b"".join(_run_message(item) for item in batch)


def _run_message(item: RunItem) -> bytes:
    match item:
        case watch.Change(sequence, event):
            return _message(str(sequence), _kind(event), event)
        case watch.Snapshot(sequence, run):
            jobs = [_snapshot_of(job) for job in run.attempt.jobs.values()]
            data = {"type": "snapshot", "status": run.status, "attempt": run.attempt.number, "jobs": jobs}
            return _message(str(sequence), "snapshot", data)
        case _:
            return _RESYNC


def _snapshot_of(job: Job) -> dict[str, Any]:
    """A job of a snapshot. `calls`: the reusable workflow that it calls; `caller`: the job that has called it, or 0."""
    return {"job": job.number, "name": job.name, "status": job.status, "calls": job.calls, "caller": job.caller}


async def _feed(source: AsyncIterator[Sequence[FeedItem]]) -> AsyncIterator[bytes]:
    async for batch in source:
        yield b"".join(map(_feed_message, batch))


def _feed_message(item: FeedItem) -> bytes:
    match item:
        case watch.Entry(cursor=cursor, repository_id=repository_id, event=event):
            place = {"repository_id": repository_id, "run_id": cursor.run_id, "sequence": cursor.seq}
            return _message(str(cursor), _kind(event), place | {"event": event})
        case watch.RunsSnapshot(cursor, runs):
            return _message(str(cursor), "snapshot", {"type": "snapshot", "runs": runs})
        case _:
            return _RESYNC


def _message(identifier: str, kind: str, data: Any) -> bytes:
    return b"id: %s\nevent: %s\ndata: %s\n\n" % (identifier.encode(), kind.encode(), _encode(data))


def _kind(event: msgspec.Struct) -> str:
    kind: str = event.__struct_config__.tag  # type: ignore[assignment]
    return kind


async def _log(services: Services, run_id: int, attempt: int, job: int, start: int) -> AsyncIterator[bytes]:
    async for part in watch.job_log(services, run_id, attempt, job, start):
        end = part.lines[-1].index + 1
        yield b"id: %d\nevent: lines\ndata: %s\n\n" % (end, _encode(_lines(part.lines)))


def _lines(lines: Sequence[LogLine]) -> list[dict[str, Any]]:
    return [{"index": line.index, "time": line.time_ns, "text": line.text} for line in lines]


def _position(request: Request[Any, Any, Any], asked: int) -> int:
    """Where to begin. Raises Invalid for a `Last-Event-ID` that is not ours."""
    last = request.headers.get("last-event-id", "")
    if last and not last.isdecimal():
        raise Invalid("Last-Event-ID must be a number that this stream sent", status=400)
    return int(last) if last else max(0, asked)


def _cursor(request: Request[Any, Any, Any], asked: str) -> watch.Cursor | None:
    """The same in a feed: None for the beginning."""
    text = request.headers.get("last-event-id", "") or asked
    cursor = watch.parse_cursor(text) if text else None
    if text and cursor is None:
        raise Invalid("Last-Event-ID must be a position that this stream sent", status=400)
    return cursor


def _stream(source: AsyncIterator[bytes]) -> Stream:
    return Stream(_kept_alive(source), media_type="text/event-stream", headers=_HEADERS)


async def _kept_alive(source: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The source's events with an opening, comments in its silences, and an end."""
    yield _OPENING
    following: asyncio.Future[bytes] | None = None
    try:
        while True:
            following = asyncio.ensure_future(anext(source))
            while not (await asyncio.wait({following}, timeout=KEEP_ALIVE_SECONDS))[0]:
                yield _ALIVE
            try:
                yield following.result()
            except StopAsyncIteration:
                break
            except watch.SignalsClosed:
                return
        yield _END
    finally:
        if following is not None:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
