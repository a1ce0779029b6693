"""Tells coroutines of this process that something has changed. It carries no data: who is woken reads the store.

Topics are tuples: `("run", run_id)`, `("repository", repository_id)`, `("log", task_id)`, `("task", task_id)`,
`("queue",)`. All calls belong on the event loop.
"""

from __future__ import annotations

import asyncio
from types import TracebackType

Topic = tuple[str, int] | tuple[str]


class HubClosed(Exception):  # noqa: N818
    """The server is stopping: nobody will be woken any more. Whoever waits should end what it is doing."""


class Wake:
    """A subscription. Level-triggered: a publish since the last `wait` returned is never lost, several count as one."""

    __slots__ = ("_future", "_hub", "_raised", "_topics")

    def __init__(self, hub: Hub, topics: tuple[Topic, ...]) -> None:
        self._hub = hub
        self._topics = topics
        self._raised = False
        self._future: asyncio.Future[bool] | None = None

    def __enter__(self) -> Wake:
        for topic in self._topics:
            self._hub._subscribers.setdefault(topic, set()).add(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        subscribers = self._hub._subscribers
        for topic in self._topics:
            group = subscribers.get(topic)
            if group is not None:
                group.discard(self)
                if not group:
                    del subscribers[topic]

    async def wait(self, timeout: float | None = None) -> bool:  # noqa: ASYNC109
        """Return True as soon as something was published, False when `timeout` seconds have passed without it.

        One coroutine at a time may wait. Raises `HubClosed` when the server is stopping.
        """
        if self._hub.closed:
            raise HubClosed
        if self._raised:
            self._raised = False
            return True
        loop = asyncio.get_running_loop()
        future: asyncio.Future[bool] = loop.create_future()
        self._future = future
        timer = None if timeout is None else loop.call_later(timeout, _expire, future)
        try:
            woken = await future
        finally:
            self._future = None
            if timer is not None:
                timer.cancel()
        if self._hub.closed:
            raise HubClosed
        return woken

    def raise_(self) -> None:
        """Note a publish and wake the waiting coroutine, if there is one."""
        future = self._future
        if future is not None and not future.done():
            future.set_result(True)
        else:
            self._raised = True


class Hub:
    """Who waits for what."""

    def __init__(self) -> None:
        self._subscribers: dict[Topic, set[Wake]] = {}
        self.closed = False

    def publish(self, topic: Topic) -> None:
        """Wake everybody who subscribed to `topic`."""
        for wake in self._subscribers.get(topic, ()):
            wake.raise_()

    def subscribe(self, *topics: Topic) -> Wake:
        """A subscription to use in a `with` block: `with hub.subscribe(("run", 7)) as wake: await wake.wait(30)`."""
        return Wake(self, topics)

    def close(self) -> None:
        """The server is stopping: everybody who waits, or will, gets `HubClosed`."""
        self.closed = True
        for topic in list(self._subscribers):
            self.publish(topic)

    def listeners(self, topic: Topic) -> int:
        """How many subscriptions a topic has now."""
        return len(self._subscribers.get(topic, ()))


def _expire(future: asyncio.Future[bool]) -> None:
    if not future.done():
        future.set_result(False)
