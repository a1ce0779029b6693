"""What holds for all values: coercion, comparison, logic, `format`, numbers as text, and the limits."""

from __future__ import annotations

import itertools
import math
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runyard.language import ExpressionError, evaluate
from runyard.language.expressions.format_string import check_format
from runyard.language.expressions.numbers import WHITE_TEXT, format_number, parse_number
from runyard.language.expressions.parser import parse_expression
from runyard.language.expressions.values import equal, fold, less, to_number, to_string, truthy

NUMBERS = st.floats() | st.integers(-(10**17), 10**17).map(float) | st.sampled_from([0.0, -0.0, math.inf, math.nan])
TEXTS = st.text("abAB01 .-+exXİıßſςσΣ\u00a0", max_size=6) | st.sampled_from(
    ["", "1", "0x10", "0o17", "Infinity", "1e3"]
)
PRIMITIVES = st.none() | st.booleans() | NUMBERS | TEXTS
VALUES = PRIMITIVES | st.lists(PRIMITIVES, max_size=3) | st.dictionaries(st.text("ab"), PRIMITIVES, max_size=3)


def value_of(source: str, **contexts: Any) -> Any:
    return evaluate(source, contexts)


# --- comparison ---


@given(VALUES, VALUES)
def test_equality_is_symmetric_and_different_is_its_opposite(left: Any, right: Any) -> None:
    assert value_of("a == b", a=left, b=right) is value_of("b == a", a=left, b=right)
    assert value_of("a != b", a=left, b=right) is not value_of("a == b", a=left, b=right)


@given(VALUES, VALUES)
def test_orders_mirror_each_other(left: Any, right: Any) -> None:
    assert value_of("a < b", a=left, b=right) is value_of("b > a", a=left, b=right)
    assert value_of("a <= b", a=left, b=right) is value_of("b >= a", a=left, b=right)
    assert value_of("a <= b", a=left, b=right) is value_of("a == b || a < b", a=left, b=right)


@given(PRIMITIVES, PRIMITIVES)
def test_of_primitives_exactly_one_relation_holds_but_for_nan(left: Any, right: Any) -> None:
    is_text = isinstance(left, str) and isinstance(right, str)
    is_nan = not is_text and (math.isnan(to_number(left)) or math.isnan(to_number(right)))
    assert [less(left, right), equal(left, right), less(right, left)].count(True) == (0 if is_nan else 1)


@given(PRIMITIVES, PRIMITIVES)
def test_unlike_kinds_compare_as_numbers(left: Any, right: Any) -> None:
    if not (isinstance(left, str) and isinstance(right, str)):
        assert equal(left, right) is (to_number(left) == to_number(right))
        assert less(left, right) is (to_number(left) < to_number(right))


@given(TEXTS, TEXTS, TEXTS)
def test_texts_are_ordered_without_case(first: str, second: str, third: str) -> None:
    assert equal(first, fold(first))
    assert equal(first, second) is (fold(first) == fold(second))
    assert not (less(first, second) and less(second, third)) or less(first, third)


@given(VALUES)
def test_collections_equal_only_themselves(value: Any) -> None:
    for collection in ([value], {"a": value}):
        copy = type(collection)(collection)
        assert value_of("a == a && a <= a && a >= a && !(a < a)", a=collection) is True
        assert value_of("a == b || a < b || a > b || a <= b || a >= b", a=collection, b=copy) is False
        assert value_of("a == b || b == a", a=collection, b=value) is False


ORDER = ["-Infinity", "-1", "null", "false", "0", "''", "true", "1", "'2'", "Infinity"]


@pytest.mark.parametrize(("left", "right"), list(itertools.product(ORDER, ORDER)))
def test_the_table_of_coercions(left: str, right: str) -> None:
    places = [-math.inf, -1, 0, 0, 0, 0, 1, 1, 2, math.inf]
    first, second = places[ORDER.index(left)], places[ORDER.index(right)]
    assert value_of(f"{left} < {right}") is (first < second)
    assert value_of(f"{left} == {right}") is (first == second)
    assert value_of(f"{left} >= {right}") is (first >= second)


# --- logic ---


@given(VALUES)
def test_not_is_the_opposite_of_truth(value: Any) -> None:
    assert value_of("!a", a=value) is not truthy(value)
    assert value_of("!!a", a=value) is truthy(value)
    is_false = value is None or (isinstance(value, bool | float | str) and (not value or value != value))
    assert truthy(value) is not is_false


@given(st.lists(VALUES, min_size=2, max_size=5))
def test_logic_returns_an_operand_itself(values: list[Any]) -> None:
    contexts = {f"v{number}": value for number, value in enumerate(values)}
    false = next((value for value in values if not truthy(value)), values[-1])
    true = next((value for value in values if truthy(value)), values[-1])
    assert evaluate(" && ".join(contexts), contexts) is false
    assert evaluate(" || ".join(contexts), contexts) is true


@given(VALUES)
def test_what_is_not_needed_is_not_evaluated(value: Any) -> None:
    decided = "a || f()" if truthy(value) else "a && f()"
    for text in (decided, "case(true, a, f())", "case(!a, 1, !!a, 2, f())", "contains(c, f())", "join(s, f())"):
        evaluate(text, {"a": value, "c": {}, "s": [value]}, {"f": fail})


def fail() -> None:
    raise AssertionError("not needed")


# --- numbers ---


@given(st.floats(allow_nan=False))
def test_numbers_as_text_have_fifteen_digits(number: float) -> None:
    text = format_number(number)
    if math.isfinite(number):
        assert parse_number(text) == float(f"{number:.14e}")
        digits = text.upper().split("E")[0].lstrip("-").replace(".", "").strip("0")
        assert len(digits) <= 15
        assert text != "-0"
        is_plain = number == 0 or -5 < Decimal(f"{number:.14e}").adjusted() < 15
        assert ("E" not in text) is is_plain
    else:
        assert parse_number(text) == number


@given(st.integers(-(10**15) + 1, 10**15 - 1))
def test_integers_are_written_in_full(number: int) -> None:
    assert format_number(float(number)) == str(number)
    assert parse_number(f"{WHITE_TEXT}{number}{WHITE_TEXT}") == number


@given(st.integers(0, 2**32 - 1))
def test_hexadecimal_and_octal_are_signed(number: int) -> None:
    signed = number - 2**32 if number >= 2**31 else number
    assert parse_number(f"0x{number:x}") == parse_number(f"0o{number:o}") == signed
    assert value_of(f"0x{number:X}") == signed


@given(VALUES)
def test_a_value_as_text_is_text(value: Any) -> None:
    text = to_string(value)
    assert value_of("format('{0}', a)", a=value) == text
    assert to_string(text) is text


# --- format ---


@given(st.lists(PRIMITIVES, max_size=4), st.text("ab{}'", max_size=8))
def test_format_puts_arguments_between_texts(values: list[Any], text: str) -> None:
    contexts = {"p": {}, **{f"v{number}": value for number, value in enumerate(values)}}
    escaped = text.replace("{", "{{").replace("}", "}}")
    contexts["p"] = escaped + "".join(f"{{{number}}}{escaped}" for number in range(len(values)))
    assert check_format(contexts["p"]) == (True, len(values) - 1)
    result = evaluate(f"format({', '.join(contexts)}, 'surplus')", contexts)
    assert result == text + "".join(to_string(value) + text for value in values)


@given(st.text("01{}:a", max_size=8))
def test_format_and_its_check_agree(text: str) -> None:
    check = check_format(text)
    if check.valid and (check.max_index or 0) <= 1:
        assert isinstance(value_of("format(text, 'x', 'x')", text=text), str)
        return
    with pytest.raises(ExpressionError) as caught:
        value_of("format(text, 'x', 'x')", text=text)
    assert (caught.value.stage, caught.value.position) == ("evaluation", 1)


# --- limits ---


@pytest.mark.parametrize(
    ("text", "stage", "position"),
    [
        ("a" * 21_001, "lexing", 21_001),
        ("!" * 50 + "1", "parsing", 1),
        ("1 && (" + "!" * 50 + "1)", "parsing", 7),
        ("'x' == format('{0}{0}', big)", "evaluation", 8),
        ("join(big.*, toJSON(big))", "evaluation", 13),
        ("1 || fromJSON('')", None, None),
        ("0 || fromJSON('')", "evaluation", 6),
        ("case(true, format('{0', 1), 2)", "evaluation", 12),
        ("case('x', 1, 2)", "evaluation", 1),
    ],
)
def test_errors_have_a_stage_and_a_position(text: str, stage: str | None, position: int | None) -> None:
    if stage is None:
        evaluate(text, {})
        return
    with pytest.raises(ExpressionError) as caught:
        evaluate(text, {"big": ["x" * 300_000] * 2} if "*" in text else {"big": "x" * 300_000})
    assert (caught.value.stage, caught.value.position) == (stage, position)


@pytest.mark.parametrize(
    "text", ["(" * 20_000, "f(" * 10_000, "[" * 20_000, "a[" * 10_000, "!" * 21_000, "a&&(" * 5000]
)
def test_hostile_nesting_is_an_error(text: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_expression(text)
    assert caught.value.stage == "parsing"
    assert caught.value.position


@pytest.mark.parametrize(
    "text", ["(" * 4000 + "0" + "&&0)" * 4000, "0&&(" * 4000 + "0" + ")" * 4000, "(0&&0)&&" * 2500 + "0"]
)
def test_brackets_in_a_chain_make_no_difference(text: str) -> None:
    flat = parse_expression(text.replace("(", "").replace(")", ""))
    tree = parse_expression(text, max_length=30_000)
    assert tree.depth == flat.depth == 2
    assert len(tree.operands) == len(flat.operands)  # type: ignore[union-attr]
