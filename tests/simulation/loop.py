"""An event loop whose time is simulated: when nothing is ready, the clock jumps to the next timer."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import sys
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextvars import Context, copy_context
from typing import Any, TypeVar, TypeVarTuple

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

TaskFactory = Callable[..., "asyncio.Task[Any]"]


class Stuck(AssertionError):  # noqa: N818
    """Nothing is ready and no timer is set: whoever still waits would wait for ever."""


class _Handle:
    """A callback that is to be called, unless it is cancelled."""

    __slots__ = ("arguments", "callback", "context")

    def __init__(self, callback: Callable[..., Any], arguments: tuple[Any, ...], context: Context | None) -> None:
        self.callback: Callable[..., Any] | None = callback
        self.arguments = arguments
        self.context = copy_context() if context is None else context

    def cancel(self) -> None:
        """Have it not called."""
        self.callback = None
        self.arguments = ()


class SimulatedLoop(asyncio.AbstractEventLoop):
    """Runs coroutines in simulated time, which starts at 0 seconds; no files, no threads.

    What is ready goes first, in the order in which it became so; then time jumps to the next timer. Timers of one
    moment go in the order in which they were set.
    """

    def __init__(self, task_factory: TaskFactory = asyncio.Task) -> None:
        self.failures: list[dict[str, Any]] = []
        self._now = 0.0
        self._ready: deque[_Handle] = deque()
        self._timers: list[tuple[float, int, _Handle]] = []
        self._numbers = itertools.count()
        self._task_factory = task_factory
        self._context = copy_context()

    def time(self) -> float:
        """Simulated seconds."""
        return self._now

    def run_until_complete(self, future: Any) -> Any:
        """Run a coroutine to its end. Raises Stuck when it will never come."""
        task = self.create_task(future)
        hooks = sys.get_asyncgen_hooks()
        sys.set_asyncgen_hooks(finalizer=self._close_generator)
        asyncio._set_running_loop(self)
        try:
            while not task.done():
                self._step()
        finally:
            asyncio._set_running_loop(None)
            sys.set_asyncgen_hooks(*hooks)
        return task.result()

    def _close_generator(self, generator: AsyncGenerator[Any, Any]) -> None:
        """Nobody will go on with it."""
        self.create_task(generator.aclose())

    def _step(self) -> None:
        """Call all that is ready; if nothing is, jump to the next timer and call that."""
        ready = self._ready
        if not ready:
            if not self._timers:
                raise Stuck("nothing will ever happen again")
            at, _, handle = heapq.heappop(self._timers)
            if handle.callback is None:
                return
            self._now = max(self._now, at)
            ready.append(handle)
        while ready:
            handle = ready.popleft()
            if handle.callback is not None:
                try:
                    handle.context.run(handle.callback, *handle.arguments)
                except Exception as error:
                    self.call_exception_handler({"message": "a callback has failed", "exception": error})

    def call_soon(self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None) -> Any:
        """See asyncio."""
        handle = _Handle(callback, args, context)
        self._ready.append(handle)
        return handle

    def call_later(
        self, delay: float, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> Any:
        """See asyncio."""
        return self.call_at(self._now + delay, callback, *args, context=context)

    def call_at(
        self, when: float, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> Any:
        """See asyncio."""
        handle = _Handle(callback, args, context)
        heapq.heappush(self._timers, (when, next(self._numbers), handle))
        return handle

    def pause(self, seconds: float) -> asyncio.Future[None]:
        """What to await for that long: a cheap `asyncio.sleep`."""
        future: asyncio.Future[None] = asyncio.Future(loop=self)
        handle = _Handle(_wake, (future,), self._context)
        heapq.heappush(self._timers, (self._now + seconds, next(self._numbers), handle))
        return future

    def create_future(self) -> asyncio.Future[Any]:
        """See asyncio."""
        return asyncio.Future(loop=self)

    def create_task(self, coro: Any, **options: Any) -> asyncio.Task[Any]:
        """See asyncio."""
        return self._task_factory(coro, loop=self, **options)

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Note it; whoever runs the loop looks."""
        self.failures.append(context)

    def get_debug(self) -> bool:
        """See asyncio."""
        return False

    def is_running(self) -> bool:
        """See asyncio."""
        return asyncio._get_running_loop() is self

    def is_closed(self) -> bool:
        """See asyncio."""
        return False


def pause(seconds: float) -> Awaitable[None]:
    """What to await for that long, in simulated time or in real time: there it is `asyncio.sleep`."""
    loop = asyncio.get_running_loop()
    return loop.pause(seconds) if isinstance(loop, SimulatedLoop) else asyncio.sleep(seconds)


def _wake(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def run(main: Callable[[SimulatedLoop], Coroutine[Any, Any, T]], task_factory: TaskFactory = asyncio.Task) -> T:
    """Run one coroutine to its end. Fails when a callback or a forgotten task of it has failed."""
    loop = SimulatedLoop(task_factory)  # type: ignore[abstract]
    result: T = loop.run_until_complete(main(loop))
    assert not loop.failures, f"unhandled: {loop.failures}"
    return result
