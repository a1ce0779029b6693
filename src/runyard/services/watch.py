"""Following a run's journal or a log while it grows. Woken by the hub, read from the store: every item once, in order.

A follower that goes away and comes back continues from the number it saw last.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from runyard.services.show import LogSlice, read_log, shown_task_id
from runyard.store import journal, runs

if TYPE_CHECKING:
    from runyard.kernel.events import Event
    from runyard.services.context import Services
    from runyard.store import Tx

_EVENTS_PER_READ = 500
_LINES_PER_READ = 1000
_PAUSE_SECONDS = 0.02
"""Between two reads of one follower: what moves fast is told in batches. The first news after a silence is not held."""


async def run(services: Services, run_id: int, after: int = 0) -> AsyncIterator[list[tuple[int, Event]]]:
    """The events of a run with sequence numbers above `after`; ends when the run is finished and all were delivered.
    Lists are never empty.
    """

    def next_events(tx: Tx) -> tuple[list[tuple[int, Event]], bool]:
        finished = runs.load(tx, run_id).status.is_terminal
        return journal.read(tx, run_id, after, _EVENTS_PER_READ), finished

    with services.hub.subscribe(("run", run_id)) as wake:
        while True:
            batch, finished = await services.database.read(next_events)
            if batch:
                yield batch
                after = batch[-1][0]
            if len(batch) == _EVENTS_PER_READ:
                continue
            if finished:
                return
            if batch:
                await asyncio.sleep(_PAUSE_SECONDS)
            await wake.wait()


async def _log(services: Services, run_id: int, task_id: int, start: int) -> AsyncIterator[LogSlice]:
    """The lines of a task's log from row `start`; ends when the log is complete, or its task has ended, and all lines
    were delivered. Slices are never empty.
    """

    def next_lines(tx: Tx) -> LogSlice:
        return read_log(tx, task_id, start, _LINES_PER_READ)

    with services.hub.subscribe(("log", task_id), ("run", run_id)) as wake:
        while True:
            part = await services.database.read(next_lines)
            if part.lines:
                yield part
                start = part.lines[-1].index + 1
            if start < part.length:
                continue
            if part.complete:
                return
            if part.lines:
                await asyncio.sleep(_PAUSE_SECONDS)
            await wake.wait()


async def job_log(services: Services, run_id: int, attempt: int, job: int, start: int = 0) -> AsyncIterator[LogSlice]:
    """The log of a job of an attempt, from row `start`, until it is complete; waits for the job to be given away.

    A carried-over job has the log of the attempt that ran it; one that ended without a runner has none.
    """
    task_id = await _task_of(services, run_id, attempt, job)
    if task_id is not None:
        async for part in _log(services, run_id, task_id, start):
            yield part


async def _task_of(services: Services, run_id: int, attempt: int, job: int) -> int | None:
    def look(tx: Tx) -> tuple[int | None, bool]:
        state = runs.load(tx, run_id)
        shown = state.attempts[attempt - 1].jobs[job]
        return shown_task_id(tx, run_id, state, attempt, job), shown.status.is_terminal

    with services.hub.subscribe(("run", run_id)) as wake:
        while True:
            task_id, ended = await services.database.read(look)
            if task_id is not None or ended:
                return task_id
            await wake.wait()
