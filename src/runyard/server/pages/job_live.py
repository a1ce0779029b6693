"""Following a job: the page's parts when they change, the log's lines as they come.

Event `lines` carries JSON: `step` (its number on the page), `html` (rows) and `total` (lines of the whole log now).
Its id is `row.inside`: the next row, and whether it is inside a group. A client that is far behind gets the newest rows
only and fetches the others when they are looked at.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING

import msgspec

from runyard.server.pages import loglines
from runyard.server.pages.live import Fragments, follow, message
from runyard.server.pages.log_chunks import task_of
from runyard.server.pages.steps import step_views
from runyard.services import show

if TYPE_CHECKING:
    from runyard.services.context import Services
    from runyard.services.show import LogSlice, RunView
    from runyard.store.signals import Topic

LINES_PER_READ = 1000
FAR_BEHIND = 5000


class JobFollower:
    """One client that watches one job. `look` reads the run, `parts` renders the page's parts by id."""

    def __init__(
        self,
        services: Services,
        job: int,
        look: Callable[[], Awaitable[RunView]],
        parts: Callable[[RunView], dict[str, str]],
        row: int,
        inside: bool,
    ) -> None:
        self._services = services
        self._job = job
        self._look = look
        self._parts = parts
        self._row = row
        self._inside = inside
        self._shown = Fragments()
        self._task_id = 0
        self._ended = False

    def resume(self, last_event_id: str) -> None:
        """Go on where a client stopped, as told by its `Last-Event-ID`."""
        row, _, inside = last_event_id.partition(".")
        if row.isascii() and row.isdigit() and len(row) < 16:
            self._row, self._inside = int(row), inside == "1"

    async def messages(self) -> AsyncIterator[str]:
        """Events until the job has ended and its log is delivered."""
        while not self._ended:
            view = await self._look()
            self._task_id = view.task_ids.get(self._job, 0)
            topics: tuple[Topic, ...] = (("run", view.id), ("log", self._task_id))
            async for item in follow(self._services, topics, self._news):
                yield item
        yield message("", event="end")

    async def _news(self) -> tuple[list[str], bool]:
        """What is new; True when the job is over, or when another task's log is to be followed."""
        view = await self._look()
        found: list[str] = []
        changed = self._shown.changes(self._parts(view))
        if changed:
            found.append(message(changed))
        if view.task_ids.get(self._job, 0) != self._task_id:
            return found, True
        while True:
            part = await show.log(self._services, view, self._job, self._row, LINES_PER_READ)
            if part.length - self._row > FAR_BEHIND:
                self._row, self._inside = part.length - LINES_PER_READ, False
                part = await show.log(self._services, view, self._job, self._row, LINES_PER_READ)
            found += self._lines(view, part)
            if self._row >= part.length:
                break
        self._ended = part.complete and view.job(self._job).status.is_terminal
        return found, self._ended

    def _lines(self, view: RunView, part: LogSlice) -> list[str]:
        """Messages for a slice, one for each step that owns some of it."""
        found = []
        for step in step_views(task_of(view, self._job)):
            mine = [line for line in part.lines if step.holds(line.index)]
            if not mine:
                continue
            inside = self._inside and mine[0].index > step.first
            rows = loglines.rows(mine, step=step.number, first=step.first, inside=inside)
            self._row, self._inside = mine[-1].index + 1, rows.inside
            data = {"step": step.number, "html": rows.html, "total": part.length}
            number = f"{self._row}.{int(self._inside)}"
            found.append(message(msgspec.json.encode(data).decode(), event="lines", number=number))
        if part.lines:
            self._row = max(self._row, part.lines[-1].index + 1)
        return found
