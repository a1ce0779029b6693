"""Signals between server processes that share a PostgreSQL database, by NOTIFY and LISTEN.

A transaction notifies as its last statement, so that others hear of a change exactly when they can read it. A payload
is JSON: the sender's name, then topics. One thread per process listens. Notifications are lost while its connection is
down, so whenever it has connected everybody in the process looks once. When it has heard nothing for a while it asks
whether the connection still lives, and everybody looks, one after the other: the safety net.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import select
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any

import msgspec
import psycopg
from sqlalchemy import Engine

from runyard.store.signals import Signals, Topic

CHANNEL = "runyard"
NOTIFY = f"SELECT pg_notify('{CHANNEL}', %s)"
PAYLOAD_BYTES = 7900
SILENCE_SECONDS = 30.0
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 2.0

log = logging.getLogger(__name__)
_encode = msgspec.json.Encoder().encode
_decode: Any = msgspec.json.Decoder(tuple[str, list[tuple[int | str, ...]]]).decode


class Listener:
    """Publishes in this process what others have notified. `origin` is the name that this process sends with."""

    def __init__(self, engine: Engine, signals: Signals) -> None:
        self.origin = secrets.token_hex(6)
        self._engine = engine
        self._signals = signals
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._stop_reader, self._stop_writer = socket.socketpair()

    def start(self) -> None:
        """Begin to listen for the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._work, name="store-listener", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread, if it was started. Blocks."""
        self._stop_writer.close()
        if self._thread is not None:
            self._thread.join()
        self._stop_reader.close()

    def payloads(self, topics: Iterable[Topic]) -> Iterator[str]:
        """What to notify so that the others publish these topics: few payloads, each within the database's limit."""
        group: list[Topic] = []
        size = 0
        for topic in topics:
            length = len(_encode(topic)) + 1
            if group and size + length > PAYLOAD_BYTES:
                yield _encode((self.origin, group)).decode()
                group, size = [], 0
            group.append(topic)
            size += length
        if group:
            yield _encode((self.origin, group)).decode()

    def _work(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                arguments, options = self._engine.dialect.create_connect_args(self._engine.url)
                with psycopg.connect(*arguments, **options, autocommit=True) as connection:
                    connection.execute(f"LISTEN {CHANNEL}")
                    self._on_loop(self._signals.resync)
                    pause = FIRST_PAUSE_SECONDS
                    self._listen(connection)
            except Exception as error:
                log.warning("signals of other servers cannot be heard, trying again in %.1f s: %s", pause, error)
            if _readable(pause, self._stop_reader.fileno()):
                return
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    def _listen(self, connection: psycopg.Connection[Any]) -> None:
        """Publish until told to stop. Raises OperationalError when the connection is lost."""
        connection.add_notify_handler(lambda notify: self._heard(notify.payload))
        stop = self._stop_reader.fileno()
        while stop not in (ready := _readable(SILENCE_SECONDS, connection.fileno(), stop)):
            if not ready:
                connection.execute("SELECT 1")
                self._on_loop(self._signals.resync, SILENCE_SECONDS)
                continue
            connection.pgconn.consume_input()
            while (notify := connection.pgconn.notifies()) is not None:
                self._heard(notify.extra.decode())

    def _heard(self, payload: str) -> None:
        origin, topics = _decode(payload)
        if origin != self.origin:
            self._on_loop(self._signals.publish_all, topics)

    def _on_loop(self, function: Callable[..., None], *arguments: Any) -> None:
        assert self._loop is not None
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(function, *arguments)


def _readable(seconds: float, *descriptors: int) -> set[int]:
    """Which of the descriptors can be read (or are closed), after at most so many seconds."""
    poll = select.poll()
    for descriptor in descriptors:
        poll.register(descriptor, select.POLLIN)
    return {descriptor for descriptor, _ in poll.poll(seconds * 1000)}
