"""Services with a hosted repository that a working tree pushes into, without a server between them."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from runyard.kernel import Run
from runyard.services import trigger
from runyard.services.context import Services
from runyard.services.identity import UserIdentity
from runyard.services.start_run import StartedRun
from runyard.store import repositories, runs, users
from runyard.store.repositories import Repository
from runyard.store.users import User
from tests.forge.work_tree import Tree
from tests.support.fleet import Clock, create_repository, services_on

CI = ".github/workflows/ci.yml"
ON_PUSH = "on: push\njobs:\n  build:\n    runs-on: linux\n    steps:\n      - run: echo hi\n"


@dataclass
class Hosted:
    """`ada/hello`, its owner, and a working tree."""

    services: Services
    repository: Repository
    owner: User
    tree: Tree

    @property
    def identity(self) -> UserIdentity:
        """The owner as services know them."""
        return UserIdentity(self.owner)

    async def push(self, *specs: str) -> list[StartedRun]:
        """Push (HEAD to main) and trigger."""
        return await trigger.push(self.services, self.repository, self.owner, self.tree.push(*specs))

    async def run(self, started: StartedRun) -> Run:
        """The run as stored."""
        return await self.services.database.read(lambda tx: runs.load(tx, started.id))


@contextlib.asynccontextmanager
async def hosted_in(folder: Path) -> AsyncIterator[Hosted]:
    """Everything on a fresh folder."""
    async with services_on(folder / "data", Clock()) as services:
        repository = await create_repository(services)
        bare = await services.hosting.create(repository.id)
        owner = await services.database.read(lambda tx: users.get(tx, "ada"))
        assert await services.database.read(lambda tx: repositories.get(tx, "ada", "hello")) == repository
        yield Hosted(services, repository, owner, Tree(folder / "tree", bare))
