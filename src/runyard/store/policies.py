"""What a repository decides about its jobs for itself; where it decides nothing the server's settings hold."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import bindparam, select

from runyard.store.database import Tx
from runyard.store.plain import to_json, upsert
from runyard.store.schema import repository_policy
from runyard.store.statement import Statement


class RepositoryPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """None: as the server has it. `retry_delay` in milliseconds, `running_jobs` 0 = no limit."""

    running_jobs: int | None = None
    retry_times: int | None = None
    retry_causes: tuple[str, ...] | None = None
    retry_delay: int | None = None


_NOTHING = RepositoryPolicy()
_texts = msgspec.json.Decoder(tuple[str, ...]).decode
_GET = Statement(
    select(
        repository_policy.c.running_jobs,
        repository_policy.c.retry_times,
        repository_policy.c.retry_causes,
        repository_policy.c.retry_delay,
    ).where(repository_policy.c.repository_id == bindparam("repository")),
    "repository",
)


def get(tx: Tx, repository_id: int) -> RepositoryPolicy:
    """What the repository decided."""
    row = _GET.first(tx, repository_id)
    if row is None:
        return _NOTHING
    running_jobs, retry_times, causes, retry_delay = row
    return RepositoryPolicy(
        running_jobs=running_jobs,
        retry_times=retry_times,
        retry_causes=None if causes is None else _texts(causes),
        retry_delay=retry_delay,
    )


def put(tx: Tx, repository_id: int, policy: RepositoryPolicy) -> None:
    """Replace it."""
    values: dict[str, Any] = msgspec.structs.asdict(policy)
    if policy.retry_causes is not None:
        values["retry_causes"] = to_json(policy.retry_causes)
    upsert(tx, repository_policy, ("repository_id",), repository_id=repository_id, **values)
