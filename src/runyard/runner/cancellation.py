"""The request to stop a job: made from any thread, noticed by a waiting process at once."""

from __future__ import annotations

import os
import threading
import time


class Cancellation:
    """Two levels: *requested* (steps that want to run after a cancel still do) and *forced* (everything ends now).

    `fileno()` becomes readable at each change of level, so that a wait can include it. Close it with the job.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._closed = False
        self.reason = ""
        self.requested_at: float | None = None
        self.forced = False

    @property
    def requested(self) -> bool:
        """Whether anybody asked for the end of the job."""
        return self.requested_at is not None

    def request(self, reason: str) -> None:
        """Ask for a graceful end; the first reason stays."""
        with self._lock:
            if self.requested_at is None:
                self.requested_at = time.monotonic()
                self.reason = reason
                self._notify()

    def force(self, reason: str) -> None:
        """End everything now, also the steps that run after a cancel."""
        self.request(reason)
        with self._lock:
            if not self.forced:
                self.forced = True
                self._notify()

    def fileno(self) -> int:
        """Readable when the level may have changed; see `drain`."""
        return self._wake

    def drain(self) -> None:
        """Make `fileno()` unreadable until the next change. Look at the level after this, not before."""
        try:
            os.eventfd_read(self._wake)
        except BlockingIOError:
            return

    def close(self) -> None:
        """Release the descriptor; later requests only set the level."""
        with self._lock:
            if not self._closed:
                self._closed = True
                os.close(self._wake)

    def _notify(self) -> None:
        if not self._closed:
            os.eventfd_write(self._wake, 1)
