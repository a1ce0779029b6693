"""The append-only journal of each run: every change as an event, densely numbered from 1."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import bindparam, literal_column, select

from runyard.kernel.events import Event
from runyard.store.database import Tx
from runyard.store.plain import clean
from runyard.store.schema import journal
from runyard.store.statement import Statement, among, inserting

_encode = msgspec.json.Encoder().encode
decode: Any = msgspec.json.Decoder(Event).decode
"""An event from its payload."""
_APPEND = inserting(journal, "run_id seq at type payload")
_READ = Statement(
    select(journal.c.seq, journal.c.payload)
    .where(journal.c.run_id == bindparam("run_id"), journal.c.seq > bindparam("after"))
    .order_by(journal.c.seq)
    .limit(bindparam("limit")),
    "run_id",
    "after",
    "limit",
)
_FIRSTS = Statement(
    select(journal.c.run_id, journal.c.payload).where(
        among(journal.c.run_id, "runs"), journal.c.seq == literal_column("1")
    ),
    "runs",
)


def read(tx: Tx, run_id: int, after: int = 0, limit: int = 1000) -> list[tuple[int, Event]]:
    """The events of a run with numbers above `after`, in order."""
    return [(seq, decode(payload)) for seq, payload in _READ.all(tx, run_id, after, limit)]


def firsts(tx: Tx, runs: str) -> dict[int, Event]:
    """The events that created runs, by the run's id; `runs` are `numbers`."""
    return {run_id: decode(payload) for run_id, payload in _FIRSTS.all(tx, runs)}


def encode(events: Iterable[Event]) -> list[tuple[Event, str]]:
    """Each event with its payload; text that a database cannot hold is replaced in both (see `clean`)."""
    return [_encoded(event) for event in events]


def append(tx: Tx, appends: Iterable[tuple[int, int, Iterable[tuple[Event, str]]]]) -> None:
    """Write events of different runs: for each the run's id, the number of its last event so far, and the new ones."""
    rows = [
        (run_id, seq, event.at, event.__struct_config__.tag, payload)
        for run_id, after, encoded in appends
        for seq, (event, payload) in enumerate(encoded, after + 1)
    ]
    _APPEND.many(tx, rows)


def _encoded(event: Event) -> tuple[Event, str]:
    try:
        payload = _encode(event)
    except UnicodeEncodeError:
        payload = None
    if payload is None or b"\\u0000" in payload:
        event = _cleaned(event)
        payload = _encode(event)
    return event, payload.decode()


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value) if type(value) is str else value
    if isinstance(value, dict):
        return {_cleaned(key): _cleaned(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_cleaned(item) for item in value)
    if isinstance(value, msgspec.Struct):
        fields = {name: _cleaned(getattr(value, name)) for name in value.__struct_fields__}
        return msgspec.structs.replace(value, **fields)
    return value
