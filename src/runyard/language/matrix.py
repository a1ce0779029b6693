"""`strategy`: from vectors, `include` and `exclude` to the rows of a matrix."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from math import isfinite
from typing import Any, NamedTuple

from runyard.language.errors import MatrixError
from runyard.language.expressions.interpolate import evaluate_value
from runyard.language.expressions.values import MISSING, equal, fold, index_into, is_array, is_object, member, to_string
from runyard.language.model import Strategy

MAX_ROWS = 256
_MAX_VISITED = 256 * 256
_SHOWN_NAME = 100
_FILTERS = ("include", "exclude")


class Matrix(NamedTuple):
    """An expanded strategy.

    `rows` in order of the jobs; one empty row when there is no matrix. `names` holds for each row what stands behind
    the job's name: ` (a, b)`, or nothing. `max_parallel` 0 is no cap.
    """

    rows: tuple[dict[str, Any], ...]
    max_parallel: int
    fail_fast: bool
    names: tuple[str, ...]


class _Row(NamedTuple):
    """A combination: all its values, and those that its name shows."""

    values: dict[str, Any]
    shown: Sequence[Any]


def expand_matrix(strategy: Strategy | Mapping[str, Any], contexts: Mapping[str, Any] | None = None) -> Matrix:
    """Evaluate and expand a strategy: of the model, or a mapping with `matrix`, `fail-fast` and `max-parallel`.

    Raises ExpressionError, and MatrixError for what cannot be expanded or has more than 256 rows.
    """
    if isinstance(strategy, Strategy):
        matrix, fail_fast, max_parallel = strategy.matrix, strategy.fail_fast, strategy.max_parallel
    else:
        matrix = strategy.get("matrix")
        fail_fast, max_parallel = strategy.get("fail-fast", True), strategy.get("max-parallel")
    known = contexts or {}
    rows = [_Row({}, ())] if matrix is None else _expand(evaluate_value(matrix, known))
    return Matrix(
        rows=tuple(row.values for row in rows),
        max_parallel=_count(evaluate_value(max_parallel, known)),
        fail_fast=_flag(evaluate_value(fail_fast, known)),
        names=tuple(_suffix(row.shown) for row in rows),
    )


def shown_name(name: str, suffix: str = "") -> str:
    """A job's name with its suffix, cut to 100 characters."""
    whole = name + suffix
    return whole if len(whole) <= _SHOWN_NAME else whole[: _SHOWN_NAME - 3] + "..."


def _suffix(values: Sequence[Any]) -> str:
    texts = [to_string(leaf) for value in values for leaf in _leaves(value)]
    shown = ", ".join(filter(None, texts))
    return f" ({shown})" if shown else ""


def _leaves(value: Any) -> Iterator[Any]:
    if is_array(value) or is_object(value):
        for item in value.values() if is_object(value) else value:
            yield from _leaves(item)
    else:
        yield value


# --- expansion ---


def _expand(matrix: Any) -> list[_Row]:
    if not is_object(matrix):
        raise _unexpected(matrix)
    vectors = {name: _vector(name, values) for name, values in matrix.items() if name not in _FILTERS}
    includes = [_item(item, "include mapping does not contain any values") for item in _items(matrix, "include")]
    excludes = [_item(item, "exclude filter must not be empty") for item in _items(matrix, "exclude")]
    if not vectors and not includes:
        raise MatrixError("Matrix must define at least one vector")
    _check_excludes(excludes, vectors)
    rows = _combinations(vectors, excludes)
    rows += _include(rows, includes, vectors)
    if len(rows) > MAX_ROWS:
        raise _too_many()
    return rows


def _combinations(vectors: Mapping[str, Sequence[Any]], excludes: Sequence[Mapping[str, Any]]) -> list[_Row]:
    """The product of the vectors, the first one slowest, without what is excluded."""
    rows: list[_Row] = []
    for visited, values in enumerate(product(*vectors.values()) if vectors else ()):
        row = dict(zip(vectors, values, strict=True))
        if not any(_matches(row, item) for item in excludes):
            rows.append(_Row(row, values))
        if len(rows) > MAX_ROWS or visited > _MAX_VISITED:
            raise _too_many()
    return rows


def _include(
    rows: Sequence[_Row], includes: Sequence[Mapping[str, Any]], vectors: Mapping[str, Sequence[Any]]
) -> list[_Row]:
    """Add the extra keys of each item to the rows it matches; answer with rows of the items that matched none."""
    names = {fold(name) for name in vectors}
    left: list[_Row] = []
    originals = [dict(row.values) for row in rows]
    for item in includes:
        wanted = {key: value for key, value in item.items() if fold(key) in names}
        extra = {key: value for key, value in item.items() if fold(key) not in names}
        matching = [row for row, original in zip(rows, originals, strict=True) if _matches(original, wanted)]
        for row in matching:
            _overwrite(row.values, extra)
        if not matching:
            values = wanted | extra
            left.append(_Row(values, tuple(values.values())))
    return left


def _overwrite(row: dict[str, Any], extra: Mapping[str, Any]) -> None:
    """Set keys, of which one that differs only in case from an earlier one takes its place."""
    spelled = {fold(key): key for key in row}
    for key, value in extra.items():
        row[spelled.setdefault(fold(key), key)] = value


def _matches(value: Any, wanted: Any) -> bool:
    """Whether every leaf of the filter equals (`==`) what stands at its place in the value."""
    if is_object(wanted):
        return all(_matches(index_into(value, key), item) for key, item in wanted.items())
    if is_array(wanted):
        return all(_matches(index_into(value, float(index)), item) for index, item in enumerate(wanted))
    return equal(value, wanted)


# --- checks ---


def _vector(name: str, values: Any) -> Sequence[Any]:
    if not is_array(values):
        raise _unexpected(values)
    if not values:
        raise MatrixError(f"Matrix vector '{name}' does not contain any values")
    result: Sequence[Any] = values
    return result


def _items(matrix: Mapping[str, Any], name: str) -> Sequence[Any]:
    values = matrix.get(name, ())
    if not is_array(values):
        raise _unexpected(values)
    result: Sequence[Any] = values
    return result


def _item(item: Any, problem: str) -> Mapping[str, Any]:
    if not is_object(item):
        raise _unexpected(item)
    if not item:
        raise MatrixError(f"Matrix {problem}")
    result: Mapping[str, Any] = item
    return result


def _check_excludes(excludes: Sequence[Mapping[str, Any]], vectors: Mapping[str, Any]) -> None:
    for item in excludes:
        for key in item:
            if member(vectors, key) is MISSING:
                raise MatrixError(f"Matrix exclude key '{key}' does not match any key within the matrix")


def _count(value: Any) -> int:
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, float | int):
        raise _unexpected(value)
    return max(0, int(value)) if isfinite(value) else 0


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _unexpected(value)
    return value


def _unexpected(value: Any) -> MatrixError:
    if is_array(value):
        return MatrixError("A sequence was not expected")
    if is_object(value):
        return MatrixError("A mapping was not expected")
    return MatrixError(f"Unexpected value '{to_string(value)}'")


def _too_many() -> MatrixError:
    return MatrixError(f"Strategy expansion exceeded {MAX_ROWS} results")
