"""A job's log as the job page reads it: by step, and within a step by chunks of 500 lines.

A long log costs no more than what of it is looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runyard.server.pages import loglines
from runyard.server.pages.environment import render
from runyard.services import show

if TYPE_CHECKING:
    from runyard.kernel.state import Task
    from runyard.server.pages.steps import StepView
    from runyard.services.context import Services
    from runyard.services.show import RunView

CHUNK = 500


def task_of(view: RunView, job_number: int) -> Task | None:
    """The dispatch whose log shows a job: of the attempt that ran it."""
    job = view.job(job_number)
    source = job.source_attempt or view.attempt.number
    return view.run.attempts[source - 1].jobs[job_number].task


def last_chunk(step: StepView, total: int) -> int:
    """The number of a step's last chunk when the log has `total` lines."""
    return max(0, step.length(total) - 1) // CHUNK


def is_settled(step: StepView, chunk: int, total: int) -> bool:
    """Whether a chunk is full and will stay as it is."""
    return step.end is not None and (chunk + 1) * CHUNK <= step.length(total)


async def read_chunk(
    services: Services, view: RunView, job_number: int, step: StepView, chunk: int, *, inside: bool = False
) -> loglines.Rows:
    """The lines of a chunk as HTML; `inside`: the chunk before it ends inside a group."""
    start = step.first + chunk * CHUNK
    limit = CHUNK if step.end is None else min(CHUNK, step.end - start)
    if limit <= 0:
        return loglines.Rows("", inside)
    found = await show.log(services, view, job_number, start, limit)
    return loglines.rows(found.lines, step=step.number, first=step.first, inside=inside)


async def open_step(
    services: Services, view: RunView, job_number: int, step: StepView, chunk: int, total: int, job_path: str
) -> tuple[str, bool]:
    """The body of an open step: one chunk with links to its neighbours; and whether it ends inside a group."""
    last = last_chunk(step, total)
    chunk = min(max(0, chunk), last)
    rows = await read_chunk(services, view, job_number, step, chunk)
    text = render(
        "partials/chunk.html",
        rows=rows,
        step=step,
        chunk=chunk,
        earlier=chunk - 1 if chunk > 0 else None,
        later=chunk + 1 if chunk < last else None,
        job_path=job_path,
    )
    return text, rows.inside
