"""Expansion of strategies."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runyard.language import ExpressionError, MatrixError, expand_matrix
from runyard.language.expressions.template import parse_template
from runyard.language.matrix import shown_name
from runyard.language.model import Position, Strategy

HERE = Position(1, 1)


def rows(**matrix: Any) -> list[dict[str, Any]]:
    """The rows of a matrix."""
    return list(expand_matrix({"matrix": matrix}).rows)


def test_the_first_vector_is_the_slowest() -> None:
    assert rows(a=[1, 2], b=["x", "y"]) == [
        {"a": 1, "b": "x"},
        {"a": 1, "b": "y"},
        {"a": 2, "b": "x"},
        {"a": 2, "b": "y"},
    ]


def test_the_example_of_the_documentation() -> None:
    include = [
        {"color": "green"},
        {"color": "pink", "animal": "cat"},
        {"fruit": "apple", "shape": "circle"},
        {"fruit": "banana"},
        {"fruit": "banana", "animal": "cat"},
    ]
    matrix = expand_matrix({"matrix": {"fruit": ["apple", "pear"], "animal": ["cat", "dog"], "include": include}})
    assert list(matrix.rows) == [
        {"fruit": "apple", "animal": "cat", "color": "pink", "shape": "circle"},
        {"fruit": "apple", "animal": "dog", "color": "green", "shape": "circle"},
        {"fruit": "pear", "animal": "cat", "color": "pink"},
        {"fruit": "pear", "animal": "dog", "color": "green"},
        {"fruit": "banana"},
        {"fruit": "banana", "animal": "cat"},
    ]
    assert matrix.names == (
        " (apple, cat)",
        " (apple, dog)",
        " (pear, cat)",
        " (pear, dog)",
        " (banana)",
        " (banana, cat)",
    )


def test_include_alone_is_a_row_each() -> None:
    assert rows(include=[{"a": 1}, {"a": 1}, {"b": 2}]) == [{"a": 1}, {"a": 1}, {"b": 2}]


def test_exclude_comes_before_include() -> None:
    got = rows(a=[1, 2], b=[1, 2], exclude=[{"a": 2}], include=[{"a": 2, "b": 1, "c": 3}, {"d": 4}])
    assert got == [{"a": 1, "b": 1, "d": 4}, {"a": 1, "b": 2, "d": 4}, {"a": 2, "b": 1, "c": 3}]


def test_everything_excluded_leaves_the_includes() -> None:
    assert rows(a=[1], exclude=[{"a": 1}], include=[{"b": 2}]) == [{"b": 2}]
    assert rows(a=[1], exclude=[{"a": 1}]) == []


def test_filters_compare_as_expressions_do() -> None:
    assert rows(os=["Linux", "mac"], exclude=[{"OS": "LINUX"}]) == [{"os": "mac"}]
    assert rows(v=["1", "2"], exclude=[{"v": 1.0}]) == [{"v": "2"}]
    assert rows(v=[None, 1], exclude=[{"v": 0}]) == [{"v": 1}]


def test_a_partial_object_matches_a_larger_one() -> None:
    big, small = {"name": "big", "cpu": [8, 16]}, {"name": "small", "cpu": [1]}
    assert rows(m=[big, small], exclude=[{"m": {"cpu": [8]}}]) == [{"m": small}]
    assert rows(m=[big, small], exclude=[{"m": {"name": "BIG"}}]) == [{"m": small}]
    assert rows(m=[big, small], exclude=[{"m": {}}]) == []
    assert rows(m=[big, "x"], include=[{"m": {"name": "big"}, "gpu": True}]) == [{"m": big, "gpu": True}, {"m": "x"}]


def test_a_later_include_overwrites_an_extra_but_not_a_vector() -> None:
    assert rows(a=[1], include=[{"x": 1}, {"X": 2}, {"A": 1, "y": 3}]) == [{"a": 1, "x": 2, "y": 3}]


def test_an_include_does_not_match_extras_of_others() -> None:
    assert rows(a=[1], include=[{"x": 1}, {"a": 2, "x": 1}]) == [{"a": 1, "x": 1}, {"a": 2, "x": 1}]


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
    assert len(rows(a=list(range(40)), b=list(range(40)), exclude=excluded)) == 40


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


VALUES = st.lists(st.sampled_from([1.0, "a", "B", True, None]), min_size=1, max_size=4)


@given(st.dictionaries(st.sampled_from("abc"), VALUES, min_size=1), st.sampled_from("xyz"))
def test_the_product_is_complete_and_an_extra_reaches_every_row(vectors: dict[str, list[Any]], extra: str) -> None:
    got = expand_matrix({"matrix": {**vectors, "include": [{extra: 5}]}})
    size = 1
    for values in vectors.values():
        size *= len(values)
    assert len(got.rows) == len(got.names) == size
    assert all(row[extra] == 5 and all(row[name] in values for name, values in vectors.items()) for row in got.rows)
