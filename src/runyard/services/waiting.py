"""Runners whose FetchTask is being held, first come first served. Lives on the event loop."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from runyard.services.fleet import KnownRunner


class Fetched(NamedTuple):
    """The answer to a fetch: serialized tasks (often none) with their ids, and the queue's version."""

    tasks: tuple[bytes, ...]
    task_ids: tuple[int, ...]
    tasks_version: int


@dataclass(slots=True, eq=False)
class Waiter:
    """One held fetch. `looked`: the queue as it is now was searched for it in vain.

    `claiming`: a transaction that may give it a task is under way; `over`: its time is up or its client has left.
    """

    runner: KnownRunner
    capacity: int
    request_key: str
    looked: bool
    answer: asyncio.Future[Fetched] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    recovers: bool = True
    claiming: bool = False
    over: bool = False


class WaitingRoom:
    """All held fetches. `tasks_version` is the version of the queue at the last look, 0 = never looked.

    `broken_jobs`: ids of waiting jobs whose run cannot be worked with; they are passed over so that others are served.
    `passed`: ids of those that were passed over at the last look because somebody else was at their run.
    """

    def __init__(self) -> None:
        self.tasks_version = 0
        self.broken_jobs: set[int] = set()
        self.passed: set[int] = set()
        self._waiters: dict[Waiter, None] = {}
        self._by_key: dict[tuple[int, str], Waiter] = {}

    def __len__(self) -> int:
        return len(self._waiters)

    def enter(self, waiter: Waiter) -> bool:
        """Let a fetch wait. An older one with the same request key is ended, as its client has given it up.

        False, and nothing happens, when that one is being given a task at this moment.
        """
        if waiter.request_key:
            place = (waiter.runner.id, waiter.request_key)
            older = self._by_key.get(place)
            if older is not None:
                if older.claiming:
                    return False
                self.end(older)
            self._by_key[place] = waiter
        self._waiters[waiter] = None
        return True

    def leave(self, waiter: Waiter) -> None:
        """The fetch is answered."""
        self._waiters.pop(waiter, None)
        place = (waiter.runner.id, waiter.request_key)
        if self._by_key.get(place) is waiter:
            del self._by_key[place]

    def end(self, waiter: Waiter) -> None:
        """Time is up, or the client has left: answer without a task, unless one is being claimed for it right now."""
        waiter.over = True
        if not waiter.claiming:
            self.answer(waiter, Fetched((), (), self.tasks_version))

    def answer(self, waiter: Waiter, fetched: Fetched) -> None:
        """Answer a fetch; the first answer counts."""
        self.leave(waiter)
        if not waiter.answer.done():
            waiter.answer.set_result(fetched)

    def end_all(self) -> None:
        """The server is stopping."""
        for waiter in list(self._waiters):
            self.end(waiter)

    def everybody(self) -> list[Waiter]:
        """All who wait, oldest first."""
        return list(self._waiters)
