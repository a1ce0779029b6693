"""A pool of threads that run calls, each thread on a session of its own."""

from __future__ import annotations

import queue
import threading
from collections.abc import Sequence
from typing import Protocol

from runyard.store.database import Call, deliver


class Session(Protocol):
    """A connection that runs one call at a time and stays usable. `run` never raises: errors belong to the call."""

    def run(self, call: Call) -> None:
        """Run the call's function in a transaction and store its value, error and callbacks in the call."""

    def close(self) -> None:
        """Give the connection back."""


class Workers:
    """One thread per session; calls are taken in the order of arrival."""

    def __init__(self, name: str, sessions: Sequence[Session]) -> None:
        self._calls: queue.SimpleQueue[Call | None] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=self._work, args=(session,), name=f"{name}-{number}", daemon=True)
            for number, session in enumerate(sessions)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, call: Call) -> None:
        """Queue a call; its future is settled when it has run."""
        self._calls.put(call)

    def stop(self) -> None:
        """Run what is queued, then end the threads. Blocks."""
        for _ in self._threads:
            self._calls.put(None)
        for thread in self._threads:
            thread.join()

    def _work(self, session: Session) -> None:
        while (call := self._calls.get()) is not None:
            if not call.future.cancelled():
                session.run(call)
            deliver((call,))
        session.close()
