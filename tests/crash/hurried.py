"""An event loop for real files and threads on which time passes quickly: a second of its clock is short."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

SPEED = 30
"""Seconds of the loop's clock in a real one."""


class _Impatient(selectors.DefaultSelector):
    """Waits for files, but not as long as it is told."""

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return super().select(timeout and timeout / SPEED)


class HurriedLoop(asyncio.SelectorEventLoop):
    """Sleeps and timeouts are in seconds of its own clock."""

    def __init__(self) -> None:
        super().__init__(_Impatient())

    def time(self) -> float:
        """Seconds of the loop's clock."""
        return super().time() * SPEED


def run(main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run one coroutine to its end on such a loop. Fails when a callback or a forgotten task of it has failed."""
    failures: list[Any] = []
    with asyncio.Runner(loop_factory=HurriedLoop) as runner:
        runner.get_loop().set_exception_handler(lambda _, context: failures.append(context))
        result = runner.run(main())
    assert not failures, f"unhandled: {failures}"
    return result
