"""Runners as operators see them: lists by scope, removal, registration tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runyard.services.access import administrable, require_admin
from runyard.services.errors import NotFound
from runyard.services.register import delete_runner
from runyard.services.runner_token import create_runner_token
from runyard.store import runners

if TYPE_CHECKING:
    from runyard.services.context import Services
    from runyard.services.identity import Identity
    from runyard.store.runners import Runner

OFFLINE_AFTER_MS = 60_000
IDLE_AFTER_MS = 10_000


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose runners: one repository's, or (None) those of the whole server."""

    repository_id: int | None


@dataclass(frozen=True, slots=True)
class RunnerInfo:
    """A runner and how it is: heard of within the last minute, working within the last ten seconds."""

    runner: Runner
    is_online: bool
    is_busy: bool


async def repository_scope(services: Services, identity: Identity, owner: str, repo: str) -> Scope:
    """The runners of a repository. Raises NotFound, Unauthenticated, Forbidden."""
    return Scope((await administrable(services, identity, owner, repo)).id)


def server_scope(identity: Identity) -> Scope:
    """The runners of the whole server, for administrators. Raises Unauthenticated, Forbidden."""
    require_admin(identity)
    return Scope(None)


async def list_runners(services: Services, scope: Scope) -> list[RunnerInfo]:
    """The runners of exactly this scope, oldest first."""
    found = await services.database.read(lambda tx: runners.list(tx, repository_id=scope.repository_id))
    return [RunnerInfo(runner, is_online(services, runner), is_busy(services, runner)) for runner in found]


async def show_runner(services: Services, scope: Scope, runner_id: int) -> RunnerInfo:
    """A runner of this scope. Raises NotFound."""
    for info in await list_runners(services, scope):
        if info.runner.id == runner_id:
            return info
    raise NotFound(f"there is no runner with id {runner_id} here")


async def remove_runner(services: Services, scope: Scope, runner_id: int) -> None:
    """Make a runner of this scope unknown. Raises NotFound."""
    await show_runner(services, scope, runner_id)
    await delete_runner(services, runner_id)


async def new_registration_token(services: Services, scope: Scope) -> str:
    """A new token with which runners of this scope register; earlier ones stay valid."""
    return await create_runner_token(services, repository_id=scope.repository_id)


def is_online(services: Services, runner: Runner) -> bool:
    """Whether a runner waits for work or was heard of within the last minute."""
    known = services.fleet.runner_by_id(runner.id)
    heard = max(runner.last_online, known.last_online if known else 0)
    return _waits(services, runner) or services.clock() - heard < OFFLINE_AFTER_MS


def is_busy(services: Services, runner: Runner) -> bool:
    """Whether a runner does not wait for work and was working within the last ten seconds."""
    known = services.fleet.runner_by_id(runner.id)
    worked = max(runner.last_active, known.last_active if known else 0)
    return not _waits(services, runner) and services.clock() - worked < IDLE_AFTER_MS


def _waits(services: Services, runner: Runner) -> bool:
    return any(waiter.runner.id == runner.id for waiter in services.waiting.everybody())
