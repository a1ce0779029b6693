"""Users with access tokens, and what they do with git and the API of a running test server."""

from __future__ import annotations

import asyncio
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from runyard.services.identity import UserIdentity
from runyard.services.token import create_token
from runyard.store import NotFound, Tx, users
from runyard.store.users import User
from tests.support.fleet import Yard
from tests.support.server import WorkingTree


@dataclass
class Answer:
    """What the API said."""

    status: int
    headers: Any
    body: bytes

    @property
    def json(self) -> Any:
        """The decoded body."""
        return msgspec.json.decode(self.body)

    @property
    def message(self) -> str:
        """The sentence of a refusal."""
        text: str = self.json["message"]
        return text


class Person:
    """A user (or, without a token, nobody) of a running server."""

    def __init__(self, yard: Yard, user: User | None = None, token: str = "") -> None:
        self.yard = yard
        self.user = user
        self.token = token

    @property
    def identity(self) -> UserIdentity:
        """As services know them."""
        assert self.user is not None
        return UserIdentity(self.user)

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """One call of `/api/v1`, or of an absolute path that starts with two slashes."""
        url = self.yard.base + (path[1:] if path.startswith("//") else f"/api/v1{path}")
        sent = {"Authorization": f"token {self.token}"} if self.token else {}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.yard.session.request(method, url, json=body, headers=sent, allow_redirects=False) as answer:
            return Answer(answer.status, answer.headers, await answer.read())

    async def get(self, path: str, **headers: str) -> Answer:
        """GET."""
        return await self.call("GET", path, **headers)

    async def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        """POST."""
        return await self.call("POST", path, body, **headers)

    def remote(self, repository: str) -> str:
        """The URL, with credentials, of a repository."""
        host = self.yard.base.removeprefix("http://")
        return f"http://{f'x:{self.token}@' if self.token else ''}{host}/{repository}"


class Clone(WorkingTree):
    """A working tree whose git runs beside the test server's event loop."""

    async def run(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run git here."""
        return await asyncio.to_thread(self.git, *arguments, check=check)

    async def upload(self, remote: str, *refs: str) -> subprocess.CompletedProcess[str]:
        """Push (HEAD to main) and raise if it is refused."""
        return await self.run("push", remote, *(refs or ("HEAD:main",)))


async def person(yard: Yard, name: str, *, is_admin: bool = False, scopes: tuple[str, ...] = ()) -> Person:
    """A new user with a token, or a further token of a user who exists."""

    def find_or_create(tx: Tx) -> User:
        try:
            return users.get(tx, name)
        except NotFound:
            return users.create(tx, name, is_admin=is_admin, email=f"{name}@example.org")

    user = await yard.services.database.write(find_or_create)
    _, token = await create_token(yard.services, user, f"test {' '.join(scopes)}", scopes)
    return Person(yard, user, token)


def clone_in(path: Path) -> Clone:
    """An empty working tree."""
    return Clone(path)
