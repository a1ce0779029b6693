"""Git over HTTP: `/OWNER/REPO[.git]/info/refs`, `git-upload-pack` and `git-receive-pack`, as a plain ASGI application.

Refusals are plain text, which git shows to its user. A client that goes away ends its git process, except for a push
that was received completely: that is finished and its runs start.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from runyard.server.credentials import token_in
from runyard.services import git_transport
from runyard.services.errors import Invalid, ServiceError, refusal
from runyard.services.git_transport import BodyError, GitError, ProtocolError, Service
from runyard.services.identity import authenticate

if TYPE_CHECKING:
    from runyard.services.context import Services

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Headers = dict[bytes, bytes]

_PATH = re.compile(r"/([^/]+)/([^/]+?)(?:\.git)?/(info/refs|git-upload-pack|git-receive-pack)")
_NOT_CACHED = (b"cache-control", b"no-cache, max-age=0, must-revalidate")

logger = logging.getLogger(__name__)


class ClientGone(Exception):  # noqa: N818
    """The client closed the connection."""


def is_git_path(path: str) -> bool:
    """Whether this application answers to the path."""
    return _PATH.fullmatch(path) is not None


class GitApp:
    """The ASGI application."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        answer = _Answer(send)
        try:
            await self._respond(scope, _Body(receive), answer)
        except ClientGone:
            return
        except (BodyError, ProtocolError) as error:
            await answer.refuse(400, str(error))
        except GitError as error:
            logger.warning("git failed for %s: %s", scope["path"], error)
            await answer.refuse(500, f"git failed: {error}")
        except Exception as error:
            refused = refusal(error)
            if refused is None:
                raise
            await answer.refuse(refused.status, refused.message)

    async def _respond(self, scope: Scope, body: _Body, answer: _Answer) -> None:
        match = _PATH.fullmatch(scope["path"])
        if match is None:
            raise ServiceError("there is nothing here", status=404)
        owner, name, action = match.groups()
        wanted = "GET" if action == "info/refs" else "POST"
        if scope["method"] != wanted:
            raise ServiceError(f"use {wanted} here", status=405)
        service = _service(action, scope["query_string"])
        headers: Headers = dict(scope["headers"])
        identity = await authenticate(self._services, token_in(_text(headers, b"authorization")))
        repository = await git_transport.open_repository(self._services, identity, owner, name, service)
        protocol = _text(headers, b"git-protocol")
        if action == "info/refs":
            chunks = git_transport.advertise(self._services, repository, service, protocol)
            return await answer.stream(chunks, f"application/x-{service.value}-advertisement")
        _check_type(headers, service)
        kind = f"application/x-{service.value}-result"
        request = _decoded(headers, body)
        if service is Service.RECEIVE_PACK:
            chunks = git_transport.push(self._services, repository, identity, protocol, request)
            return await answer.stream(chunks, kind)
        chunks = git_transport.fetch(self._services, repository, protocol, request)
        return await _while_connected(body, answer.stream(chunks, kind))


class _Body:
    """The request body, and afterwards the news that the client has gone."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._complete = asyncio.Event()

    async def chunks(self) -> AsyncIterator[bytes]:
        while True:
            event = await self._receive()
            if event["type"] == "http.disconnect":
                raise ClientGone
            if data := event.get("body", b""):
                yield data
            if not event.get("more_body", False):
                self._complete.set()
                return

    async def gone(self) -> None:
        await self._complete.wait()
        while (await self._receive())["type"] != "http.disconnect":
            pass


class _Answer:
    """The response: begun with the first bytes of git, so that what fails before them still has a status."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._started = False

    async def stream(self, chunks: AsyncIterator[bytes], content_type: str) -> None:
        async with contextlib.aclosing(chunks) as parts:  # type: ignore[type-var]
            async for part in parts:
                await self._start(200, content_type)
                await self._body(part, more=True)
        await self._start(200, content_type)
        await self._body(b"", more=False)

    async def refuse(self, status: int, message: str) -> None:
        """A plain text refusal. In the middle of an answer the connection is cut, which git notices."""
        if self._started:
            return
        extra = [(b"www-authenticate", b'Basic realm="Runyard"')] if status == 401 else []
        await self._start(status, "text/plain; charset=utf-8", *extra)
        await self._body(f"{message}\n".encode(), more=False)

    async def _start(self, status: int, content_type: str, *extra: tuple[bytes, bytes]) -> None:
        if not self._started:
            self._started = True
            headers = [(b"content-type", content_type.encode()), _NOT_CACHED, *extra]
            await self._send({"type": "http.response.start", "status": status, "headers": headers})

    async def _body(self, data: bytes, *, more: bool) -> None:
        with contextlib.suppress(OSError):
            await self._send({"type": "http.response.body", "body": data, "more_body": more})


async def _while_connected(body: _Body, answer: Awaitable[None]) -> None:
    """Await the answer, or give it up when the client goes away."""
    answering = asyncio.ensure_future(answer)
    watching = asyncio.create_task(body.gone())
    try:
        await asyncio.wait({answering, watching}, return_when=asyncio.FIRST_COMPLETED)
        if answering.done():
            return answering.result()
        raise ClientGone
    finally:
        for task in (answering, watching):
            task.cancel()
        await asyncio.gather(answering, watching, return_exceptions=True)


def _service(action: str, query: bytes) -> Service:
    name = parse_qs(query.decode("latin-1")).get("service", [""])[0] if action == "info/refs" else action
    try:
        return Service(name)
    except ValueError:
        raise ServiceError("only git's smart HTTP protocol is served here", status=403) from None


def _check_type(headers: Headers, service: Service) -> None:
    expected = f"application/x-{service.value}-request"
    if _text(headers, b"content-type") != expected:
        raise Invalid(f"the content type must be {expected}", status=415)


def _decoded(headers: Headers, body: _Body) -> AsyncIterator[bytes]:
    encoding = _text(headers, b"content-encoding").lower()
    if encoding in ("", "identity"):
        return body.chunks()
    if encoding in ("gzip", "x-gzip"):
        return git_transport.inflate(body.chunks())
    raise Invalid(f"the content encoding '{encoding[:20]}' is not supported; use gzip", status=415)


def _text(headers: Headers, name: bytes) -> str:
    return headers.get(name, b"").decode("latin-1")
