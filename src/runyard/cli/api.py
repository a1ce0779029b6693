"""The REST client of the commands: JSON requests and event streams over the standard library's HTTP."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from runyard import __version__
from runyard.cli.errors import CommandError

TIMEOUT_SECONDS = 60.0
"""Longest silence of an answer; event streams send a comment more often than this."""

RETRY_SECONDS = (0.2, 0.5, 1.0, 2.0, 5.0)
"""Waits between attempts to reopen a broken stream; the last one repeats."""

GIVE_UP_SECONDS = 300.0
"""A stream whose server has been away for this long is given up."""


@dataclass(frozen=True)
class StreamEvent:
    """One Server-Sent Event. `id` is what resumes the stream after it."""

    id: str
    event: str
    data: str


class Api:
    """A server's REST API under `/api/v1`. Raises CommandError with the server's own message."""

    def __init__(self, address: str, token: str | None) -> None:
        parts = urlsplit(address if "://" in address else f"http://{address}")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise CommandError(f"'{address}' is no server address.", "It looks like http://127.0.0.1:3000.")
        self.address = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
        self._secure = parts.scheme == "https"
        self._host = parts.hostname
        self._port = parts.port
        self._prefix = parts.path.rstrip("/") + "/api/v1"
        self._token = token

    def get(self, path: str) -> Any:
        """GET and decode JSON."""
        return self._json("GET", path)

    def post(self, path: str, body: Any = None) -> Any:
        """POST JSON and decode the JSON answer (None when it is empty)."""
        return self._json("POST", path, body)

    def put(self, path: str, body: Any = None) -> None:
        """PUT JSON."""
        self._json("PUT", path, body)

    def delete(self, path: str) -> None:
        """DELETE."""
        self._json("DELETE", path)

    def text(self, path: str) -> Iterator[bytes]:
        """GET and yield the body in pieces, as it comes."""
        with self._open("GET", path) as response:
            while piece := response.read1(65536):
                yield piece

    def events(self, path: str, last_id: str = "") -> Iterator[StreamEvent]:
        """Follow a stream until it sends `event: end`. A broken connection is reopened after the last id seen."""
        failures = 0
        deadline = time.monotonic() + GIVE_UP_SECONDS
        while True:
            try:
                for event in self._stream(path, last_id):
                    failures = 0
                    deadline = time.monotonic() + GIVE_UP_SECONDS
                    last_id = event.id or last_id
                    if event.event == "end":
                        return
                    yield event
            except (OSError, http.client.HTTPException, _UnreachableError):
                if time.monotonic() > deadline:
                    raise
            time.sleep(RETRY_SECONDS[min(failures, len(RETRY_SECONDS) - 1)])
            failures += 1

    def _json(self, method: str, path: str, body: Any = None) -> Any:
        with self._open(method, path, body) as response:
            content = response.read()
        return json.loads(content) if content else None

    def _stream(self, path: str, last_id: str) -> Iterator[StreamEvent]:
        with self._open("GET", path, headers={"Accept": "text/event-stream", "Last-Event-ID": last_id}) as response:
            yield from _parse_events(response)

    @contextmanager
    def _open(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> Iterator[http.client.HTTPResponse]:
        """Send a request and hand out its answer; the connection is closed afterwards."""
        kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        connection = kind(self._host, self._port, timeout=TIMEOUT_SECONDS)
        sent = {"User-Agent": f"runyard/{__version__}", "Accept": "application/json"} | (headers or {})
        sent = {name: value for name, value in sent.items() if value}
        if self._token:
            sent["Authorization"] = f"token {self._token}"
        content = None
        if body is not None:
            content = json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        with closing(connection):
            try:
                connection.request(method, self._prefix + path, content, sent)
                response = connection.getresponse()
            except (OSError, http.client.HTTPException) as error:
                raise _UnreachableError(
                    f"The server at {self.address} does not answer ({_reason(error)}).",
                    "Is it running ('runyard serve'), and is the address right?",
                ) from error
            with response:
                if response.status >= 400:
                    raise _refusal(response)
                yield response


def _parse_events(lines: Iterable[bytes]) -> Iterator[StreamEvent]:
    identifier, event = "", "message"
    data: list[str] = []
    for raw in lines:
        line = raw.decode().rstrip("\r\n")
        if not line:
            if data:
                yield StreamEvent(identifier, event, "\n".join(data))
            event, data = "message", []
            continue
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "id":
            identifier = value
        elif name == "event":
            event = value
        elif name == "data":
            data.append(value)


class _UnreachableError(CommandError):
    """No answer; a stream tries again."""


def _reason(error: Exception) -> str:
    if isinstance(error, socket.gaierror):
        return "unknown host"
    return str(getattr(error, "strerror", None) or error or type(error).__name__).lower()


_HINTS = {
    "unauthenticated": "Log in with 'runyard login', or pass a valid --token.",
    "forbidden": "The token's owner may not do this.",
}


def _refusal(response: http.client.HTTPResponse) -> CommandError:
    """The server's error as a sentence with its code; it says what to do where we know."""
    try:
        body = json.loads(response.read())
        message, code = str(body["message"]), str(body.get("code", ""))
    except (ValueError, KeyError, TypeError, AttributeError):
        message, code = f"{response.status} {response.reason}", ""
    return CommandError(message, _HINTS.get(code, ""), code)
