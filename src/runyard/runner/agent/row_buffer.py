"""The rows that the server has not acknowledged: in memory, and on disk when there are many."""

from __future__ import annotations

import os
import struct
import threading
from collections import deque
from itertools import islice
from pathlib import Path
from typing import BinaryIO

Row = tuple[int, str]
"""Time in nanoseconds since the epoch, and text."""

_HEAD = struct.Struct("<QI")


class RowBuffer:
    """A queue, filled by the job's thread and emptied by the event loop. Rows stay until they are dropped.

    Memory holds at most `memory_rows`; what comes while it is full goes to `path`, and from there back in order.
    """

    def __init__(self, path: Path, memory_rows: int = 50_000) -> None:
        self._path = path
        self._memory_rows = memory_rows
        self._lock = threading.Lock()
        self._memory: deque[Row] = deque()
        self._file: BinaryIO | None = None
        self._on_disk = 0
        self._read_position = 0

    def __len__(self) -> int:
        return len(self._memory) + self._on_disk

    def append(self, row: Row) -> None:
        """Add a row at the end."""
        with self._lock:
            if self._on_disk == 0 and len(self._memory) < self._memory_rows:
                self._memory.append(row)
            else:
                self._spill(row)

    def first(self, rows: int, characters: int) -> list[Row]:
        """The oldest rows, at most so many rows and about so many characters, at least one if there is any."""
        with self._lock:
            self._refill()
            batch = list(islice(self._memory, rows))
        total = 0
        for count, (_, text) in enumerate(batch):
            total += len(text)
            if total > characters:
                return batch[: max(1, count)]
        return batch

    def drop(self, count: int) -> None:
        """Forget the oldest rows: the server has them."""
        with self._lock:
            for _ in range(min(count, len(self._memory))):
                self._memory.popleft()

    def close(self) -> None:
        """Remove the file."""
        with self._lock:
            if self._file:
                self._file.close()
                self._file = None
                self._path.unlink(missing_ok=True)

    def _spill(self, row: Row) -> None:
        if not self._file:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.unlink(missing_ok=True)
            self._file = open(self._path, "x+b", opener=_private)  # noqa: SIM115 - Path.open has no opener
        text = row[1].encode()
        self._file.seek(0, 2)
        self._file.write(_HEAD.pack(row[0], len(text)) + text)
        self._on_disk += 1

    def _refill(self) -> None:
        """Bring rows back once half of the memory is free."""
        if not self._file or not self._on_disk or len(self._memory) > self._memory_rows // 2:
            return
        self._file.seek(self._read_position)
        while self._on_disk and len(self._memory) < self._memory_rows:
            time_ns, length = _HEAD.unpack(self._file.read(_HEAD.size))
            self._memory.append((time_ns, self._file.read(length).decode()))
            self._on_disk -= 1
        self._read_position = self._file.tell()
        if not self._on_disk:
            self._file.truncate(0)
            self._read_position = 0


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
