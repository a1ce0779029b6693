"""How often one caller may ask. As on GitHub, who asks too often is told with status 429 how long to wait.

Each caller has a bucket that holds the requests of a minute and fills up evenly. A caller is a token, else an address.
A refused token (401) also costs its address, so that nobody can guess tokens faster than the others ask.
"""

from __future__ import annotations

import hashlib
import math
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any

import msgspec

from runyard.server.api.errors import ErrorBody

if TYPE_CHECKING:
    from runyard.services.context import Services

MINUTE = 60_000
CALLERS = 10_000
"""So many are remembered; who has not asked for longest is forgotten first."""

Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Asgi = Callable[[Any, Any, Any], Awaitable[None]]


class Throttle:
    """An ASGI application in front of another one, which it lets `requests_per_minute` of every caller through to."""

    def __init__(self, app: Asgi, services: Services) -> None:
        self._app = app
        self._clock = services.clock
        self._most = services.settings.requests_per_minute
        self._buckets: OrderedDict[bytes, tuple[float, int]] = OrderedDict()

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request, or have it answered."""
        address = str((scope.get("client") or ("",))[0]).encode()
        secret = dict(scope["headers"]).get(b"authorization")
        caller = hashlib.sha256(secret).digest() if secret else address
        if self._level(address) < 1 or not self._take(caller):
            await self._refuse(scope, send, min(self._level(address), self._level(caller)))
            return

        async def tell(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                if message["status"] == 401 and caller != address:
                    self._take(address)
                message["headers"] = [*message.get("headers", ()), *self._headers(self._level(caller))]
            await send(message)

        await self._app(scope, receive, tell)

    def _level(self, name: bytes) -> float:
        """How many requests the bucket has now."""
        level, at = self._buckets.get(name, (self._most, 0))
        return min(self._most, level + max(0, self._clock() - at) * self._most / MINUTE)

    def _take(self, name: bytes) -> bool:
        """Take one request out of the bucket, if there is one."""
        level = self._level(name)
        self._buckets[name] = (level - 1 if level >= 1 else level, self._clock())
        self._buckets.move_to_end(name)
        if len(self._buckets) > CALLERS:
            self._buckets.popitem(last=False)
        return level >= 1

    def _headers(self, level: float) -> list[tuple[bytes, bytes]]:
        """GitHub's: the limit, what is left of it, and when (in seconds since the epoch) all of it is there again."""
        full = self._clock() + (self._most - level) * MINUTE / self._most
        values = {"limit": self._most, "remaining": int(level), "reset": math.ceil(full / 1000)}
        return [(f"x-ratelimit-{name}".encode(), str(value).encode()) for name, value in values.items()]

    async def _refuse(self, scope: Mapping[str, Any], send: Send, level: float) -> None:
        wait = max(1, math.ceil((1 - level) * MINUTE / self._most / 1000))
        said = f"more than {self._most} requests in a minute; try again in {wait} s"
        if scope["path"].startswith("/api/"):
            body, kind = msgspec.json.encode(ErrorBody(said, "rate_limited")), b"application/json"
        else:
            body, kind = f"{said}\n".encode(), b"text/plain; charset=utf-8"
        headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
        headers += [(b"retry-after", str(wait).encode()), *self._headers(level)]
        await send({"type": "http.response.start", "status": 429, "headers": headers})
        await send({"type": "http.response.body", "body": body})
