"""Removing what is old or too much: runs, logs, artifacts and caches, as the settings and the repositories say.

Everything is found page by page and removed page by page, each in a short transaction; what cannot be removed yet is
found again the next time. A dry run finds the same and removes nothing.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from runyard.services.blob_files import remove_blobs
from runyard.services.retention_policy import Keep, keep_of
from runyard.store import artifacts, caches, leader, logs, retention
from runyard.store.artifacts import ArtifactStatus
from runyard.store.caches import CacheStatus
from runyard.store.retention import END, Due

if TYPE_CHECKING:
    from runyard.services.context import Services
    from runyard.store import Tx

DAY = 24 * 3600 * 1000
UNFINISHED = DAY
"""How long an upload may take, in milliseconds."""

LEAD = 3600 * 1000
SHOWN = 1000
"""So many items are named in a report; all are counted."""

REPOSITORIES = 100
"""So many are read at once."""

Kind = Literal["run", "log", "artifact", "cache"]

Keeps = Mapping[int, Keep]
"""What holds by repository id."""


@dataclass(frozen=True, slots=True)
class Going:
    """Something that goes, and why."""

    kind: Kind
    due: Due
    reason: str


@dataclass(slots=True)
class Report:
    """What went, or in a dry run would go: how many of each kind and their bytes, and the first items by name."""

    counts: dict[str, int] = field(default_factory=dict)
    bytes: dict[str, int] = field(default_factory=dict)
    items: list[Going] = field(default_factory=list)

    def add(self, found: Sequence[Going]) -> None:
        """Count a page."""
        for each in found:
            self.counts[each.kind] = self.counts.get(each.kind, 0) + 1
            self.bytes[each.kind] = self.bytes.get(each.kind, 0) + each.due.bytes
        self.items += found[: SHOWN - len(self.items)]


async def run_retention(services: Services) -> None:
    """Remove what is due again and again, until cancelled; one server process of several does it."""
    if services.settings.retention_hours <= 0:
        await asyncio.Event().wait()
    holder = secrets.token_hex(8)
    while True:
        now = services.clock()
        if await services.database.write(lambda tx, at=now: leader.lead(tx, "retention", holder, at, at + LEAD)):  # type: ignore[misc]
            await retain(services)
            await services.database.write(lambda tx: leader.resign(tx, "retention", holder))
        await asyncio.sleep(services.settings.retention_hours * 3600)


async def retain(services: Services, *, dry_run: bool = False) -> Report:
    """Find what is due and, unless it is a dry run, remove it.

    In a dry run logs and artifacts of runs that would go are counted with their runs, and again for themselves if they
    are due for themselves.
    """
    report = Report()
    keeps = await _keeps(services)
    for find, remove in (
        (_runs, _remove_runs),
        (_logs, _remove_logs),
        (_artifacts, _expire_artifacts),
        (_artifact_uploads, _fail_artifacts),
        (_caches, _remove_caches),
        (_cache_uploads, _fail_caches),
    ):
        async for page in find(services, keeps):
            report.add(page)
            if not dry_run and page:
                await remove(services, [each.due.id for each in page])
    if not dry_run:
        await _remove_bytes(services)
    return report


async def _keeps(services: Services) -> Keeps:
    """What holds for each repository."""
    keeps: dict[int, Keep] = {}
    after: int | None = 0
    while after is not None:
        page = await services.database.read(lambda tx, at=after: retention.repositories_after(tx, at, REPOSITORIES))  # type: ignore[misc]
        keeps |= {repository_id: keep_of(services.settings, policy) for repository_id, policy in page}
        after = page[-1][0] if len(page) == REPOSITORIES else None
    return keeps


async def _runs(services: Services, keeps: Keeps) -> AsyncIterator[list[Going]]:
    """Runs that ended long ago, and those beyond the newest so many."""
    for repository_id, keep in keeps.items():
        if not keep.run_days and not keep.run_count:
            continue
        before = services.clock() - keep.run_days * DAY if keep.run_days else 0
        too_many = 0
        if keep.run_count:
            too_many = await services.database.read(
                lambda tx, of=repository_id, count=keep.run_count: retention.newest_but(tx, of, count)  # type: ignore[misc]
            )
        after: int | None = 0
        while after is not None:
            due, after = await services.database.read(
                lambda tx, of=repository_id, old=before, many=too_many, at=after: retention.ended_runs(  # type: ignore[misc]
                    tx, of, before=old, up_to=many, after=at
                )
            )
            yield [
                Going("run", each, _age(keep.run_days) if each.at < before else f"beyond {keep.run_count} runs")
                for each in due
            ]


async def _logs(services: Services, keeps: Keeps) -> AsyncIterator[list[Going]]:
    """Logs that are old, then those beyond a repository's share, newest kept."""
    shortest = min((keep.log_days for keep in keeps.values() if keep.log_days), default=0)
    if shortest:
        async for page in _pages(
            services, lambda tx, after: retention.old_logs(tx, services.clock() - shortest * DAY, after)
        ):
            yield [
                Going("log", each, _age(limit))
                for each in page
                if (keep := keeps.get(each.repository_id))
                and (limit := keep.log_days)
                and each.at < services.clock() - limit * DAY
            ]
    for repository_id, keep in keeps.items():
        below: int | None = END
        kept = 0
        while keep.log_bytes and below is not None:
            due, below = await services.database.read(
                lambda tx, of=repository_id, at=below: retention.logs_of_runs(tx, of, at)  # type: ignore[misc]
            )
            over, kept = _beyond(due, kept, keep.log_bytes)
            yield [Going("log", each, _size("logs", keep.log_bytes)) for each in over]


async def _artifacts(services: Services, keeps: Keeps) -> AsyncIterator[list[Going]]:
    """Artifacts whose time is over, then those beyond a repository's share, newest kept."""
    now = services.clock()
    async for page in _pages(services, lambda tx, after: retention.expired_artifacts(tx, now, after)):
        yield [Going("artifact", each, "expired") for each in page]
    for repository_id, keep in keeps.items():
        below, kept = END, 0
        while keep.artifact_bytes and (
            found := await services.database.read(
                lambda tx, of=repository_id, at=below: retention.artifacts_below(tx, of, at)  # type: ignore[misc]
            )
        ):
            over, kept = _beyond(found, kept, keep.artifact_bytes)
            yield [Going("artifact", each, _size("artifacts", keep.artifact_bytes)) for each in over]
            below = found[-1].id


async def _artifact_uploads(services: Services, _: Keeps) -> AsyncIterator[list[Going]]:
    before, after = services.clock() - UNFINISHED, 0
    while found := await services.database.read(
        lambda tx, at=after: retention.unfinished_artifacts(tx, before, at)  # type: ignore[misc]
    ):
        yield [Going("artifact", each, "never uploaded completely") for each in found]
        after = found[-1].id


async def _caches(services: Services, keeps: Keeps) -> AsyncIterator[list[Going]]:
    """Cache entries that were not used for long, and those beyond a repository's share, last used kept."""
    now = services.clock()
    for repository_id, keep in keeps.items():
        before = now - keep.cache_days * DAY if keep.cache_days else 0
        position, kept = (END, 0), 0
        while found := await services.database.read(
            lambda tx, of=repository_id, at=position: retention.caches_by_use(tx, of, at)  # type: ignore[misc]
        ):
            unused = [each for each in found if each.at < before]
            over, kept = _beyond([each for each in found if each.at >= before], kept, keep.cache_bytes)
            yield [Going("cache", each, f"not used for {keep.cache_days} days") for each in unused] + [
                Going("cache", each, _size("caches", keep.cache_bytes)) for each in over
            ]
            position = (found[-1].at, found[-1].id)


async def _cache_uploads(services: Services, _: Keeps) -> AsyncIterator[list[Going]]:
    before = services.clock() - UNFINISHED
    async for page in _pages(services, lambda tx, after: retention.unfinished_caches(tx, before, after)):
        yield [Going("cache", each, "never uploaded completely") for each in page]


async def _pages(services: Services, find: Callable[[Tx, tuple[int, int]], list[Due]]) -> AsyncIterator[list[Due]]:
    """All pages of a finder that goes on behind a position `(at, id)`."""
    after = (0, 0)
    while page := await services.database.read(lambda tx, at=after: find(tx, at)):  # type: ignore[misc]
        yield page
        after = (page[-1].at, page[-1].id)


def _beyond(found: Sequence[Due], kept: int, limit: int) -> tuple[list[Due], int]:
    """Those that come after `limit` bytes are full (0: none), and how many bytes there are with these."""
    over = []
    for each in found:
        kept += each.bytes
        if limit and kept > limit:
            over.append(each)
    return over, kept


async def _remove_runs(services: Services, ids: list[int]) -> None:
    await services.database.write(lambda tx: retention.give_up_artifacts(tx, ids, services.clock()))
    await _remove_bytes(services)
    await services.database.write(lambda tx: retention.remove_runs(tx, ids))


async def _remove_logs(services: Services, ids: list[int]) -> None:
    await services.database.write(lambda tx: logs.expire(tx, ids, services.clock()))


async def _expire_artifacts(services: Services, ids: list[int]) -> None:
    await services.database.write(lambda tx: artifacts.move_all(tx, ids, ArtifactStatus.EXPIRED, services.clock()))


async def _fail_artifacts(services: Services, ids: list[int]) -> None:
    await services.database.write(lambda tx: artifacts.move_all(tx, ids, ArtifactStatus.ERROR, services.clock()))


async def _remove_caches(services: Services, ids: list[int]) -> None:
    await services.database.write(lambda tx: caches.doom(tx, ids))


async def _fail_caches(services: Services, ids: list[int]) -> None:
    await services.database.write(lambda tx: caches.doom(tx, ids, status=CacheStatus.RESERVED))


async def _remove_bytes(services: Services) -> None:
    """Remove the bytes that no row needs any more; rows say so afterwards."""
    while gone := await services.database.read(retention.artifact_bytes):
        await remove_blobs(services, [blob for _, blob in gone])
        ids = [each for each, _ in gone]
        await services.database.write(
            lambda tx, ids=ids: retention.artifact_bytes_removed(tx, ids, services.clock())  # type: ignore[misc]
        )
    while doomed := await services.database.read(caches.doomed):
        await remove_blobs(services, [each.blob for each in doomed])
        ids = [each.id for each in doomed]
        await services.database.write(lambda tx, ids=ids: caches.remove(tx, ids))  # type: ignore[misc]


def _age(days: int) -> str:
    return f"older than {days} days"


def _size(what: str, limit: int) -> str:
    return f"the repository's {what} exceed {limit} bytes"
