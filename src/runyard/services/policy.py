"""What holds for the jobs of a repository: its own decisions over the server's settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from runyard.kernel.causes import Cause
from runyard.kernel.limits import RetryPolicy
from runyard.store import policies
from runyard.store.policies import RepositoryPolicy as RepositoryPolicy

if TYPE_CHECKING:
    from runyard.services.context import Services
    from runyard.store import Tx

RETRIED = (str(Cause.LOST_RUNNER), str(Cause.NOT_PREPARED))
"""Causes for which a job may be given out again; one that never reached its runner always is."""


class Policy(NamedTuple):
    """`running_jobs`: at most so many of the repository's jobs run at once, 0 = no limit."""

    running_jobs: int
    retry: RetryPolicy


def policy_of(services: Services, tx: Tx, repository_id: int) -> Policy:
    """The policy in force."""
    own, settings = policies.get(tx, repository_id), services.settings
    retry = RetryPolicy(
        times=settings.retry_times if own.retry_times is None else own.retry_times,
        causes=settings.retry_causes if own.retry_causes is None else own.retry_causes,
        delay=int(settings.retry_seconds * 1000) if own.retry_delay is None else own.retry_delay,
        longest=int(settings.retry_longest_seconds * 1000),
    )
    return Policy(settings.running_jobs if own.running_jobs is None else own.running_jobs, retry)


async def own_policy(services: Services, repository_id: int) -> RepositoryPolicy:
    """What the repository itself decided."""
    return await services.database.read(lambda tx: policies.get(tx, repository_id))


async def set_policy(services: Services, repository_id: int, policy: RepositoryPolicy) -> None:
    """Replace what the repository decided; jobs that a limit held back are looked at again."""

    def put(tx: Tx) -> None:
        policies.put(tx, repository_id, policy)
        tx.queue_grew = True
        tx.notify(("queue",))

    await services.database.write(put)
