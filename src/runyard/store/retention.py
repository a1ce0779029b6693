"""What is old or too much: found page by page in key order, with sizes; and how a run is removed altogether.

What a repository decides for itself wins over the server's settings. A run on hold is never found, nor what it owns.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy import ColumnElement, and_, bindparam, delete, func, literal_column, select, tuple_, update

from runyard.kernel.status import TERMINAL
from runyard.store import feed
from runyard.store.artifacts import ArtifactStatus
from runyard.store.caches import CacheStatus
from runyard.store.database import Tx
from runyard.store.plain import clean, upsert
from runyard.store.schema import artifact, cache, job, log_chunk, repository, retention_policy, run, run_hold, task
from runyard.store.schema import feed as entries
from runyard.store.statement import Statement

END = 2**63 - 1


class RetentionPolicy(msgspec.Struct, frozen=True):
    """None: as the server has it; 0: no limit. Days and counts; bytes are those of the whole repository."""

    run_days: int | None = None
    run_count: int | None = None
    log_days: int | None = None
    log_bytes: int | None = None
    artifact_days: int | None = None
    artifact_bytes: int | None = None
    cache_days: int | None = None
    cache_bytes: int | None = None


class Hold(msgspec.Struct, frozen=True):
    """Why a run is kept: who said so, and when."""

    by: str
    reason: str
    at: int


class Due(NamedTuple):
    """Something with its repository, its run's number (0: no run), a name, its bytes and the time that counts."""

    id: int
    repository_id: int
    run: int
    name: str
    bytes: int
    at: int


_NO_POLICY = RetentionPolicy()
_HELD = select(run_hold.c.run_id)
_0: ColumnElement[int] = literal_column("0")
"""Of partial indexes: a parameter instead of the number has SQLite prepare the statement anew every time."""


def _logs(which: ColumnElement[bool], *names: str) -> Statement:
    """Logs that there are, as Due, oldest first."""
    size = select(func.coalesce(func.sum(func.length(log_chunk.c.data)), 0)).where(log_chunk.c.task_id == task.c.id)
    query = (
        select(task.c.id, run.c.repository_id, run.c.number, job.c.name, size.scalar_subquery(), task.c.stopped)
        .select_from(task.join(job, job.c.id == task.c.job_id).join(run, run.c.id == job.c.run_id))
        .where(which, task.c.stopped > _0, task.c.log_lines > _0, task.c.log_expired == _0, run.c.id.not_in(_HELD))
        .order_by(task.c.stopped, task.c.id)
    )
    return Statement(query.limit(bindparam("limit")) if "limit" in names else query, *names)


def _artifacts(
    status: ArtifactStatus, which: ColumnElement[bool], order: tuple[ColumnElement[int], ...], *names: str
) -> Statement:
    """Artifacts in this state, as Due."""
    at = artifact.c.created if status is ArtifactStatus.PENDING else artifact.c.expires
    query = (
        select(
            artifact.c.id, artifact.c.repository_id, run.c.number, artifact.c.name, artifact.c.stored_size, at
        )
        .join_from(artifact, run, run.c.id == artifact.c.run_id)
        .where(artifact.c.status == int(status), which, run.c.id.not_in(_HELD))
        .order_by(*order)
        .limit(bindparam("limit"))
    )  # fmt: skip
    return Statement(query, *names, "limit")


def _caches(
    status: CacheStatus, which: ColumnElement[bool], order: tuple[ColumnElement[int], ...], *names: str
) -> Statement:
    """Cache entries in this state, as Due."""
    query = select(cache.c.id, cache.c.repository_id, _0, cache.c.key, cache.c.size, cache.c.used)
    query = query.where(cache.c.status == int(status), which).order_by(*order).limit(bindparam("limit"))
    return Statement(query, *names, "limit")


_AFTER = tuple_(bindparam("after_at"), bindparam("after_id"))
_POLICY_COLUMNS = tuple(retention_policy.c[name] for name in RetentionPolicy.__struct_fields__)
_POLICY = Statement(select(*_POLICY_COLUMNS).where(retention_policy.c.repository_id == bindparam("of")), "of")
_REPOSITORIES = Statement(
    select(repository.c.id, *_POLICY_COLUMNS)
    .join_from(repository, retention_policy, retention_policy.c.repository_id == repository.c.id, isouter=True)
    .where(repository.c.id > bindparam("after"))
    .order_by(repository.c.id)
    .limit(bindparam("limit")),
    "after",
    "limit",
)
_OLD_LOGS = _logs(
    and_(task.c.stopped < bindparam("before"), tuple_(task.c.stopped, task.c.id) > _AFTER),
    "before",
    "after_at",
    "after_id",
    "limit",
)
_LOGS_OF_RUNS = _logs(
    and_(run.c.repository_id == bindparam("of"), run.c.id >= bindparam("lowest"), run.c.id < bindparam("below")),
    "of",
    "lowest",
    "below",
)
_EXPIRED_ARTIFACTS = _artifacts(
    ArtifactStatus.CONFIRMED,
    and_(
        artifact.c.expires > 0,
        artifact.c.expires <= bindparam("now"),
        tuple_(artifact.c.expires, artifact.c.id) > _AFTER,
    ),
    (artifact.c.expires, artifact.c.id),
    "now",
    "after_at",
    "after_id",
)
_UNFINISHED_ARTIFACTS = _artifacts(
    ArtifactStatus.PENDING,
    and_(artifact.c.created < bindparam("before"), artifact.c.id > bindparam("after")),
    (artifact.c.id,),
    "before",
    "after",
)
_ARTIFACTS_BELOW = _artifacts(
    ArtifactStatus.CONFIRMED,
    and_(artifact.c.repository_id == bindparam("of"), artifact.c.id < bindparam("below")),
    (artifact.c.id.desc(),),
    "of",
    "below",
)
_CACHES_BY_USE = _caches(
    CacheStatus.READY,
    and_(
        cache.c.repository_id == bindparam("of"),
        tuple_(cache.c.used, cache.c.id) < tuple_(bindparam("below_used"), bindparam("below_id")),
    ),
    (cache.c.used.desc(), cache.c.id.desc()),
    "of",
    "below_used",
    "below_id",
)
_UNFINISHED_CACHES = _caches(
    CacheStatus.RESERVED,
    and_(cache.c.used < bindparam("before"), tuple_(cache.c.used, cache.c.id) > _AFTER),
    (cache.c.used, cache.c.id),
    "before",
    "after_at",
    "after_id",
)
_ARTIFACT_BYTES = Statement(
    select(artifact.c.id, artifact.c.blob)
    .where(artifact.c.status >= literal_column("3"), artifact.c.blob != literal_column("''"))
    .order_by(artifact.c.id)
    .limit(bindparam("limit")),
    "limit",
)


def policy(tx: Tx, repository_id: int) -> RetentionPolicy:
    """What the repository decided."""
    row = _POLICY.first(tx, repository_id)
    return _NO_POLICY if row is None else RetentionPolicy(*row)


def set_policy(tx: Tx, repository_id: int, policy: RetentionPolicy) -> None:
    """Replace it."""
    values = msgspec.structs.asdict(policy)
    upsert(tx, retention_policy, ("repository_id",), repository_id=repository_id, **values)


def hold(tx: Tx, run_id: int, hold: Hold) -> None:
    """Keep a run, with all that it owns, until it is released."""
    upsert(tx, run_hold, ("run_id",), run_id=run_id, by=clean(hold.by), reason=clean(hold.reason), at=hold.at)


def release(tx: Tx, run_id: int) -> bool:
    """End the hold; whether there was one."""
    return tx.connection.execute(delete(run_hold).where(run_hold.c.run_id == run_id)).rowcount > 0


def hold_of(tx: Tx, run_id: int) -> Hold | None:
    """The hold on a run."""
    found = select(run_hold.c.by, run_hold.c.reason, run_hold.c.at).where(run_hold.c.run_id == run_id)
    row = tx.connection.execute(found).one_or_none()
    return None if row is None else Hold(*row)


def repositories_after(tx: Tx, after: int, limit: int = 100) -> Sequence[tuple[int, RetentionPolicy]]:
    """Repository ids above `after`, ascending, with what they decided."""
    return [(row[0], RetentionPolicy(*row[1:])) for row in _REPOSITORIES.all(tx, after, limit)]


def newest_but(tx: Tx, repository_id: int, count: int) -> int:
    """The largest id among the repository's runs that are older than its `count` newest ones; 0: there are none."""
    query = select(run.c.id).where(run.c.repository_id == repository_id).order_by(run.c.id.desc())
    return tx.connection.execute(query.offset(count).limit(1)).scalar_one_or_none() or 0


def ended_runs(
    tx: Tx, repository_id: int, *, before: int, up_to: int, after: int = 0, limit: int = 50
) -> tuple[list[Due], int | None]:
    """Ended runs of a repository with ids above `after`: those that ended before a time, and all with ids to `up_to`.

    Also the id to go on after; None: the rest is younger.
    """
    query = (
        select(run.c.id, run.c.number, run.c.title, run.c.status, run.c.created, run.c.stopped)
        .where(run.c.repository_id == repository_id, run.c.id > after)
        .order_by(run.c.id)
        .limit(limit)
    )
    page = tx.connection.execute(query).all()
    held = set(tx.connection.execute(_HELD.where(run_hold.c.run_id.in_([row.id for row in page]))).scalars())
    due = [
        row
        for row in page
        if row.status in TERMINAL and row.id not in held and (row.id <= up_to or 0 < row.stopped < before)
    ]
    sizes = _bytes_of_runs(tx, [row.id for row in due])
    found = [Due(row.id, repository_id, row.number, row.title, sizes.get(row.id, 0), row.stopped) for row in due]
    done = len(page) < limit or (page[-1].created >= before and page[-1].id > up_to)
    return found, None if done else page[-1].id


def old_logs(tx: Tx, before: int, after: tuple[int, int] = (0, 0), limit: int = 100) -> list[Due]:
    """Logs of tasks that stopped before a time, oldest first, behind the position `(at, id)`."""
    return [Due(*row) for row in _OLD_LOGS.all(tx, before, *after, limit)]


def logs_of_runs(tx: Tx, repository_id: int, before_run: int, limit: int = 50) -> tuple[list[Due], int | None]:
    """Logs of the repository's runs with ids below `before_run`, newest run first; and the id to go on below."""
    query = select(run.c.id).where(run.c.repository_id == repository_id, run.c.id < before_run)
    run_ids = tx.connection.execute(query.order_by(run.c.id.desc()).limit(limit)).scalars().all()
    lowest = run_ids[-1] if run_ids else before_run
    found = [Due(*row) for row in _LOGS_OF_RUNS.all(tx, repository_id, lowest, before_run)]
    return sorted(found, key=lambda due: -due.id), lowest if len(run_ids) == limit else None


def expired_artifacts(tx: Tx, now: int, after: tuple[int, int] = (0, 0), limit: int = 100) -> list[Due]:
    """Artifacts whose time is over, behind the position `(at, id)`; `at` is when they were to expire."""
    return [Due(*row) for row in _EXPIRED_ARTIFACTS.all(tx, now, *after, limit)]


def unfinished_artifacts(tx: Tx, before: int, after: int = 0, limit: int = 100) -> list[Due]:
    """Artifacts whose upload began before a time and never ended, with ids above `after`."""
    return [Due(*row) for row in _UNFINISHED_ARTIFACTS.all(tx, before, after, limit)]


def artifacts_below(tx: Tx, repository_id: int, before: int, limit: int = 100) -> list[Due]:
    """A repository's artifacts with ids below `before`, newest first."""
    return [Due(*row) for row in _ARTIFACTS_BELOW.all(tx, repository_id, before, limit)]


def caches_by_use(tx: Tx, repository_id: int, before: tuple[int, int] = (END, 0), limit: int = 100) -> list[Due]:
    """A repository's complete cache entries before the position `(used, id)`, last used first; `at` is the use."""
    return [Due(*row) for row in _CACHES_BY_USE.all(tx, repository_id, *before, limit)]


def unfinished_caches(tx: Tx, before: int, after: tuple[int, int] = (0, 0), limit: int = 100) -> list[Due]:
    """Cache entries whose upload began before a time and never ended, behind the position `(used, id)`."""
    return [Due(*row) for row in _UNFINISHED_CACHES.all(tx, before, *after, limit)]


def give_up_artifacts(tx: Tx, run_ids: Collection[int], at: int) -> None:
    """All artifacts of these runs are to go; those that never became complete by way of an error."""
    mine = and_(artifact.c.run_id.in_(run_ids), artifact.c.run_id.not_in(_HELD))
    pending = update(artifact).where(mine, artifact.c.status == int(ArtifactStatus.PENDING))
    tx.connection.execute(pending.values(status=int(ArtifactStatus.ERROR), updated=at))
    there = (ArtifactStatus.CONFIRMED, ArtifactStatus.ERROR, ArtifactStatus.EXPIRED)
    kept = update(artifact).where(mine, artifact.c.status.in_([int(status) for status in there]))
    tx.connection.execute(kept.values(status=int(ArtifactStatus.PENDING_DELETION), updated=at))


def artifact_bytes(tx: Tx, limit: int = 100) -> list[tuple[int, str]]:
    """Ids and blobs of artifacts whose bytes are to go: expired, failed, or to be deleted."""
    return [(row[0], row[1]) for row in _ARTIFACT_BYTES.all(tx, limit)]


def artifact_bytes_removed(tx: Tx, ids: Collection[int], at: int) -> None:
    """The bytes are gone: what was to be deleted is deleted, what expired stays as a name without content."""
    mine = artifact.c.id.in_(ids)
    tx.connection.execute(update(artifact).where(mine, artifact.c.status >= 3).values(blob=""))
    steps = (
        (ArtifactStatus.ERROR, ArtifactStatus.PENDING_DELETION),
        (ArtifactStatus.PENDING_DELETION, ArtifactStatus.DELETED),
    )
    for before, after in steps:
        step = update(artifact).where(mine, artifact.c.status == int(before))
        tx.connection.execute(step.values(status=int(after), updated=at))


def remove_runs(tx: Tx, run_ids: Collection[int]) -> int:
    """Remove ended runs with all that they own, but none on hold and none whose artifacts still have bytes; how many.

    Whoever follows them is told that events were lost.
    """
    bytes_left = select(artifact.c.run_id).where(artifact.c.run_id.in_(run_ids), artifact.c.blob != "")
    query = (
        select(run.c.id, run.c.repository_id)
        .where(run.c.id.in_(run_ids), run.c.status.in_([int(status) for status in TERMINAL]))
        .where(run.c.id.not_in(_HELD), run.c.id.not_in(bytes_left))
        .order_by(run.c.id)
        .with_for_update()
    )
    rows = tx.connection.execute(query).all()
    ids = [row.id for row in rows]
    newest = tx.connection.execute(select(func.max(entries.c.xid)).where(entries.c.run_id.in_(ids))).scalar_one()
    if newest is not None:
        feed.raise_floor(tx, newest)
    tx.connection.execute(delete(run).where(run.c.id.in_(ids)))
    for row in rows:
        tx.notify(("run", row.id))
        tx.notify(("repository", row.repository_id))
    return len(ids)


def _bytes_of_runs(tx: Tx, run_ids: Collection[int]) -> dict[int, int]:
    """Bytes of logs and artifacts by run."""
    logs = (
        select(job.c.run_id, func.coalesce(func.sum(func.length(log_chunk.c.data)), 0))
        .select_from(job.join(task, task.c.job_id == job.c.id).join(log_chunk, log_chunk.c.task_id == task.c.id))
        .where(job.c.run_id.in_(run_ids))
        .group_by(job.c.run_id)
    )
    there = and_(artifact.c.run_id.in_(run_ids), artifact.c.blob != "")
    kept = select(artifact.c.run_id, func.sum(artifact.c.stored_size)).where(there).group_by(artifact.c.run_id)
    sizes: dict[int, int] = {}
    for query in (logs, kept):
        for run_id, size in tx.connection.execute(query):
            sizes[run_id] = sizes.get(run_id, 0) + int(size)
    return sizes
