"""Schedules: workflow files that start by the clock, as they were when last pushed, each with its times.

A spec is a cron line in a time zone; `next` is when it is due, 0 = never.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import bindparam, delete, insert, select, update

from runyard.store.database import Tx
from runyard.store.plain import clean
from runyard.store.schema import schedule, schedule_spec
from runyard.store.statement import Statement


class Spec(msgspec.Struct, frozen=True):
    """One cron line. Empty `time_zone`: UTC. `previous`: when it was due last, 0 = not yet."""

    spec: str
    time_zone: str = ""
    next: int = 0
    previous: int = 0


class Schedule(msgspec.Struct, frozen=True):
    """A workflow file (path and text at `sha` of the complete `ref`) with its cron lines; `actor` pushed it."""

    workflow: str
    title: str
    ref: str
    sha: str
    actor: str
    source: str
    created: int
    specs: tuple[Spec, ...]


class DueSpec(msgspec.Struct, frozen=True):
    """A cron line whose time has come."""

    id: int
    repository_id: int
    schedule_id: int
    workflow: str
    spec: str
    time_zone: str
    next: int


_FIXED = ("workflow", "title", "ref", "sha", "actor", "source", "created")
_DUE = Statement(
    select(
        schedule_spec.c.id,
        schedule.c.repository_id,
        schedule.c.id,
        schedule.c.workflow,
        schedule_spec.c.spec,
        schedule_spec.c.time_zone,
        schedule_spec.c.next,
    )
    .join_from(schedule_spec, schedule, schedule.c.id == schedule_spec.c.schedule_id)
    .where(schedule_spec.c.next > 0, schedule_spec.c.next <= bindparam("now"), schedule_spec.c.id > bindparam("after"))
    .order_by(schedule_spec.c.id)
    .limit(bindparam("limit")),
    "now",
    "after",
    "limit",
)
_NEXT = Statement(select(schedule_spec.c.next).where(schedule_spec.c.next > 0).order_by(schedule_spec.c.next).limit(1))


def replace(tx: Tx, repository_id: int, schedules: Sequence[Schedule]) -> None:
    """Have exactly these schedules, one for each workflow; a cron line that stays keeps when it was due last."""
    lasted = {
        (each.workflow, spec.spec, spec.time_zone): spec.previous
        for each in list(tx, repository_id)
        for spec in each.specs
    }
    tx.connection.execute(delete(schedule).where(schedule.c.repository_id == repository_id))
    for each in schedules:
        values = {name: getattr(each, name) for name in _FIXED}
        fixed = {name: clean(value) if isinstance(value, str) else value for name, value in values.items()}
        made = insert(schedule).values(repository_id=repository_id, **fixed).returning(schedule.c.id)
        schedule_id = tx.connection.execute(made).scalar_one()
        for spec in dict.fromkeys(each.specs):
            previous = lasted.get((each.workflow, spec.spec, spec.time_zone), spec.previous)
            fields = {"spec": spec.spec, "time_zone": spec.time_zone, "next": spec.next, "previous": previous}
            tx.connection.execute(insert(schedule_spec).values(schedule_id=schedule_id, **fields))


def list(tx: Tx, repository_id: int) -> Sequence[Schedule]:
    """A repository's schedules by workflow; there are as many as it has such files."""
    query = select(schedule).where(schedule.c.repository_id == repository_id).order_by(schedule.c.workflow)
    rows = tx.connection.execute(query).all()
    columns = (schedule_spec.c[name] for name in ("schedule_id", *Spec.__struct_fields__))
    of_these = schedule_spec.c.schedule_id.in_([row.id for row in rows])
    specs: dict[int, tuple[Spec, ...]] = {}
    for schedule_id, *fields in tx.connection.execute(select(*columns).where(of_these).order_by(schedule_spec.c.id)):
        specs[schedule_id] = (*specs.get(schedule_id, ()), Spec(*fields))
    return [_schedule(row, specs.get(row.id, ())) for row in rows]


def due(tx: Tx, now: int, *, after: int = 0, limit: int = 50) -> Sequence[DueSpec]:
    """Cron lines whose time has come, with ids above `after`, so that one that fails holds up no other."""
    return [DueSpec(*row) for row in _DUE.all(tx, now, after, limit)]


def next_due(tx: Tx) -> int | None:
    """When the next cron line is due; None: none ever is."""
    row = _NEXT.first(tx)
    return None if row is None else row[0]


def advance(tx: Tx, due: DueSpec, following: int) -> bool:
    """The cron line was served and is due again then (0: never). False: somebody else served it, or it is gone."""
    same = (schedule_spec.c.id == due.id, schedule_spec.c.next == due.next)
    moved = update(schedule_spec).where(*same).values(previous=due.next, next=following)
    return tx.connection.execute(moved).rowcount == 1


def _schedule(row: Any, specs: tuple[Spec, ...]) -> Schedule:
    fields: dict[str, Any] = {name: getattr(row, name) for name in _FIXED} | {"specs": specs}
    return Schedule(**fields)
