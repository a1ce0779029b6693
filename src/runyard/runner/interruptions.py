"""Why the step that runs now may have to end: a cancel, the job's time, its own time, or that of a step around it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from runyard.runner.cancellation import Cancellation
from runyard.runner.process import Stop


@dataclass(slots=True, eq=False)
class Frame:
    """One running step. `wanted` tells whether it goes on after a cancel; `deadline` is monotonic time."""

    wanted: Callable[[], bool]
    deadline: float | None
    expired: bool = False


class Interruptions:
    """The interruption that every program of a job waits with. Times are seconds, floats."""

    def __init__(self, cancel: Cancellation, timeout: float, cancel_timeout: float) -> None:
        self._cancel = cancel
        self.timeout = timeout
        self._cancel_timeout = cancel_timeout
        self._deadline = time.monotonic() + timeout
        self._frames: list[Frame] = []
        self.timed_out = False

    @contextmanager
    def frame(self, wanted: Callable[[], bool], seconds: float | None = None) -> Iterator[Frame]:
        """A step runs inside this block; `seconds` is its own limit."""
        frame = Frame(wanted, None if seconds is None else time.monotonic() + seconds)
        self._frames.append(frame)
        try:
            yield frame
        finally:
            self._frames.remove(frame)

    def fileno(self) -> int:
        """Readable when somebody cancelled."""
        return self._cancel.fileno()

    def seconds_left(self) -> float | None:
        """Until the next of all limits."""
        limits = [frame.deadline for frame in self._frames if frame.deadline is not None]
        if self._cancel.requested_at is None:
            limits.append(self._deadline)
        elif not self._cancel.forced:
            limits.append(self._cancel.requested_at + self._cancel_timeout)
        return max(0.0, min(limits) - time.monotonic()) if limits else None

    def check(self) -> Stop | None:
        """Look at clock and cancel, and at the conditions of the running steps after a cancel."""
        self._cancel.drain()
        now = time.monotonic()
        if not self._cancel.requested and now >= self._deadline:
            self.timed_out = True
            self._cancel.request("the job takes too long")
        if self._cancel.requested_at is not None and now >= self._cancel.requested_at + self._cancel_timeout:
            self._cancel.force("the steps after the cancel take too long")
        if self._cancel.forced:
            return Stop.NOW
        late = [frame for frame in self._frames if frame.deadline is not None and now >= frame.deadline]
        for frame in late:
            frame.expired = True
        if late or (self._cancel.requested and not all(frame.wanted() for frame in self._frames)):
            return Stop.GRACEFULLY
        return None
