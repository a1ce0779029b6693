"""A pool of threads that run calls, each thread on a session of its own that may take several at once."""

from __future__ import annotations

import queue
import threading
from collections.abc import Sequence
from typing import Protocol

from runyard.store.database import Call, deliver


class Session(Protocol):
    """Runs up to `most` calls at once on a connection, and stays usable. `run` never raises: errors belong to calls."""

    most: int

    def run(self, calls: Sequence[Call]) -> None:
        """Run the calls' functions in a transaction and store value, error and callbacks in each call."""

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
        going = True
        while going:
            calls, going = self._take(session.most)
            wanted = [call for call in calls if not call.future.cancelled()]
            if wanted:
                session.run(wanted)
            deliver(calls)
        session.close()

    def _take(self, most: int) -> tuple[list[Call], bool]:
        """Wait for a call and take what else waits; False when it is time to end."""
        calls: list[Call] = []
        call = self._calls.get()
        while call is not None:
            calls.append(call)
            if len(calls) == most:
                return calls, True
            try:
                call = self._calls.get_nowait()
            except queue.Empty:
                return calls, True
        return calls, False
