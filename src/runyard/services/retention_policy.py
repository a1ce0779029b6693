"""How long a repository's runs, logs, artifacts and caches are kept, and which runs are kept whatever that says."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from runyard.services.errors import Invalid, NotFound
from runyard.services.show import require_run
from runyard.store import retention
from runyard.store.retention import Hold as Hold
from runyard.store.retention import RetentionPolicy as RetentionPolicy

if TYPE_CHECKING:
    from runyard.services.context import Services
    from runyard.services.settings import Settings
    from runyard.store import Tx
    from runyard.store.repositories import Repository

DAY = 24 * 3600 * 1000


class Keep(NamedTuple):
    """What holds: days, a count, and bytes of the whole repository. 0 = no limit."""

    run_days: int
    run_count: int
    log_days: int
    log_bytes: int
    artifact_days: int
    artifact_bytes: int
    cache_days: int
    cache_bytes: int


def keep_of(settings: Settings, policy: RetentionPolicy) -> Keep:
    """A repository's own decisions over the server's settings."""
    own = {name: getattr(policy, name) for name in Keep._fields}
    return Keep(**{
        name: getattr(settings, f"keep_{name}") if value is None else value for name, value in own.items()
    })  # fmt: skip


def artifact_expiry(services: Services, tx: Tx, repository_id: int, days: int | None = None) -> int:
    """When an artifact that is made now expires; `days`: what its job asks for, at most what holds. 0 = never."""
    limit = keep_of(services.settings, retention.policy(tx, repository_id)).artifact_days
    chosen = min(days, limit) if days and limit else days or limit
    return services.clock() + chosen * DAY if chosen else 0


async def get_policy(services: Services, repository: Repository) -> tuple[RetentionPolicy, Keep]:
    """What the repository decided, and what holds."""
    own = await services.database.read(lambda tx: retention.policy(tx, repository.id))
    return own, keep_of(services.settings, own)


async def set_policy(services: Services, repository: Repository, policy: RetentionPolicy) -> None:
    """Replace what the repository decided. Raises Invalid for negative numbers."""
    for name in Keep._fields:
        if (getattr(policy, name) or 0) < 0:
            raise Invalid(f"{name} cannot be negative; 0 = no limit, null = as the server has it")
    await services.database.write(lambda tx: retention.set_policy(tx, repository.id, policy))


async def hold_run(services: Services, repository: Repository, run_id: int, *, by: str, reason: str) -> None:
    """Keep a run, with its logs and artifacts, until it is released. Raises NotFound."""

    def write(tx: Tx) -> None:
        require_run(tx, repository, run_id)
        retention.hold(tx, run_id, Hold(by, reason, services.clock()))

    await services.database.write(write)


async def release_run(services: Services, repository: Repository, run_id: int) -> None:
    """End the hold. Raises NotFound, also when there is none."""

    def write(tx: Tx) -> bool:
        require_run(tx, repository, run_id)
        return retention.release(tx, run_id)

    if not await services.database.write(write):
        raise NotFound(f"the run with id {run_id} is not on hold")


async def hold_of_run(services: Services, repository: Repository, run_id: int) -> Hold:
    """The hold on a run. Raises NotFound, also when there is none."""

    def read(tx: Tx) -> Hold | None:
        require_run(tx, repository, run_id)
        return retention.hold_of(tx, run_id)

    found = await services.database.read(read)
    if found is None:
        raise NotFound(f"the run with id {run_id} is not on hold")
    return found
