"""Filters as SQL, and as a test of one action. Both say the same."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, not_, or_, true

from runyard.store.actions.errors import InvalidList
from runyard.store.actions.filters import (
    NUMBER_FIELDS,
    TEXT_FIELDS,
    TEXT_FUNCTIONS,
    TIME_FIELDS,
    And,
    Expression,
    Filter,
    FilterFunction,
    IsNull,
    Or,
    field_of,
)
from runyard.store.actions.phases import ActionPhase, ActionType, CacheStatus, RunSource
from runyard.store.actions.records import Action
from runyard.store.actions.times import to_milliseconds

Columns = Mapping[str, ColumnElement[Any]]
F = FilterFunction

_ENUMS = {"phase": ActionPhase, "action_type": ActionType, "run_source": RunSource, "cache_status": CacheStatus}
_ORDERED: dict[FilterFunction, Callable[[Any, Any], Any]] = {
    F.GREATER_THAN: operator.gt,
    F.GREATER_THAN_OR_EQUAL: operator.ge,
    F.LESS_THAN: operator.lt,
    F.LESS_THAN_OR_EQUAL: operator.le,
}
_NEGATED = {F.NOT_EQUAL: F.VALUE_IN, F.VALUE_NOT_IN: F.VALUE_IN, F.NOT_ENDS_WITH: F.ENDS_WITH}


def value_of(action: Action, field: str) -> int | str:
    """An action's value of a field, as the database would compare it: text, or a number (times: milliseconds)."""
    if field in ("org", "project", "domain"):
        text: str = getattr(action.id.run, field)
        return text
    if field == "run_name":
        return action.id.run.name
    value = getattr(action, field)
    if field in TIME_FIELDS:
        return to_milliseconds(value)
    return value or "" if field in TEXT_FIELDS else int(value or 0)


def holds(expression: Expression, action: Action) -> bool:
    """Whether an action is meant."""
    if isinstance(expression, And):
        return all(holds(part, action) for part in expression.parts)
    if isinstance(expression, Or):
        return any(holds(part, action) for part in expression.parts)
    field = field_of(expression.field)
    value = value_of(action, field)
    if isinstance(expression, IsNull):
        return not value
    function, values = _checked(expression, field)
    if function in _NEGATED:
        return not _matches(_NEGATED[function], value, values)
    return _matches(function, value, values)


def condition(expression: Expression, columns: Columns) -> ColumnElement[bool]:
    """The same for rows with these columns, none of which is NULL."""
    if isinstance(expression, And):
        return and_(true(), *(condition(part, columns) for part in expression.parts))
    if isinstance(expression, Or):
        return or_(false(), *(condition(part, columns) for part in expression.parts))
    field = field_of(expression.field)
    column = columns[field]
    if isinstance(expression, IsNull):
        return column == ("" if field in TEXT_FIELDS else 0)
    function, values = _checked(expression, field)
    if function in _NEGATED:
        return not_(_match_sql(_NEGATED[function], column, values))
    return _match_sql(function, column, values)


def pinned(expression: Expression, field: str) -> Any:
    """The only value that the field can have, if the expression says that; else None."""
    if isinstance(expression, Filter) and field_of(expression.field) == field and len(expression.values) == 1:
        return expression.values[0] if expression.function in (F.EQUAL, F.VALUE_IN) else None
    if isinstance(expression, IsNull) and field_of(expression.field) == field:
        return ""
    if isinstance(expression, And):
        found = (pinned(part, field) for part in expression.parts)
        return next((value for value in found if value is not None), None)
    return None


def _checked(expression: Filter, field: str) -> tuple[FilterFunction, list[Any]]:
    """The function, with the values as they are compared. Raises InvalidList."""
    function = expression.function
    if not expression.values:
        raise InvalidList(f"the filter on {field} has no value")
    if function in TEXT_FUNCTIONS and field not in TEXT_FIELDS:
        raise InvalidList(f"{function.name} compares text, and {field} is none")
    if function in _ORDERED and len(expression.values) > 1:
        raise InvalidList(f"{function.name} takes one value, not {len(expression.values)}")
    return function, [_value(field, value) for value in expression.values]


def _value(field: str, value: Any) -> int | str:
    try:
        if field in TIME_FIELDS:
            return to_milliseconds(value)
        if field in NUMBER_FIELDS:
            named = field in _ENUMS and isinstance(value, str) and not value.lstrip("-").isdigit()
            return int(_ENUMS[field][value.upper()] if named else value)
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidList(f"'{value}' is no value of {field}") from error
    return str(value)


def _matches(function: FilterFunction, value: Any, values: list[Any]) -> bool:
    if function in _ORDERED:
        return bool(_ORDERED[function](value, values[0]))
    if function is F.CONTAINS:
        return any(each in value for each in values)
    if function is F.ENDS_WITH:
        return any(value.endswith(each) for each in values)
    if function is F.CONTAINS_CASE_INSENSITIVE:
        return any(each.lower() in value.lower() for each in values)
    return value in values


def _match_sql(function: FilterFunction, column: ColumnElement[Any], values: list[Any]) -> ColumnElement[bool]:
    if function in _ORDERED:
        compared: ColumnElement[bool] = _ORDERED[function](column, values[0])
        return compared
    if function is F.CONTAINS:
        return or_(false(), *(func.replace(column, each, "") != column for each in values if each), _empty(values))
    if function is F.ENDS_WITH:
        tails = (func.substr(column, func.length(column) - len(each) + 1) == each for each in values if each)
        longer = min((len(each) for each in values), default=0)
        return and_(func.length(column) >= longer, or_(false(), *tails, _empty(values)))
    if function is F.CONTAINS_CASE_INSENSITIVE:
        lowered = func.lower(column)
        found = (func.replace(lowered, each.lower(), "") != lowered for each in values if each)
        return or_(false(), *found, _empty(values))
    return column.in_(values)


def _empty(values: list[str]) -> ColumnElement[bool]:
    """Empty text is in every text."""
    return true() if "" in values else false()
