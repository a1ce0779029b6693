"""What a browser without scripts does: keeps cookies, follows links, sends forms with their hidden fields."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

_CSRF = re.compile(r'name="csrf" value="([0-9a-f]+)"')


@dataclass(frozen=True)
class Page:
    """An answer. `location`: where it redirects to."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def location(self) -> str:
        return self.headers.get("Location", "")

    @property
    def csrf(self) -> str:
        """The token in the page's forms."""
        found = _CSRF.search(self.text)
        assert found is not None, "the page has no form"
        return found[1]


@dataclass(frozen=True)
class Message:
    """A Server-Sent Event."""

    id: str
    event: str
    data: str


class Browser:
    """One visitor with a cookie jar."""

    def __init__(self, session: aiohttp.ClientSession, base: str) -> None:
        self.session = session
        self.base = base

    async def get(self, path: str, **headers: str) -> Page:
        """A page; redirects are not followed."""
        return await self._send("GET", path, headers=headers)

    async def post(self, path: str, fields: Mapping[str, Any], **headers: str) -> Page:
        """Send exactly these fields."""
        return await self._send("POST", path, data=dict(fields), headers=headers)

    async def submit(self, page: str, path: str, **fields: Any) -> Page:
        """Send a form of the page at `page`, with its hidden token."""
        return await self.post(path, {"csrf": (await self.get(page)).csrf, **fields})

    async def sign_in(self, token: str) -> Page:
        """Use the login form."""
        return await self.submit("/login", "/login", token=token)

    async def listen(self, path: str, **headers: str) -> AsyncGenerator[Message, None]:
        """The events of a stream as they come; comments are left out."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.session.get(self.base + path, headers=sent) as answer:
            assert answer.status == 200
            assert answer.headers["Content-Type"].startswith("text/event-stream")
            fields: dict[str, list[str]] = {}
            async for raw in answer.content:
                line = raw.decode().rstrip("\n")
                if line:
                    name, _, value = line.partition(": ")
                    fields.setdefault(name, []).append(value)
                    continue
                if "data" in fields:
                    yield Message(fields.get("id", [""])[-1], fields.get("event", [""])[-1], "\n".join(fields["data"]))
                fields = {}

    async def _send(self, method: str, path: str, **options: Any) -> Page:
        url = self.base + path
        async with self.session.request(method, url, allow_redirects=False, **options) as answer:
            return Page(answer.status, answer.headers, await answer.text())
