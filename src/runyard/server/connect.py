"""Connect unary over ASGI: one POST per call, protobuf or its JSON form, gzip both ways, errors as Go clients expect.

`ConnectApp` knows the wire and no behaviour: it maps paths to `Procedure`s and calls them with a decoded message.
Success is exactly status 200 with exactly the request's content type. See the Connect protocol, version 1.
"""

from __future__ import annotations

import json
import logging
import zlib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf import json_format
from google.protobuf.message import DecodeError, Message

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]

HTTP_STATUS = {
    "canceled": 499,
    "unknown": 500,
    "invalid_argument": 400,
    "deadline_exceeded": 504,
    "not_found": 404,
    "already_exists": 409,
    "permission_denied": 403,
    "resource_exhausted": 429,
    "failed_precondition": 400,
    "aborted": 409,
    "out_of_range": 400,
    "unimplemented": 501,
    "internal": 500,
    "unavailable": 503,
    "data_loss": 500,
    "unauthenticated": 401,
}
COMPRESS_FROM = 1024
ACCEPTED = b"application/json, application/json; charset=utf-8, application/proto"

log = logging.getLogger(__name__)


class ConnectError(Exception):
    """What a procedure refuses: `code` is one of the Connect codes."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class ClientGone(Exception):  # noqa: N818
    """The client closed the connection: there is nobody to answer."""


@dataclass(slots=True)
class Call:
    """One request. `body` are the message's bytes (protobuf form, even for a JSON client).

    `reply_headers` are added to a successful answer. `timeout` is the client's patience in seconds, None = not told.
    """

    headers: dict[bytes, bytes]
    message: Any
    body: bytes
    timeout: float | None
    receive: Receive
    reply_headers: tuple[tuple[bytes, bytes], ...] = ()

    def header(self, name: bytes) -> str:
        """A header's text, empty when absent. Names are lower case."""
        return self.headers.get(name, b"").decode("latin-1")


Handler = Callable[[Call], Awaitable[Message | bytes]]


@dataclass(frozen=True, slots=True)
class Procedure:
    """A method: `handler` answers with a `response` message or its serialized bytes."""

    request: type[Message]
    response: type[Message]
    handler: Handler
    compress: bool = True


class ConnectApp:
    """An ASGI application that serves `procedures` (keyed by `/package.Service/Method`) below a prefix."""

    def __init__(
        self, procedures: Mapping[str, Procedure], *, prefix: str = "", max_body: int = 64 * 1024 * 1024
    ) -> None:
        self._procedures = {prefix + path: procedure for path, procedure in procedures.items()}
        self._max_body = max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        procedure = self._procedures.get(scope["path"])
        if procedure is None:
            return await _plain(send, 404, b"404 page not found\n")
        if scope["method"] != "POST":
            return await _plain(send, 405, b"", [(b"allow", b"POST")])
        headers = dict(scope["headers"])
        content_type = headers.get(b"content-type", b"")
        is_json = content_type != b"application/proto"
        if is_json and not _is_json(content_type):
            return await _plain(send, 415, b"", [(b"accept-post", ACCEPTED)])
        try:
            call = await self._call(procedure, headers, receive, is_json)
            answer = await procedure.handler(call)
        except ConnectError as error:
            return await _error(send, error)
        except ClientGone:
            return None
        except Exception:
            log.exception("the call %s failed", scope["path"])
            return await _error(send, ConnectError("internal", "the server failed; its log says why"))
        accepts_gzip = procedure.compress and b"gzip" in headers.get(b"accept-encoding", b"")
        body = _json_answer(procedure, answer) if is_json else _bytes(answer)
        return await _reply(send, body, content_type, call.reply_headers, accepts_gzip)

    async def _call(self, procedure: Procedure, headers: dict[bytes, bytes], receive: Receive, is_json: bool) -> Call:
        version = headers.get(b"connect-protocol-version")
        if version is not None and version != b"1":
            raise ConnectError(
                "invalid_argument", f'connect-protocol-version must be "1": got "{version.decode("latin-1")}"'
            )
        timeout = _timeout(headers.get(b"connect-timeout-ms"))
        body = self._decompress(await self._read(receive), headers.get(b"content-encoding", b"identity"))
        message = procedure.request()
        try:
            if is_json:
                json_format.Parse(body or b"{}", message, ignore_unknown_fields=True)
                body = message.SerializeToString()
            else:
                message.ParseFromString(body)
        except (DecodeError, json_format.ParseError, UnicodeDecodeError) as error:
            raise ConnectError("invalid_argument", f"unmarshal message: {error}") from error
        return Call(headers, message, body, timeout, receive)

    async def _read(self, receive: Receive) -> bytes:
        """The whole body."""
        event = await receive()
        if event["type"] == "http.disconnect":
            raise ClientGone
        first: bytes = event.get("body", b"")
        if not event.get("more_body", False):
            self._check_size(len(first))
            return first
        chunks, size = [first], len(first)
        while event.get("more_body", False):
            event = await receive()
            if event["type"] == "http.disconnect":
                raise ClientGone
            chunk = event.get("body", b"")
            chunks.append(chunk)
            size += len(chunk)
            self._check_size(size)
        return b"".join(chunks)

    def _check_size(self, size: int) -> None:
        if size > self._max_body:
            raise ConnectError(
                "resource_exhausted", f"message size {size} is larger than configured max {self._max_body}"
            )

    def _decompress(self, body: bytes, encoding: bytes) -> bytes:
        if encoding in (b"identity", b"") or not body:
            return body
        if encoding != b"gzip":
            name = encoding.decode("latin-1")
            raise ConnectError("unimplemented", f'unknown compression "{name}": supported encodings are gzip')
        decoder = zlib.decompressobj(wbits=31)
        try:
            data = decoder.decompress(body, self._max_body + 1)
        except zlib.error as error:
            raise ConnectError("invalid_argument", f"decompress: {error}") from error
        self._check_size(len(data))
        if not decoder.eof:
            raise ConnectError("invalid_argument", "decompress: unexpected end of data")
        return data


def _is_json(content_type: bytes) -> bool:
    kind, _, parameters = content_type.partition(b";")
    return kind.strip().lower() == b"application/json" and parameters.strip().lower() in (b"", b"charset=utf-8")


def _timeout(header: bytes | None) -> float | None:
    if header is None:
        return None
    if not header.isdigit() or len(header) > 10:
        raise ConnectError("invalid_argument", f'protocol error: invalid timeout "{header.decode("latin-1")}"')
    return int(header) / 1000


def _bytes(answer: Message | bytes) -> bytes:
    return answer if isinstance(answer, bytes) else answer.SerializeToString()


def _json_answer(procedure: Procedure, answer: Message | bytes) -> bytes:
    message = procedure.response.FromString(answer) if isinstance(answer, bytes) else answer
    return json_format.MessageToJson(message, indent=None).encode()


async def _reply(
    send: Send, body: bytes, content_type: bytes, extra: Iterable[tuple[bytes, bytes]], accepts_gzip: bool
) -> None:
    headers = [(b"content-type", content_type), (b"accept-encoding", b"gzip"), *extra]
    if accepts_gzip and len(body) >= COMPRESS_FROM:
        body = zlib.compress(body, 1, wbits=31)
        headers.append((b"content-encoding", b"gzip"))
    headers.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _error(send: Send, error: ConnectError) -> None:
    body = json.dumps({"code": error.code, "message": error.message}, ensure_ascii=False).encode()
    await _plain(send, HTTP_STATUS[error.code], body, [(b"content-type", b"application/json")])


async def _plain(send: Send, status: int, body: bytes, headers: Iterable[tuple[bytes, bytes]] = ()) -> None:
    given = [*headers, (b"content-length", b"%d" % len(body))]
    if body and not any(name == b"content-type" for name, _ in given):
        given.append((b"content-type", b"text/plain; charset=utf-8"))
    await send({"type": "http.response.start", "status": status, "headers": given})
    await send({"type": "http.response.body", "body": body})
