"""Following a run, the runs of a repository or a log while they change: every item once, in order (`store.watches`).

A follower that goes away and comes back continues from the number it saw last.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING

from runyard.services.access import may_read
from runyard.services.show import LogSlice, read_log, shown_task_id, visible_runs
from runyard.store import repositories, runs, watches
from runyard.store.feed import Cursor as Cursor
from runyard.store.feed import Entry as Entry
from runyard.store.feed import parse_cursor as parse_cursor
from runyard.store.signals import SignalsClosed as SignalsClosed
from runyard.store.watches import Change as Change
from runyard.store.watches import FeedPosition, Found
from runyard.store.watches import Resync as Resync
from runyard.store.watches import RunsSnapshot as RunsSnapshot
from runyard.store.watches import Snapshot as Snapshot

if TYPE_CHECKING:
    from runyard.services.context import Services
    from runyard.services.identity import Identity
    from runyard.store import Tx
    from runyard.store.repositories import Repository
    from runyard.store.run_list import RunSummary
    from runyard.store.signals import Topic
    from runyard.store.watches import FeedItem, RunItem

_LINES_PER_READ = 1000
_SNAPSHOT_RUNS = 100


def run(services: Services, run_id: int, after: int | None = 0) -> AsyncGenerator[Sequence[RunItem], None]:
    """The events of a run with sequence numbers above `after`; ends when the run is finished and all were delivered.

    None begins with a snapshot; so does a position behind which events have been removed, after a `Resync`.
    """

    def read(tx: Tx, position: int | None) -> Found[int | None, RunItem]:
        return watches.of_run(tx, run_id, position)

    return watches.follow(services.database, (("run", run_id),), after, read)


def repository_runs(
    services: Services, identity: Identity, repository: Repository, after: Cursor | None = None
) -> AsyncGenerator[Sequence[FeedItem], None]:
    """What happens to the runs of a repository behind `after`, without end; None begins with a snapshot.

    What the caller may no longer read is left out.
    """

    def newest(tx: Tx) -> Sequence[RunSummary]:
        return runs.list(tx, repository_ids=[repository.id], limit=_SNAPSHOT_RUNS)

    return _feed(services, identity, ("repository", repository.id), repository.id, newest, after)


def all_runs(
    services: Services, identity: Identity, after: Cursor | None = None
) -> AsyncGenerator[Sequence[FeedItem], None]:
    """What happens to all runs that the caller may see, as in `repository_runs`."""

    def newest(tx: Tx) -> Sequence[RunSummary]:
        return visible_runs(tx, identity, _SNAPSHOT_RUNS)

    return _feed(services, identity, ("feed",), None, newest, after)


def _feed(
    services: Services,
    identity: Identity,
    topic: Topic,
    repository_id: int | None,
    newest: Callable[[Tx], Sequence[RunSummary]],
    after: Cursor | None,
) -> AsyncGenerator[Sequence[FeedItem], None]:
    def visible(tx: Tx, repository_id: int) -> bool:
        return may_read(identity, repositories.by_id(tx, repository_id))

    def read(tx: Tx, position: FeedPosition) -> Found[FeedPosition, FeedItem]:
        return watches.of_feed(tx, position, repository_id=repository_id, visible=visible, newest=newest)

    return watches.follow(services.database, (topic,), FeedPosition(after, {}), read)


def _log(services: Services, run_id: int, task_id: int, start: int) -> AsyncGenerator[Sequence[LogSlice], None]:
    """The lines of a task's log from row `start`; ends when the log is complete, or its task has ended, and all lines
    were delivered. Slices are never empty.
    """

    def read(tx: Tx, position: int) -> Found[int, LogSlice]:
        part = read_log(tx, task_id, position, _LINES_PER_READ)
        end = part.lines[-1].index + 1 if part.lines else position
        return Found([part] if part.lines else [], end, more=end < part.length, ended=part.complete)

    return watches.follow(services.database, (("log", task_id), ("run", run_id)), start, read)


async def job_log(services: Services, run_id: int, attempt: int, job: int, start: int = 0) -> AsyncIterator[LogSlice]:
    """The log of a job of an attempt, from row `start`, until it is complete; waits for the job to be given away.

    A carried-over job has the log of the attempt that ran it; one that ended without a runner has none.
    """
    task_id = await _task_of(services, run_id, attempt, job)
    if task_id is not None:
        async with aclosing(_log(services, run_id, task_id, start)) as slices:
            async for parts in slices:
                for part in parts:
                    yield part


async def _task_of(services: Services, run_id: int, attempt: int, job: int) -> int | None:
    def look(tx: Tx) -> tuple[int | None, bool]:
        state = runs.load(tx, run_id)
        shown = state.attempts[attempt - 1].jobs[job]
        return shown_task_id(tx, run_id, state, attempt, job), shown.status.is_terminal

    with services.database.signals.subscribe(("run", run_id)) as wake:
        while True:
            task_id, ended = await services.database.read(look)
            if task_id is not None or ended:
                return task_id
            await wake.wait()
