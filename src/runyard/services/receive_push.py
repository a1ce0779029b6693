"""What happens when git has accepted a push: the first branch becomes the default one, and runs start.

All of it is done before git's answer ends, so that the runs exist when `git push` returns.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from runyard.forge.changes import BRANCHES
from runyard.forge.objects import ObjectReader
from runyard.kernel.status import Status
from runyard.services import trigger
from runyard.services.identity import UserIdentity
from runyard.store import repositories

if TYPE_CHECKING:
    from runyard.forge.packets import RefUpdate
    from runyard.services.context import Services
    from runyard.services.identity import Identity
    from runyard.services.start_run import StartedRun
    from runyard.store.repositories import Repository

logger = logging.getLogger(__name__)


async def receive_push(
    services: Services, repository: Repository, identity: Identity, updates: Sequence[RefUpdate]
) -> list[str]:
    """Follow up on the ref updates of a push; returns lines for its author. A job's own push starts no runs.

    The push cannot be undone any more: a failure here is logged and told to the author.
    """
    try:
        repository = await _choose_default_branch(services, repository, updates)
        if not isinstance(identity, UserIdentity):
            return []
        started = await trigger.push(services, repository, identity.user, updates)
    except Exception:
        logger.exception("the push to %s/%s was stored but started no runs", repository.owner, repository.name)
        return ["The push is stored, but its workflows could not be started; the server's log says why."]
    return [_line(services, repository, run) for run in started]


async def _choose_default_branch(
    services: Services, repository: Repository, updates: Sequence[RefUpdate]
) -> Repository:
    """While the default branch does not exist, a pushed branch takes its place: main, master, or the first one."""
    created = [u.ref.removeprefix(BRANCHES) for u in updates if u.is_creation and u.ref.startswith(BRANCHES)]
    if not created or repository.default_branch in created:
        return repository
    if await asyncio.to_thread(_has_branch, services, repository, repository.default_branch):
        return repository
    chosen = next((name for name in ("main", "master") if name in created), created[0])
    await services.hosting.set_default_branch(repository.id, chosen)
    await services.database.write(lambda tx: repositories.set_default_branch(tx, repository.id, chosen))
    return msgspec.structs.replace(repository, default_branch=chosen)


def _has_branch(services: Services, repository: Repository, branch: str) -> bool:
    with ObjectReader(services.hosting.path(repository.id)) as reader:
        return reader.commit(BRANCHES + branch) is not None


def _line(services: Services, repository: Repository, run: StartedRun) -> str:
    address = f"{services.settings.base_url}/{repository.owner}/{repository.name}/actions/runs/{run.number}"
    if run.status is Status.FAILURE:
        return f"{run.workflow} cannot be used: {address}"
    return f"{run.workflow} started run {run.number}: {address}"
