"""The jobs that wait for a runner, in a narrow table of their own, keyed by the set of labels they ask for.

A job fits a runner that has all its labels, compared without case; a job without labels fits every runner.
"""

from __future__ import annotations

import functools
import heapq
from collections.abc import Collection, Sequence
from itertools import islice
from operator import attrgetter
from typing import Any

import msgspec
from sqlalchemy import and_, bindparam, func, select
from sqlalchemy.dialects.postgresql import insert

from runyard.store.database import Tx
from runyard.store.queue_version import NAME
from runyard.store.references import JobRef
from runyard.store.schema import counter, label_set, queue
from runyard.store.statement import Statement, among, deleting, inserting, numbers

_decode = msgspec.json.Decoder(frozenset[str]).decode


_REF = (queue.c.job_id, queue.c.run_id, queue.c.repository_id, queue.c.attempt, queue.c.job)


def _distinct_label_sets() -> Statement:
    """The label sets that jobs wait with: one index step per set, however many jobs wait."""
    heads = select(func.min(queue.c.label_set_id).label("id")).cte("heads", recursive=True)
    following = select(func.min(queue.c.label_set_id)).where(queue.c.label_set_id > heads.c.id).scalar_subquery()
    heads = heads.union_all(select(following).where(heads.c.id.is_not(None)))
    return Statement(select(label_set.c.id, label_set.c.labels).join(heads, heads.c.id == label_set.c.id))


def _oldest(scope: str | None) -> Statement:
    where = [queue.c.label_set_id == bindparam("label_set_id"), among(queue.c.repository_id, "full", negated=True)]
    names = ["label_set_id", "full"]
    if scope is not None:
        where.append(queue.c[scope] == bindparam("scope"))
        names.append("scope")
    core = select(*_REF).where(and_(*where)).order_by(queue.c.job_id).limit(bindparam("limit"))
    return Statement(core, *names, "limit")


_LABEL_SETS = _distinct_label_sets()
_OLDEST = {scope: _oldest(scope) for scope in (None, "repository_id", "owner_id")}
_FIND_LABEL_SET = Statement(select(label_set.c.id).where(label_set.c.labels == bindparam("labels")), "labels")
_MAKE_LABEL_SET = Statement(insert(label_set).on_conflict_do_nothing(), "labels")
_VERSION = Statement(select(counter.c.value).where(counter.c.name == NAME))
_ENTER = inserting(queue, "label_set_id job_id run_id attempt job repository_id owner_id")
_LEAVE = deleting(queue, where="job_id")


def waiting(
    tx: Tx,
    labels: Collection[str],
    *,
    repository_id: int | None = None,
    owner_id: int | None = None,
    limit: int = 1,
    exclude: Collection[int] = (),
    full: Collection[int] = (),
) -> list[JobRef]:
    """The oldest waiting jobs that a runner with these labels fits, within its scope.

    `exclude` holds ids of jobs, `full` ids of repositories that get no more.
    """
    offered = frozenset(label.casefold() for label in labels)
    scope, scoped = _scope(repository_id, owner_id)
    heads = []
    for label_set_id, wanted in _LABEL_SETS.all(tx):
        if _labels(wanted) <= offered:
            rows = _OLDEST[scope].all(tx, label_set_id, numbers(full), *scoped, limit + len(exclude))
            heads.append([JobRef(*row) for row in rows if row[0] not in exclude])
    return list(islice(heapq.merge(*heads, key=attrgetter("id")), limit))


def tasks_version(tx: Tx) -> int:
    """A number, at least 1, that never decreases and grows with every commit in which a job began to wait."""
    row = _VERSION.first(tx)
    assert row is not None
    version: int = row[0]
    return version


def label_set_id(tx: Tx, runs_on: Sequence[str]) -> int:
    """The id of the set of these labels, made when it is new."""
    labels = _canonical(tuple(runs_on))
    known = tx.memory.label_set(labels)
    if known is None:
        row = _FIND_LABEL_SET.first(tx, labels)
        if row is None:
            _MAKE_LABEL_SET.run(tx, labels)
            row = _FIND_LABEL_SET.first(tx, labels)
            assert row is not None
        known = tx.memory.label_sets[labels] = row[0]
    return known


def enter(tx: Tx, rows: Sequence[Sequence[Any]]) -> None:
    """Jobs begin to wait: rows of label set, job id, run id, attempt, job number, repository id, owner id."""
    if rows:
        _ENTER.many(tx, rows)
        tx.queue_grew = True


def leave(tx: Tx, rows: Sequence[Sequence[Any]]) -> None:
    """Jobs wait no longer: rows of job id."""
    _LEAVE.many(tx, rows)


def _scope(repository_id: int | None, owner_id: int | None) -> tuple[str | None, tuple[int, ...]]:
    if repository_id is not None:
        return "repository_id", (repository_id,)
    if owner_id is not None:
        return "owner_id", (owner_id,)
    return None, ()


@functools.lru_cache(maxsize=4096)
def _canonical(runs_on: tuple[str, ...]) -> str:
    return msgspec.json.encode(sorted({label.casefold() for label in runs_on})).decode()


@functools.lru_cache(maxsize=4096)
def _labels(text: str) -> frozenset[str]:
    return _decode(text)
