"""Laws of the expansion of strategies. Single matrices are in `cases/matrix/`."""

from __future__ import annotations

from copy import deepcopy
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runyard.language import ExpressionError, MatrixError, expand_matrix, to_string
from runyard.language.expressions.template import parse_template
from runyard.language.expressions.values import equal
from runyard.language.matrix import shown_name
from runyard.language.model import Position, Strategy

HERE = Position(1, 1)


def test_names_show_the_leaves_of_vectors() -> None:
    matrix = expand_matrix(
        {"matrix": {"a": [{"k": "x", "l": [1.0, True]}, "", None], "b": [3.10], "include": [{"extra": "no"}]}}
    )
    assert matrix.names == (" (x, 1, true, 3.1)", " (3.1)", " (3.1)")
    assert expand_matrix({"matrix": {"a": [None]}}).names == ("",)


def test_a_shown_name_has_100_characters() -> None:
    assert shown_name("job", " (a)") == "job (a)"
    assert shown_name("x" * 96, " (a)") == "x" * 96 + " (a)"
    assert shown_name("x" * 97, " (a)") == "x" * 97 + "..."


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        ({}, "Matrix must define at least one vector"),
        ({"include": []}, "Matrix must define at least one vector"),
        ({"a": []}, "Matrix vector 'a' does not contain any values"),
        ({"a": "x"}, "Unexpected value 'x'"),
        ({"a": {"b": 1}}, "A mapping was not expected"),
        ({"a": [1], "exclude": [{}]}, "Matrix exclude filter must not be empty"),
        ({"a": [1], "exclude": [{"b": 1}]}, "Matrix exclude key 'b' does not match any key within the matrix"),
        ({"a": [1], "include": [{}]}, "Matrix include mapping does not contain any values"),
        ({"a": [1], "include": [[1]]}, "A sequence was not expected"),
        ({"a": [1], "include": 5}, "Unexpected value '5'"),
        ([1], "A sequence was not expected"),
        ({"a": list(range(257))}, "Strategy expansion exceeded 256 results"),
        ({str(n): list(range(30)) for n in range(30)}, "Strategy expansion exceeded 256 results"),
        ({"a": [1] * 256, "include": [{"a": 2}]}, "Strategy expansion exceeded 256 results"),
    ],
)
def test_errors(matrix: Any, message: str) -> None:
    with pytest.raises(MatrixError) as caught:
        expand_matrix({"matrix": matrix})
    assert caught.value.message == message


def test_a_large_product_of_which_little_is_left() -> None:
    excluded = [{"a": n} for n in range(1, 40)]
    assert len(expanded({"a": list(range(40)), "b": list(range(40))}, exclude=excluded)) == 40


def test_the_other_keys() -> None:
    matrix = expand_matrix({"matrix": {"a": [1]}, "fail-fast": False, "max-parallel": 2.9})
    assert (matrix.fail_fast, matrix.max_parallel) == (False, 2)
    plain = expand_matrix({})
    assert (plain.rows, plain.names, plain.fail_fast, plain.max_parallel) == (({},), ("",), True, 0)
    with pytest.raises(MatrixError, match="Unexpected value '2'"):
        expand_matrix({"max-parallel": "2"})
    with pytest.raises(MatrixError, match="Unexpected value 'no'"):
        expand_matrix({"fail-fast": "no"})


def test_a_strategy_of_the_model_is_evaluated() -> None:
    def read(text: str) -> Any:
        return parse_template(text, HERE)

    contexts = {"needs": {"plan": {"outputs": {"m": '{"os": ["a", "b"], "include": [{"os": "c"}]}', "v": "[1, 2]"}}}}
    whole = Strategy(HERE, matrix=read("${{ fromJSON(needs.plan.outputs.m) }}"), max_parallel=read("${{ 3 }}"))
    assert expand_matrix(whole, contexts).rows == ({"os": "a"}, {"os": "b"}, {"os": "c"})
    assert expand_matrix(whole, contexts).max_parallel == 3
    vector = Strategy(
        HERE, matrix={"v": (read("${{ fromJSON(needs.plan.outputs.v) }}"), 3.0)}, fail_fast=read("${{ !1 }}")
    )
    assert [row["v"] for row in expand_matrix(vector, contexts).rows] == [1, 2, 3]
    assert expand_matrix(vector, contexts).fail_fast is False
    with pytest.raises(ExpressionError, match="Error parsing fromJson"):
        expand_matrix(whole, {"needs": {}})


VALUES = st.lists(st.sampled_from([1.0, 2.0, "1", "a", "B", "b", True, None, ""]), min_size=1, max_size=4)
VECTORS = st.dictionaries(st.sampled_from("abc"), VALUES, min_size=1)
ITEM = st.dictionaries(st.sampled_from("abcxyA"), st.sampled_from([1.0, "a", "B", None, "new"]), min_size=1)
ITEMS = st.lists(ITEM.filter(lambda item: not {"a", "A"} <= item.keys()), max_size=4)


def expanded(vectors: dict[str, list[Any]], **filters: Any) -> tuple[dict[str, Any], ...]:
    found = expand_matrix({"matrix": {**vectors, **filters}})
    assert len(found.rows) == len(found.names)
    return found.rows


@given(VECTORS)
def test_the_product_is_whole_and_its_first_vector_the_slowest(vectors: dict[str, list[Any]]) -> None:
    rows = expanded(vectors)
    assert [tuple(row.values()) for row in rows] == list(product(*vectors.values()))
    assert all(list(row) == list(vectors) for row in rows)


@given(VECTORS, st.data())
def test_exclude_drops_exactly_what_it_matches(vectors: dict[str, list[Any]], data: st.DataObject) -> None:
    items = data.draw(
        st.lists(st.fixed_dictionaries({}, optional={name: st.sampled_from(vectors[name]) for name in vectors}))
    )
    items = [item for item in items if item]
    left = expanded(vectors, exclude=items)
    assert left == tuple(
        row
        for row in expanded(vectors)
        if not any(all(equal(row[name], value) for name, value in item.items()) for item in items)
    )
    assert expanded(vectors, exclude=[*items, *items]) == expanded(vectors, exclude=items[::-1]) == left


@given(VECTORS, ITEMS)
def test_include_changes_no_vector_and_appends_what_matches_none(
    vectors: dict[str, list[Any]], items: list[dict[str, Any]]
) -> None:
    whole = expanded(vectors)
    rows = expanded(vectors, include=items)
    assert [{name: row[name] for name in vectors} for row in rows[: len(whole)]] == list(whole)

    def fits(row: dict[str, Any], item: dict[str, Any]) -> bool:
        return all(equal(row[key.lower()], value) for key, value in item.items() if key.lower() in vectors)

    alone = [item for item in items if not any(fits(row, item) for row in whole)]
    assert [dict(row) for row in rows[len(whole) :]] == alone
    for row, before in zip(rows, whole, strict=False):
        extras = {key for item in items if fits(before, item) for key in item if key.lower() not in vectors}
        assert {key.lower() for key in row} == {key.lower() for key in (*vectors, *extras)}


@given(VECTORS, ITEMS)
def test_the_rows_as_includes_are_the_rows(vectors: dict[str, list[Any]], items: list[dict[str, Any]]) -> None:
    rows = expanded(vectors, include=items)
    assert expanded({}, include=rows) == rows


@given(VECTORS, ITEMS)
def test_it_is_a_function_of_its_input_and_changes_nothing(
    vectors: dict[str, list[Any]], items: list[dict[str, Any]]
) -> None:
    before = deepcopy((vectors, items))
    assert expanded(vectors, include=items) == expanded(vectors, include=items)
    assert (vectors, items) == before


@given(VECTORS, ITEMS)
def test_names_show_the_vectors_alone(vectors: dict[str, list[Any]], items: list[dict[str, Any]]) -> None:
    plain = expand_matrix({"matrix": vectors})
    names = expand_matrix({"matrix": {**vectors, "include": items}}).names
    assert names[: len(plain.names)] == plain.names
    for name, row in zip(plain.names, plain.rows, strict=True):
        texts = [to_string(value) for value in row.values()]
        assert name == (f" ({', '.join(filter(None, texts))})" if any(texts) else "")
