"""Task logs: lines stored in chunks, acknowledged by their total.

A runner sends rows from an index on and is told how many rows are stored; gaps and repeats change nothing, so it may
always send again from there. An acknowledged line is committed. A log may be bounded: what goes beyond is acknowledged,
so that the runner goes on, and not kept, which the log's last line says.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import msgspec
import zstandard
from sqlalchemy import bindparam, delete, func, select, update

from runyard.store.database import Tx
from runyard.store.errors import Conflict, NotFound
from runyard.store.schema import job, log_chunk, run_hold, task
from runyard.store.statement import Statement, inserting, updating

CHUNK_ROWS = 512
COMPRESSED_FROM = 512
"""Chunks of at least this many bytes are stored as zstd; its magic number cannot begin a msgpack array."""

_MAGIC = b"\x28\xb5\x2f\xfd"


class LogLine(msgspec.Struct, frozen=True):
    """A line of a log: its 0-based index, time in nanoseconds since the epoch, text without line end."""

    index: int
    time_ns: int
    text: str


class LogState(msgspec.Struct, frozen=True):
    """How many lines were stored, whether more may come, and when they were removed (0: they were not)."""

    lines: int
    complete: bool
    expired: int = 0


_STATE = select(task.c.log_lines, task.c.log_complete, task.c.log_expired, task.c.log_bytes).where(
    task.c.id == bindparam("task")
)
_READ_STATE = Statement(_STATE, "task")
_LOCK_STATE = Statement(_STATE.with_for_update(), "task")
_SET_STATE = updating(task, "log_lines log_bytes log_complete", where="id")
_INSERT = inserting(log_chunk, "task_id first count data")
_CHUNKS = Statement(
    select(log_chunk.c.first, log_chunk.c.data)
    .where(
        log_chunk.c.task_id == bindparam("task"),
        log_chunk.c.first
        >= select(func.coalesce(func.max(log_chunk.c.first), 0))
        .where(log_chunk.c.task_id == bindparam("task"), log_chunk.c.first <= bindparam("start"))
        .correlate(None)
        .scalar_subquery(),
        log_chunk.c.first < bindparam("end"),
    )
    .order_by(log_chunk.c.first),
    "task",
    "start",
    "end",
)

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[tuple[int, str]]).decode


def append(
    tx: Tx, task_id: int, index: int, rows: Sequence[tuple[int, str]], no_more: bool = False, most_bytes: int = 0
) -> int:
    """Store the rows that are new and return how many lines need not be sent again; `rows[0]` is line `index`.

    Rows are pairs of time in nanoseconds and text. A gap stores nothing. `no_more` closes the log unless there is a
    gap; a closed log accepts repeats and refuses new rows with Conflict. `most_bytes`: so much text is kept, 0 = all;
    all lines sent to a full log are acknowledged. Raises NotFound.
    """
    state = _LOCK_STATE.first(tx, task_id)
    if state is None:
        raise NotFound(f"There is no task {task_id}.")
    lines: int = state[0]
    complete, size = bool(state[1]), state[3]
    is_full = 0 < most_bytes < size
    if index < 0 or (index > lines and not is_full):
        return lines
    fresh = [] if is_full else rows[lines - index :]
    if fresh and complete:
        raise Conflict("log file has been archived")
    acknowledged = max(lines, index + len(rows))
    if fresh or (no_more and not complete):
        size += sum(len(text.encode("utf-8", "replace")) for _, text in fresh)
        if fresh and 0 < most_bytes < size:
            fresh = _bounded(fresh, size - most_bytes, most_bytes)
        _INSERT.many(tx, _chunks(task_id, lines, fresh))
        _SET_STATE.run(tx, lines + len(fresh), size, complete or no_more, task_id)
    return acknowledged


def _bounded(rows: Sequence[tuple[int, str]], excess: int, most_bytes: int) -> list[tuple[int, str]]:
    """The rows without their last ones, which have `excess` bytes or more, and a line that says so instead of them."""
    kept = list(rows)
    while excess > 0:
        time_ns, text = kept.pop()
        excess -= len(text.encode("utf-8", "replace"))
    notice = f"##[warning]This log is full: the server keeps {most_bytes:,} bytes of a job's log. What follows is lost."
    return [*kept, (time_ns, notice)]


def read(tx: Tx, task_id: int, start: int = 0, limit: int = 1000) -> list[LogLine]:
    """Up to `limit` lines from line `start` on."""
    start = max(start, 0)
    end = start + limit
    lines: list[LogLine] = []
    for first, data in _CHUNKS.all(tx, task_id, start, end):
        rows = _rows(data)
        skipped = max(start - first, 0)
        for offset, (time_ns, text) in enumerate(rows[skipped : end - first], first + skipped):
            lines.append(LogLine(offset, time_ns, text))
    return lines


def length(tx: Tx, task_id: int) -> LogState:
    """How much is stored. Raises NotFound."""
    state = _READ_STATE.first(tx, task_id)
    if state is None:
        raise NotFound(f"There is no task {task_id}.")
    return LogState(state[0], bool(state[1]), state[2])


def expire(tx: Tx, task_ids: Collection[int], at: int) -> int:
    """Remove the logs of tasks that have ended, unless their runs are held; how many were removed."""
    held = select(job.c.id).join_from(run_hold, job, job.c.run_id == run_hold.c.run_id)
    ended = (task.c.id.in_(task_ids), task.c.stopped > 0, task.c.log_expired == 0, task.c.job_id.not_in(held))
    marked = update(task).where(*ended).values(log_expired=at, log_complete=True).returning(task.c.id)
    removed = tx.connection.execute(marked).scalars().all()
    tx.connection.execute(delete(log_chunk).where(log_chunk.c.task_id.in_(removed)))
    return len(removed)


def _chunks(task_id: int, first: int, rows: Sequence[tuple[int, str]]) -> list[tuple[int, int, int, bytes]]:
    chunks = []
    for start in range(0, len(rows), CHUNK_ROWS):
        part = rows[start : start + CHUNK_ROWS]
        chunks.append((task_id, first + start, len(part), _data(part)))
    return chunks


def _data(rows: Sequence[tuple[int, str]]) -> bytes:
    try:
        data = _encode(rows)
    except UnicodeEncodeError:
        data = _encode([(time_ns, text.encode("utf-8", "replace").decode()) for time_ns, text in rows])
    return zstandard.ZstdCompressor(level=1).compress(data) if len(data) >= COMPRESSED_FROM else data


def _rows(data: Any) -> list[tuple[int, str]]:
    raw = bytes(data)
    return _decode(zstandard.ZstdDecompressor().decompress(raw) if raw.startswith(_MAGIC) else raw)
