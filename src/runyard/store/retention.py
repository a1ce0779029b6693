"""What is old or too much: found page by page in key order, with sizes; and how a run is removed altogether.

What a repository decides for itself wins over the server's settings. A run on hold is never found, nor what it owns.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy import ColumnElement, and_, delete, func, literal, select, tuple_, update

from runyard.kernel.status import TERMINAL
from runyard.store import feed
from runyard.store.artifacts import ArtifactStatus
from runyard.store.caches import CacheStatus
from runyard.store.database import Tx
from runyard.store.plain import clean, upsert
from runyard.store.schema import artifact, cache, job, log_chunk, repository, retention_policy, run, run_hold, task
from runyard.store.schema import feed as entries

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
_POLICY = tuple(retention_policy.c[name] for name in RetentionPolicy.__struct_fields__)
_HELD = select(run_hold.c.run_id)


def policy(tx: Tx, repository_id: int) -> RetentionPolicy:
    """What the repository decided."""
    found = select(*_POLICY).where(retention_policy.c.repository_id == repository_id)
    row = tx.connection.execute(found).one_or_none()
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
    query = (
        select(repository.c.id, *_POLICY)
        .join_from(repository, retention_policy, retention_policy.c.repository_id == repository.c.id, isouter=True)
        .where(repository.c.id > after)
        .order_by(repository.c.id)
        .limit(limit)
    )
    return [(row[0], RetentionPolicy(*row[1:])) for row in tx.connection.execute(query)]


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
    position = tuple_(task.c.stopped, task.c.id) > tuple_(literal(after[0]), literal(after[1]))
    return _logs(tx, and_(task.c.stopped < before, position), limit=limit)


def logs_of_runs(tx: Tx, repository_id: int, before_run: int, limit: int = 50) -> tuple[list[Due], int | None]:
    """Logs of the repository's runs with ids below `before_run`, newest run first; and the id to go on below."""
    query = select(run.c.id).where(run.c.repository_id == repository_id, run.c.id < before_run)
    run_ids = tx.connection.execute(query.order_by(run.c.id.desc()).limit(limit)).scalars().all()
    found = _logs(tx, job.c.run_id.in_(run_ids))
    return sorted(found, key=lambda due: -due.id), run_ids[-1] if len(run_ids) == limit else None


def _logs(tx: Tx, which: ColumnElement[bool], limit: int | None = None) -> list[Due]:
    size = select(func.coalesce(func.sum(func.length(log_chunk.c.data)), 0)).where(log_chunk.c.task_id == task.c.id)
    query = (
        select(task.c.id, run.c.repository_id, run.c.number, job.c.name, size.scalar_subquery(), task.c.stopped)
        .select_from(task.join(job, job.c.id == task.c.job_id).join(run, run.c.id == job.c.run_id))
        .where(which, task.c.stopped > 0, task.c.log_lines > 0, task.c.log_expired == 0, run.c.id.not_in(_HELD))
        .order_by(task.c.stopped, task.c.id)
        .limit(limit)
    )
    return [Due(*row) for row in tx.connection.execute(query)]


def expired_artifacts(tx: Tx, now: int, after: tuple[int, int] = (0, 0), limit: int = 100) -> list[Due]:
    """Artifacts whose time is over, behind the position `(at, id)`; `at` is when they were to expire."""
    position = tuple_(artifact.c.expires, artifact.c.id) > tuple_(literal(after[0]), literal(after[1]))
    over = and_(artifact.c.expires > 0, artifact.c.expires <= now, position)
    return _artifacts(tx, ArtifactStatus.CONFIRMED, over, (artifact.c.expires, artifact.c.id), limit)


def unfinished_artifacts(tx: Tx, before: int, after: int = 0, limit: int = 100) -> list[Due]:
    """Artifacts whose upload began before a time and never ended, with ids above `after`."""
    old = and_(artifact.c.created < before, artifact.c.id > after)
    return _artifacts(tx, ArtifactStatus.PENDING, old, (artifact.c.id,), limit)


def artifacts_below(tx: Tx, repository_id: int, before: int, limit: int = 100) -> list[Due]:
    """A repository's artifacts with ids below `before`, newest first."""
    which = and_(artifact.c.repository_id == repository_id, artifact.c.id < before)
    return _artifacts(tx, ArtifactStatus.CONFIRMED, which, (artifact.c.id.desc(),), limit)


def _artifacts(
    tx: Tx, status: ArtifactStatus, which: ColumnElement[bool], order: tuple[ColumnElement[int], ...], limit: int
) -> list[Due]:
    at = artifact.c.created if status is ArtifactStatus.PENDING else artifact.c.expires
    query = (
        select(
            artifact.c.id, artifact.c.repository_id, run.c.number, artifact.c.name, artifact.c.stored_size, at
        )
        .join_from(artifact, run, run.c.id == artifact.c.run_id)
        .where(artifact.c.status == int(status), which, run.c.id.not_in(_HELD))
        .order_by(*order)
        .limit(limit)
    )  # fmt: skip
    return [Due(*row) for row in tx.connection.execute(query)]


def caches_by_use(tx: Tx, repository_id: int, before: tuple[int, int] = (END, 0), limit: int = 100) -> list[Due]:
    """A repository's complete cache entries before the position `(used, id)`, last used first; `at` is the use."""
    position = tuple_(cache.c.used, cache.c.id) < tuple_(literal(before[0]), literal(before[1]))
    mine = and_(cache.c.repository_id == repository_id, cache.c.status == int(CacheStatus.READY), position)
    return _caches(tx, mine, (cache.c.used.desc(), cache.c.id.desc()), limit)


def unfinished_caches(tx: Tx, before: int, after: tuple[int, int] = (0, 0), limit: int = 100) -> list[Due]:
    """Cache entries whose upload began before a time and never ended, behind the position `(used, id)`."""
    position = tuple_(cache.c.used, cache.c.id) > tuple_(literal(after[0]), literal(after[1]))
    old = and_(cache.c.status == int(CacheStatus.RESERVED), cache.c.used < before, position)
    return _caches(tx, old, (cache.c.used, cache.c.id), limit)


def _caches(tx: Tx, which: ColumnElement[bool], order: tuple[ColumnElement[int], ...], limit: int) -> list[Due]:
    columns = (cache.c.id, cache.c.repository_id, literal(0), cache.c.key, cache.c.size, cache.c.used)
    return [Due(*row) for row in tx.connection.execute(select(*columns).where(which).order_by(*order).limit(limit))]


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
    query = select(artifact.c.id, artifact.c.blob).where(artifact.c.status >= 3, artifact.c.blob != "")
    return [(row.id, row.blob) for row in tx.connection.execute(query.order_by(artifact.c.id).limit(limit))]


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
