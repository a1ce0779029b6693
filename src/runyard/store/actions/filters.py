"""What a list may ask for: filters, order and place. Data only; `conditions` and `listing` give it its meaning."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from runyard.store.actions.errors import InvalidList
from runyard.store.actions.times import Time

DEFAULT_LIMIT = 50
MAX_LIMIT = 200

TEXT_FIELDS = frozenset(
    {
        "org", "project", "domain", "run_name", "name", "parent_action_name", "action_group", "created_by",
        "task_project", "task_domain", "task_name", "task_version", "task_type", "function_name", "trigger_name",
        "trigger_task_name", "trigger_type",
    }
)  # fmt: skip
NUMBER_FIELDS = frozenset(
    {"phase", "action_type", "run_source", "trigger_revision", "attempts", "cache_status", "duration_ms"}
)
TIME_FIELDS = frozenset({"created_at", "updated_at", "started_at", "ended_at"})
FIELDS = TEXT_FIELDS | NUMBER_FIELDS | TIME_FIELDS
ALIASES = {"created_by_subject": "created_by", "parent_name": "parent_action_name", "run": "run_name"}


class FilterFunction(enum.IntEnum):
    """How a field is compared; numbers as in the original interface."""

    EQUAL = 0
    NOT_EQUAL = 1
    GREATER_THAN = 2
    GREATER_THAN_OR_EQUAL = 3
    LESS_THAN = 4
    LESS_THAN_OR_EQUAL = 5
    CONTAINS = 6
    VALUE_IN = 7
    VALUE_NOT_IN = 9
    ENDS_WITH = 12
    NOT_ENDS_WITH = 13
    CONTAINS_CASE_INSENSITIVE = 14


TEXT_FUNCTIONS = frozenset(
    {
        FilterFunction.CONTAINS,
        FilterFunction.ENDS_WITH,
        FilterFunction.NOT_ENDS_WITH,
        FilterFunction.CONTAINS_CASE_INSENSITIVE,
    }
)


@dataclass(frozen=True, init=False)
class Filter:
    """A field compared with one value or several: `Filter("phase", FilterFunction.VALUE_IN, [4, 9])`.

    Several values: any of them (NOT_EQUAL, VALUE_NOT_IN: none of them). Numbers may be given as text, times as in
    `times`. An action without a parent has the parent "".
    """

    field: str
    function: FilterFunction
    values: tuple[Any, ...]

    def __init__(self, field: str, function: FilterFunction | int = FilterFunction.EQUAL, values: Any = ()) -> None:
        many = isinstance(values, Sequence | set | frozenset) and not isinstance(values, str | bytes)
        object.__setattr__(self, "field", field)
        object.__setattr__(self, "function", FilterFunction(function))
        object.__setattr__(self, "values", tuple(values) if many else (values,))


@dataclass(frozen=True)
class IsNull:
    """The field has no value: `IsNull("parent_action_name")` is every root, `IsNull("ended_at")` what is open."""

    field: str


@dataclass(frozen=True, init=False)
class And:
    """All of the parts hold."""

    parts: tuple[Expression, ...]

    def __init__(self, *parts: Expression) -> None:
        object.__setattr__(self, "parts", parts)


@dataclass(frozen=True, init=False)
class Or:
    """One of the parts holds."""

    parts: tuple[Expression, ...]

    def __init__(self, *parts: Expression) -> None:
        object.__setattr__(self, "parts", parts)


Expression = Filter | IsNull | And | Or


class Direction(enum.IntEnum):
    """Which end of the order comes first."""

    DESCENDING = 0
    ASCENDING = 1


@dataclass(frozen=True, slots=True)
class SortParameter:
    """One field of the order."""

    key: str
    direction: Direction | int = Direction.DESCENDING


@dataclass(frozen=True, slots=True)
class ListResourceInput:
    """What is asked of a list. `limit` 0 = 50, at most 200.

    Where it begins: at `cursor_token` (from `ActionRepo.list_page`, any order), or behind `offset` rows, or behind the
    action with `keyset_after_created_at` and `keyset_after_name` (order: created_at, then name, ascending). Only one of
    the three may be given. `filter` and `scope_by_filter` must both hold. Default order: newest first.
    """

    limit: int = DEFAULT_LIMIT
    cursor_token: str = ""
    offset: int = 0
    keyset_after_created_at: Time = None
    keyset_after_name: str = ""
    filter: Expression | Sequence[Expression] | None = None
    scope_by_filter: Expression | None = None
    sort_parameters: Sequence[SortParameter] = ()


def field_of(name: str) -> str:
    """The field's one name. Raises InvalidList."""
    field = ALIASES.get(name, name)
    if field not in FIELDS:
        raise InvalidList(f"invalid filter field '{name}'; there are {', '.join(sorted(FIELDS))}")
    return field


def expression_of(asked: ListResourceInput) -> And:
    """Everything that must hold."""
    given = asked.filter
    parts = () if given is None else (given,) if isinstance(given, Filter | IsNull | And | Or) else tuple(given)
    return And(*parts, *(() if asked.scope_by_filter is None else (asked.scope_by_filter,)))


def limit_of(asked: ListResourceInput) -> int:
    """The number of rows of a page. Raises InvalidList."""
    if asked.limit < 0 or asked.limit > MAX_LIMIT:
        raise InvalidList(f"a list has at most {MAX_LIMIT} rows; {asked.limit} were asked for")
    return asked.limit or DEFAULT_LIMIT
