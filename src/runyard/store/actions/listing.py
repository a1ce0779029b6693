"""Lists of actions in one total order, read page by page without loss or repetition.

Actions stand in several places: trees of others and what jobs make (rows), the roots of workflow runs (rows of `run`),
and, when the list is about one workflow run, everything in it. Each place gives its first rows in the wanted order;
they are merged. Across runs a workflow run shows its root and its jobs' own actions.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cmp_to_key
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Select, and_, or_

from runyard.store.actions import sources, view
from runyard.store.actions.conditions import Columns, condition, holds, pinned, value_of
from runyard.store.actions.errors import InvalidList
from runyard.store.actions.filters import (
    TEXT_FIELDS,
    And,
    Direction,
    Expression,
    IsNull,
    ListResourceInput,
    SortParameter,
    expression_of,
    field_of,
    limit_of,
)
from runyard.store.actions.identifiers import RunIdentifier
from runyard.store.actions.places import INSTANCE
from runyard.store.actions.records import Action
from runyard.store.actions.sources import Source
from runyard.store.actions.times import to_milliseconds
from runyard.store.actions.trees import find
from runyard.store.database import Dialect, Tx

NEWEST_FIRST = (SortParameter("created_at"), SortParameter("run_name"), SortParameter("name"))
BY_AGE = (("created_at", True), ("name", True))
IDENTITY = ("run_name", "name", "org", "project", "domain")

Order = list[tuple[str, bool]]
"""Fields with: ascending?"""


@dataclass(frozen=True, slots=True)
class _Query:
    """What every place is asked for."""

    where: Expression
    order: Order
    after: tuple[Any, ...]
    limit: int


def page(tx: Tx, asked: ListResourceInput) -> list[Action]:
    """Up to one row more than the limit, which says that there are more. Raises InvalidList."""
    order = order_of(asked.sort_parameters)
    if asked.offset < 0:
        raise InvalidList(f"the offset {asked.offset} is below 0")
    limit = limit_of(asked) + 1 + asked.offset
    return _read(tx, _Query(expression_of(asked), order, _place(asked, order), limit))[asked.offset :]


def roots(tx: Tx, where: Expression, limit: int) -> list[Action]:
    """The newest roots that are meant."""
    return _read(tx, _Query(And(IsNull("parent_action_name"), where), order_of(()), (), limit))


def token_after(action: Action, asked: ListResourceInput) -> str:
    """The token with which a list in this order goes on behind an action."""
    order = order_of(asked.sort_parameters)
    content = [_fingerprint(order), [value_of(action, field) for field, _ in order]]
    return base64.urlsafe_b64encode(msgspec.json.encode(content)).rstrip(b"=").decode()


def order_of(parameters: Sequence[SortParameter]) -> Order:
    """The total order: what is asked for, then what identifies an action. Raises InvalidList."""
    order = [
        (field_of(each.key), Direction(each.direction) is Direction.ASCENDING) for each in parameters or NEWEST_FIRST
    ]
    present = {field for field, _ in order}
    return order + [(field, True) for field in IDENTITY if field not in present]


def _read(tx: Tx, query: _Query) -> list[Action]:
    found = [action for part in _parts(tx, query) for action in part]
    found.sort(key=_sorter(query.order))
    return found[: query.limit]


def _parts(tx: Tx, query: _Query) -> list[list[Action]]:
    """The first rows of every place that the list is about."""
    run_name, org = pinned(query.where, "run_name"), pinned(query.where, "org")
    project, domain = pinned(query.where, "project"), pinned(query.where, "domain")
    if run_name is not None and project is not None and domain is not None and org in (None, INSTANCE):
        tree = find(tx, RunIdentifier(INSTANCE, str(project), str(domain), str(run_name)))
        if tree is not None and tree.run_id is not None:
            return [[each for each in view.actions_of(tx, tree) if _is_meant(query, each)]]
    only_roots = pinned(query.where, "parent_action_name") == ""
    places = [sources.ROOTS if only_roots else sources.STORED]
    if org in (None, INSTANCE):
        places.append(sources.WORKFLOW_RUNS)
    repository = sources.repository_of(tx, project, domain) if project is not None and domain is not None else None
    return [_rows(tx, place, query, repository) for place in places]


def _rows(tx: Tx, source: Source, query: _Query, repository: int | None) -> list[Action]:
    statement: Select[Any] = source.select.where(condition(query.where, source.columns))
    if repository is not None and source is sources.WORKFLOW_RUNS:
        statement = statement.where(sources.of_repository(repository))
    if query.after:
        statement = statement.where(_beyond(source.columns, query, tx.dialect))
    for field, ascending in query.order:
        column = sources.comparable(source.columns[field], tx.dialect, text=field in TEXT_FIELDS)
        statement = statement.order_by(column if ascending else column.desc())
    return source.read(tx, statement.limit(query.limit))


def _beyond(columns: Columns, query: _Query, dialect: Dialect) -> ColumnElement[bool]:
    """Rows behind the place in the order: equal in the first fields, further in the next."""
    alternatives: list[ColumnElement[bool]] = []
    equal: list[ColumnElement[bool]] = []
    for (field, ascending), value in zip(query.order, query.after, strict=False):
        column = sources.comparable(columns[field], dialect, text=field in TEXT_FIELDS)
        alternatives.append(and_(*equal, column > value if ascending else column < value))
        equal.append(column == value)
    (first, ascending), value = query.order[0], query.after[0]
    start = sources.comparable(columns[first], dialect, text=first in TEXT_FIELDS)
    return and_(start >= value if ascending else start <= value, or_(*alternatives))


def _is_meant(query: _Query, action: Action) -> bool:
    if query.after and _compare(query.order, _key(action, query.order), query.after) <= 0:
        return False
    return holds(query.where, action)


def _key(action: Action, order: Order) -> tuple[Any, ...]:
    return tuple(value_of(action, field) for field, _ in order)


def _sorter(order: Order) -> Callable[[Action], Any]:
    def compare(left: tuple[Any, ...], right: tuple[Any, ...]) -> int:
        return _compare(order, left, right)

    comparable = cmp_to_key(compare)
    return lambda action: comparable(_key(action, order))


def _compare(order: Order, left: tuple[Any, ...], right: tuple[Any, ...]) -> int:
    """Only as far as both go: a place may be given by its first fields."""
    for (_, ascending), one, other in zip(order, left, right, strict=False):
        if one != other:
            return 1 if (one > other) is ascending else -1
    return 0


def _place(asked: ListResourceInput, order: Order) -> tuple[Any, ...]:
    """The values behind which the list begins; () = at the beginning."""
    has_time, has_name = asked.keyset_after_created_at is not None, bool(asked.keyset_after_name)
    if has_time is not has_name:
        raise InvalidList("keyset_after_created_at and keyset_after_name belong together")
    if sum((bool(asked.offset), has_time, bool(asked.cursor_token))) > 1:
        raise InvalidList("a list begins at a token, behind an offset or behind a keyset: only one may be given")
    if has_time:
        if tuple((field_of(each.key), bool(each.direction)) for each in asked.sort_parameters) != BY_AGE:
            raise InvalidList("a keyset needs the order created_at ascending, name ascending")
        return (to_milliseconds(asked.keyset_after_created_at), asked.keyset_after_name)
    return _decoded(asked.cursor_token, order) if asked.cursor_token else ()


def _decoded(token: str, order: Order) -> tuple[Any, ...]:
    try:
        fingerprint, values = msgspec.json.decode(base64.urlsafe_b64decode(token + "=="))
        fits = all(isinstance(value, str if field in TEXT_FIELDS else int) for (field, _), value in zip(order, values, strict=True))  # fmt: skip  # noqa: E501
    except (binascii.Error, msgspec.DecodeError, TypeError, ValueError):
        fingerprint, values, fits = "", [], False
    if fingerprint != _fingerprint(order) or not fits:
        raise InvalidList("the token is none of this list in this order")
    return tuple(values)


def _fingerprint(order: Order) -> str:
    return " ".join(f"{'+' if ascending else '-'}{field}" for field, ascending in order)
