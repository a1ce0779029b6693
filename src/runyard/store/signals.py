"""Tells coroutines that something has changed. A signal carries no data: who is woken reads the store.

`tx.notify(topic)` wakes after the commit everybody subscribed to the topic, on PostgreSQL in every server process of
the database (see `listener`). A topic is a word, often with a number or a text: `("run", run_id)`,
`("repository", repository_id)`, `("log", task_id)`, `("task", task_id)`, `("queue",)`, `("feed",)`, `("tree", name)`.
All methods belong on one event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from types import TracebackType

Topic = tuple[str] | tuple[str, int] | tuple[str, str]
Observer = Callable[[Topic | None], None]


class SignalsClosed(Exception):  # noqa: N818
    """The server is stopping: nobody will be woken any more. Whoever waits should end what it is doing."""


class Wake:
    """A subscription. Level-triggered: a signal since the last `wait` returned is never lost, several count as one."""

    __slots__ = ("_future", "_raised", "_signals", "_topics")

    def __init__(self, signals: Signals, topics: tuple[Topic, ...]) -> None:
        self._signals = signals
        self._topics = topics
        self._raised = False
        self._future: asyncio.Future[bool] | None = None

    def __enter__(self) -> Wake:
        self._signals._enter(self, self._topics)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._signals._leave(self, self._topics)

    async def wait(self, timeout: float | None = None) -> bool:  # noqa: ASYNC109
        """Return True as soon as there was a signal, False when `timeout` seconds have passed without one.

        One coroutine at a time may wait. Raises `SignalsClosed` when the server is stopping.
        """
        if self._signals.closed:
            raise SignalsClosed
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
        if self._signals.closed:
            raise SignalsClosed
        return woken

    def raise_(self) -> None:
        """Note a signal and wake the waiting coroutine, if there is one."""
        future = self._future
        if future is not None and not future.done():
            future.set_result(True)
        else:
            self._raised = True


class Signals:
    """Who waits for what, woken in the order of arrival.

    `first` is called once, on the event loop, before the first subscription counts.
    """

    def __init__(self, first: Callable[[], None] | None = None) -> None:
        self._first = first
        self._subscribers: dict[Topic, dict[Wake, None]] = {}
        self._observers: dict[str, list[Observer]] = {}
        self.closed = False

    def subscribe(self, *topics: Topic) -> Wake:
        """A subscription to use in a `with` block: `with signals.subscribe(("run", 7)) as wake: await wake.wait(30)`.

        Subscribe first, then read: what is committed after the read then wakes.
        """
        return Wake(self, topics)

    def observe(self, word: str, observer: Observer) -> None:
        """Have `observer` called with every topic of this word, before its subscribers are woken.

        It is called with None when signals may have been lost: anything may have changed.
        """
        self._observers.setdefault(word, []).append(observer)

    def publish(self, topic: Topic) -> None:
        """Wake everybody in this process who subscribed to `topic`."""
        for observer in self._observers.get(topic[0], ()):
            observer(topic)
        self._wake(topic)

    def publish_all(self, topics: Iterable[Topic]) -> None:
        """Publish each of the topics."""
        for topic in topics:
            self.publish(topic)

    def resync(self, over: float = 0.0) -> None:
        """Signals of other processes may have been lost: wake everybody, topic by topic within so many seconds."""
        for observers in self._observers.values():
            for observer in observers:
                observer(None)
        if over == 0.0:
            self._wake_everybody()
            return
        loop = asyncio.get_running_loop()
        pause = over / (len(self._subscribers) or 1)
        for number, topic in enumerate(self._subscribers, 1):
            loop.call_later(number * pause, self._wake, topic)

    def close(self) -> None:
        """The server is stopping: everybody who waits, or will, gets `SignalsClosed`."""
        self.closed = True
        self._wake_everybody()

    def listeners(self, topic: Topic) -> int:
        """How many subscriptions a topic has now."""
        return len(self._subscribers.get(topic, ()))

    def _enter(self, wake: Wake, topics: tuple[Topic, ...]) -> None:
        if self._first is not None:
            first, self._first = self._first, None
            first()
        for topic in topics:
            self._subscribers.setdefault(topic, {})[wake] = None

    def _leave(self, wake: Wake, topics: tuple[Topic, ...]) -> None:
        for topic in topics:
            group = self._subscribers.get(topic)
            if group is not None:
                group.pop(wake, None)
                if not group:
                    del self._subscribers[topic]

    def _wake(self, topic: Topic) -> None:
        for wake in self._subscribers.get(topic, ()):
            wake.raise_()

    def _wake_everybody(self) -> None:
        for group in self._subscribers.values():
            for wake in group:
                wake.raise_()


def _expire(future: asyncio.Future[bool]) -> None:
    if not future.done():
        future.set_result(False)
