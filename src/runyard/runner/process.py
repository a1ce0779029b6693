"""Runs programs: output as lines, an end by exit, by timeout or by cancel, and nothing left of the tree that was
stopped.

Every wait is one `poll` over the output pipes, the process descriptor and the interruption: no timer thread, no
polling.
"""

from __future__ import annotations

import contextlib
import enum
import os
import select
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from runyard.runner import process_table
from runyard.runner.lines import LineSink, LineSplitter
from runyard.runner.process_table import Member
from runyard.runner.settings import GracePeriods

_CHUNK = 1 << 16
_KILL_SECONDS = 10.0
_QUIET_SECONDS = 0.2
_LATE_SECONDS = 5.0


class Stop(enum.Enum):
    """How to end a running program."""

    GRACEFULLY = "gracefully"
    NOW = "now"


class Interruption(Protocol):
    """Why a running program may have to end before it wants to."""

    def fileno(self) -> int:
        """A descriptor that becomes readable when `check` may answer something new."""

    def seconds_left(self) -> float | None:
        """Until `check` may answer something new by itself, not below 0; None: never (again)."""

    def check(self) -> Stop | None:
        """What to do now; makes `fileno()` unreadable until the next news."""


class CannotStartError(Exception):
    """The program could not be started; the text is for users."""


@dataclass(frozen=True, slots=True)
class Command:
    """`arguments[0]` is a path. `environment` is the whole environment."""

    arguments: Sequence[str]
    environment: Mapping[str, str]
    directory: str


@dataclass(frozen=True, slots=True)
class Exit:
    """`code` is 128 + N after signal N. `stopped` says that we ended it."""

    code: int
    stopped: bool = False


class _Output:
    """The read end of a pipe and the lines that come out of it."""

    def __init__(self, descriptor: int, sink: LineSink) -> None:
        self.descriptor = descriptor
        self.splitter = LineSplitter(sink)

    def read(self) -> bool:
        """Pass on what is there; False at the end of the stream."""
        data = os.read(self.descriptor, _CHUNK)
        if data:
            self.splitter.feed(data)
            return True
        self.splitter.finish()
        os.close(self.descriptor)
        return False


class Processes:
    """All programs of one job. Not thread-safe: one job, one thread.

    `late` takes what a program that a finished step left in the background still says.
    """

    def __init__(self, tracking_id: str, grace: GracePeriods, late: LineSink) -> None:
        self._tracking_id = tracking_id
        self._grace = grace
        self._late = late
        self._count = 0
        self._outputs: dict[int, _Output] = {}

    def run(self, command: Command, on_line: LineSink, interruption: Interruption) -> Exit:
        """Run to the end. Raises CannotStartError."""
        self._count += 1
        tracking_id = f"{self._tracking_id}_{self._count}"
        child, output = self._start(command, tracking_id, on_line)
        descriptor = os.pidfd_open(child.pid)
        try:
            stop = self._wait(descriptor, interruption)
            if stop:
                self._stop_tree(child.pid, tracking_id, stop, interruption)
                self._wait_gone([descriptor], _KILL_SECONDS, None)
            else:
                self._take_rest(output)
        finally:
            os.close(descriptor)
            if child.poll() is None:
                child.kill()
            code = child.wait()
        if output.descriptor in self._outputs:
            output.splitter.finish()
            output.splitter = LineSplitter(self._late)
        return Exit(code if code >= 0 else 128 - code, stopped=stop is not None)

    def close(self) -> None:
        """Kill what the job left running, and read its last words."""
        self._count += 1
        deadline = time.monotonic() + _KILL_SECONDS
        while (left := process_table.survivors(self._tracking_id)) and time.monotonic() < deadline:
            self._kill(left)
        while self._outputs and self._pump((), 0.0):
            continue
        for output in self._outputs.values():
            output.splitter.finish()
            os.close(output.descriptor)
        self._outputs.clear()

    def _start(self, command: Command, tracking_id: str, sink: LineSink) -> tuple[subprocess.Popen[bytes], _Output]:
        reader, writer = os.pipe()
        try:
            child = subprocess.Popen(
                command.arguments,
                env={**command.environment, process_table.TRACKING_VARIABLE: tracking_id},
                cwd=command.directory,
                stdin=subprocess.DEVNULL,
                stdout=writer,
                stderr=writer,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            os.close(reader)
            raise CannotStartError(
                f"Cannot start '{command.arguments[0]}' with working directory '{command.directory}': "
                f"{getattr(error, 'strerror', None) or error}."
            ) from error
        finally:
            os.close(writer)
        output = _Output(reader, sink)
        self._outputs[reader] = output
        return child, output

    def _wait(self, descriptor: int, interruption: Interruption) -> Stop | None:
        """Until the program ends (None) or has to end."""
        watched = (descriptor, interruption.fileno())
        while True:
            left = interruption.seconds_left()
            ready = self._pump(watched, left)
            if descriptor in ready:
                return None
            news = interruption.fileno() in ready or (left is not None and interruption.seconds_left() == 0)
            if news and (stop := interruption.check()):
                return stop

    def _take_rest(self, output: _Output) -> None:
        """The program ended. Its children may still be writing: wait while they do, not while they only live."""
        deadline = time.monotonic() + _LATE_SECONDS
        wait = 0.0
        while output.descriptor in self._outputs and time.monotonic() < deadline:
            if not self._pump((), wait) and wait:
                return
            wait = _QUIET_SECONDS if output.descriptor in self._outputs else 0.0

    def _stop_tree(self, session: int, tracking_id: str, stop: Stop, interruption: Interruption) -> None:
        stages = [
            (signal.SIGINT, self._grace.interrupt),
            (signal.SIGTERM, self._grace.terminate),
            (signal.SIGKILL, _KILL_SECONDS),
        ]
        for number, seconds in stages:
            if number is not signal.SIGKILL and (stop is Stop.NOW or interruption.check() is Stop.NOW):
                continue
            deadline = time.monotonic() + seconds
            told: set[int] = set()
            while members := process_table.tree_of(session, tracking_id):
                try:
                    for member in members:
                        if member.pid not in told:
                            member.send(number)
                            told.add(member.pid)
                    watch = interruption if number is not signal.SIGKILL else None
                    left = self._wait_gone([one.descriptor for one in members], deadline - time.monotonic(), watch)
                finally:
                    _close(members)
                if left:
                    break
            else:
                return

    def _kill(self, members: list[Member]) -> None:
        try:
            for member in members:
                member.send(signal.SIGKILL)
            self._wait_gone([one.descriptor for one in members], _KILL_SECONDS, None)
        finally:
            _close(members)

    def _wait_gone(self, descriptors: Iterable[int], seconds: float, interruption: Interruption | None) -> bool:
        """Wait for the end of all; True when the time is over first, or when waiting is no longer wanted."""
        living = set(descriptors)
        deadline = time.monotonic() + seconds
        while living:
            left = deadline - time.monotonic()
            if left <= 0:
                return True
            watched = (*living, interruption.fileno()) if interruption else tuple(living)
            ready = self._pump(watched, left)
            living -= ready
            if interruption and interruption.fileno() in ready and interruption.check() is Stop.NOW:
                return True
        return False

    def _pump(self, watched: Iterable[int], seconds: float | None) -> set[int]:
        """Wait for output or for one of `watched`; output is passed on. The descriptors that were ready."""
        poll = select.poll()
        for descriptor in watched:
            poll.register(descriptor, select.POLLIN)
        for descriptor in self._outputs:
            poll.register(descriptor, select.POLLIN)
        ready = set()
        for descriptor, _ in poll.poll(None if seconds is None else max(0, int(seconds * 1000 + 0.999))):
            ready.add(descriptor)
            output = self._outputs.get(descriptor)
            if output and not output.read():
                del self._outputs[descriptor]
        return ready


def _close(members: Iterable[Member]) -> None:
    for member in members:
        with contextlib.suppress(OSError):
            member.close()
