"""Short ways to make actions and to read watches."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any, TypeVar

from runyard.store.actions import Action, ActionIdentifier, ActionRepo, RunIdentifier

T = TypeVar("T")
RUN = RunIdentifier("acme", "shop", "production", "r1")
ROOT = ActionIdentifier(RUN, "a0")


class Clock:
    """Milliseconds since the epoch."""

    def __init__(self, now: int = 1_700_000_000_000) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now

    def at(self, seconds: float = 0) -> datetime:
        """The time so many seconds after the clock's."""
        return datetime.fromtimestamp(self.now / 1000 + seconds, UTC)

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.now += int(seconds * 1000)


def child(name: str, run: RunIdentifier = RUN) -> ActionIdentifier:
    """An action of a run."""
    return ActionIdentifier(run, name)


async def make(repo: ActionRepo, name: str = "a0", parent: str | None = None, run: RunIdentifier = RUN, **fields: Any) -> Action:  # fmt: skip  # noqa: E501
    """Create an action."""
    return await repo.create_action(Action(id=ActionIdentifier(run, name), parent_action_name=parent, **fields))


async def take(watch: AsyncIterator[T], count: int) -> list[T]:
    """The next items of a watch, which goes on."""
    async with asyncio.timeout(20):
        return [await anext(watch) for _ in range(count)]


async def close(watch: AsyncIterator[Any]) -> None:
    """End a watch."""
    await watch.aclose()  # type: ignore[attr-defined]
