"""Numbers, coercion and comparison."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runyard.language.expressions.numbers import format_number, parse_number
from runyard.language.expressions.values import (
    CaseSensitive,
    equal,
    fold,
    index_into,
    kind_of,
    less,
    to_number,
    to_string,
    truthy,
)

NAN = float("nan")
INFINITY = float("inf")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("", 0),
        (" \t\u00a0", 0),
        ("1.", 1),
        (".5", 0.5),
        ("01", 1),
        ("1e01", 10),
        ("-1.2E+2 ", -120),
        ("+7", 7),
        ("1e999", INFINITY),
        ("-1e999", -INFINITY),
        ("0xFF", 255),
        ("0xFFFFFFFF", -1),
        ("0x80000000", -2147483648),
        ("0x100000000", NAN),
        ("0o17", 15),
        ("0o37777777777", -1),
        ("0o40000000000", NAN),
        ("Infinity", INFINITY),
        ("+Infinity", INFINITY),
        ("-Infinity", -INFINITY),
        ("infinity", NAN),
        ("inf", NAN),
        ("NaN", NAN),
        ("nan", NAN),
        ("0X1", NAN),
        ("-0x1", NAN),
        ("0x", NAN),
        ("0o8", NAN),
        (".", NAN),
        ("1e", NAN),
        ("1_000", NAN),
        ("1 2", NAN),
        ("٣", NAN),
        ("true", NAN),
    ],
)
def test_text_to_number(text: str, number: float) -> None:
    result = parse_number(text)
    assert result == number or (math.isnan(result) and math.isnan(number))


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (3.10, "3.1"),
        (-120.0, "-120"),
        (1587106672383762434.0, "1.58710667238376E+18"),
        (999999999999999.0, "999999999999999"),
        (1e15, "1E+15"),
        (123456789012345678.0, "1.23456789012346E+17"),
        (0.0001, "0.0001"),
        (0.00001, "1E-05"),
        (0.84551240822557006, "0.84551240822557"),
        (1e-100, "1E-100"),
        (NAN, "NaN"),
        (INFINITY, "Infinity"),
        (-INFINITY, "-Infinity"),
    ],
)
def test_number_to_text(number: float, text: str) -> None:
    assert format_number(number) == text


@given(st.floats(min_value=-1e308, max_value=1e308))
def test_a_number_survives_its_text_to_15_digits(number: float) -> None:
    assert parse_number(format_number(number)) == pytest.approx(number, rel=1e-14, abs=0)


@given(st.integers(min_value=-(10**15) + 1, max_value=10**15 - 1))
def test_integers_are_written_in_full(number: int) -> None:
    assert format_number(float(number)) == str(number)


@given(st.text())
def test_any_text_is_some_number(text: str) -> None:
    assert isinstance(parse_number(text), float)


@pytest.mark.parametrize(
    ("value", "kind", "text", "number", "truth"),
    [
        (None, "Null", "", 0.0, False),
        (True, "Boolean", "true", 1.0, True),
        (False, "Boolean", "false", 0.0, False),
        (0, "Number", "0", 0.0, False),
        (NAN, "Number", "NaN", NAN, False),
        (10**400, "Number", "Infinity", INFINITY, True),
        ("", "String", "", 0.0, False),
        ("false", "String", "false", NAN, True),
        ("0", "String", "0", 0.0, True),
        ([], "Array", "Array", NAN, True),
        ((1,), "Array", "Array", NAN, True),
        ({}, "Object", "Object", NAN, True),
    ],
)
def test_coercion(value: Any, kind: str, text: str, number: float, truth: bool) -> None:
    assert kind_of(value) == kind
    assert to_string(value) == text
    assert to_number(value) == number or (math.isnan(number) and math.isnan(to_number(value)))
    assert truthy(value) is truth


def test_other_python_values_are_refused() -> None:
    with pytest.raises(TypeError, match="bytes is not a value of the expression language"):
        to_string(b"")


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        (None, None, True),
        (None, False, True),
        (None, 0, True),
        (None, "", True),
        (None, " 0 ", True),
        (None, "null", False),
        (True, 1, True),
        (True, "1", True),
        (True, "true", False),
        ("", 0, True),
        ("abc", 0, False),
        ("3", 3, True),
        ("ABC", "abc", True),
        ("ς", "Σ", True),
        ("ς", "σ", True),
        ("ü", "Ü", True),
        ("i", "İ", False),
        ("ı", "I", False),
        ("ß", "SS", False),
        ("ᾳ", "ᾼ", True),
        (NAN, NAN, False),
        (2**53, 2**53 + 1, True),
        ([], [], False),
        ({}, None, False),
        ([], 0, False),
    ],
)
def test_equality(left: Any, right: Any, same: bool) -> None:
    assert equal(left, right) is same
    assert equal(right, left) is same


def test_collections_equal_only_themselves() -> None:
    value: list[Any] = []
    assert equal(value, value)
    assert not less(value, [])


@pytest.mark.parametrize(
    ("smaller", "larger"),
    [
        ("A", "["),
        ("a", "["),
        ("Z", "["),
        ("a", "B"),
        ("\U0001f600", "\uffe5"),
        ("i", "İ"),
        (False, True),
        (None, 1),
        ("9", 10),
    ],
)
def test_order(smaller: Any, larger: Any) -> None:
    assert less(smaller, larger)
    assert not less(larger, smaller)


@given(st.text())
def test_folding_keeps_the_length_and_is_stable(text: str) -> None:
    folded = fold(text)
    assert len(folded) == len(text)
    assert fold(folded) == folded


def test_names_are_found_in_any_case_unless_asked_otherwise() -> None:
    assert index_into({"Path": 1}, "PATH") == 1
    assert index_into({"path": 1, "PATH": 2}, "PATH") == 2
    assert index_into(CaseSensitive({"Path": 1}), "PATH") is None
    assert index_into(CaseSensitive({"Path": 1}), "Path") == 1
