"""Bytes of a pipe become lines of text."""

from __future__ import annotations

import time
from collections.abc import Callable

LineSink = Callable[[int, str], None]
"""Takes a time (nanoseconds since the epoch) and one line without its end."""

LINE_LIMIT = 4 * 1024 * 1024
"""Bytes kept of one line; the rest up to its end is dropped, and the line says so."""

_CUT = f" … [line cut after {LINE_LIMIT // 1024 // 1024} MiB]"


class LineSplitter:
    """Cuts at line feeds, wherever the chunks end; a carriage return before one goes too; wrong UTF-8 becomes
    U+FFFD.
    """

    def __init__(self, sink: LineSink) -> None:
        self._sink = sink
        self._pieces: list[bytes] = []
        self._size = 0
        self._cut = False

    def feed(self, data: bytes) -> None:
        """Take the next bytes; complete lines go to the sink, stamped with the time of now."""
        head, newline, rest = data.rpartition(b"\n")
        if not newline:
            self._keep(data)
            return
        first, newline, head = head.partition(b"\n")
        self._keep(first)
        self._end_line()
        if newline:
            now = time.time_ns()
            for line in head.decode("utf-8", "replace").split("\n"):
                self._sink(now, line.removesuffix("\r"))
        if rest:
            self._keep(rest)

    def finish(self) -> None:
        """The stream ended: what stands after the last line feed is a line too."""
        if self._pieces:
            self._end_line()

    def _keep(self, data: bytes) -> None:
        room = LINE_LIMIT - self._size
        if len(data) > room:
            self._cut = True
            data = data[:room]
        if data:
            self._pieces.append(data)
            self._size += len(data)

    def _end_line(self) -> None:
        text = b"".join(self._pieces).decode("utf-8", "replace").removesuffix("\r")
        if self._cut:
            text += _CUT
        self._pieces.clear()
        self._size = 0
        self._cut = False
        self._sink(time.time_ns(), text)
