"""Expressions in text, and values of the model that hold expressions."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runyard.language import ExpressionError, evaluate_value, expression_contexts, interpolate
from runyard.language.expressions.template import parse_template
from runyard.language.model import Expression, Insert, Position

HERE = Position(3, 7)
CONTEXTS: dict[str, Any] = {"x": "hi", "n": 5.0, "o": {"a": 1}, "list": ["a", "b"], "none": None}


def read(text: str) -> Expression:
    """The text as an expression."""
    value = parse_template(text, HERE)
    assert isinstance(value, Expression)
    return value


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("${{ x }}", "x"),
        ("${{x}}", "x"),
        ("${{ '}}' == x }}", "'}}' == x"),
        ("a ${{ x }}", "format('a {0}', x)"),
        ("${{ x }}\n", "format('{0}\n', x)"),
        ("${{ x }}${{ n }}", "format('{0}{1}', x, n)"),
        ("{it's} ${{ 'a''b' }}", "format('{{it''s}} {0}', 'a''b')"),
        ("${{ x }} }}", "format('{0} }}}}', x)"),
        ("${{ insert }}", None),
        ("${{ inserted }}", "inserted"),
        ("${{ 5 }}", "5"),
    ],
)
def test_text_becomes_an_expression(text: str, source: str | None) -> None:
    value = parse_template(text, HERE)
    if source is None:
        assert value == Insert(HERE)
    else:
        assert isinstance(value, Expression)
        assert (value.source, value.text, value.position) == (source, text, HERE)


@pytest.mark.parametrize(("text", "plain"), [("a $ {{ b }}", "a $ {{ b }}"), ("${{ '${{' }}", "${{"), ("", "")])
def test_text_stays_text(text: str, plain: str) -> None:
    assert parse_template(text, HERE) == plain


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a ${{ x", "The expression is not closed. An unescaped ${{ sequence was found"),
        ("${{ 'x }}", "The expression is not closed."),
        ("${{ }}", "An expression was expected"),
        ("${{}}", "An expression was expected"),
        ("${{ x", "The expression is not closed."),
        ("${{ y }}", "Unrecognized named-value: 'y'. Located at position 1 within expression: y"),
        ("a ${{ insert }}", "The directive 'insert' is not allowed in this context."),
        ("${{ insert }} ${{ x }}", "The directive 'insert' is not allowed in this context."),
        ("${{ insert a (b c) 'd e' }}", "Exactly 0 parameter(s) were expected following the directive 'insert'."),
        ("x" * 21_000 + "${{ x }}", "Exceeded max expression length 21000"),
    ],
)  # fmt: skip
def test_faulty_text(text: str, message: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_template(text, HERE, contexts={"x"})
    assert caught.value.message.startswith(message)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", "plain"),
        ("${{ n }}", 5.0),
        ("${{ o }}", {"a": 1}),
        ("${{ x }}-${{ n }}-${{ o }}", "hi-5-Object"),
        ("{0} ${{ x }}", "{0} hi"),
    ],
)
def test_interpolation(text: str, value: Any) -> None:
    assert interpolate(text, CONTEXTS) == value


def test_interpolation_passes_functions_on() -> None:
    assert interpolate("is ${{ always() }}", {}, {"always": lambda: True}) == "is true"
    with pytest.raises(ExpressionError, match="Unrecognized function"):
        interpolate("is ${{ always() }}", {})


@given(st.text("${} 'ab", max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        value = parse_template(text, HERE)
    except ExpressionError:
        return
    assert isinstance(value, str | Expression)


@given(st.text())
def test_text_around_an_expression_comes_back_unchanged(text: str) -> None:
    if "${{" not in text and not text.endswith(("$", "${")):
        assert interpolate(text + "${{ x }}" + text, {"x": "|"}) == f"{text}|{text}"


def test_values_are_evaluated_in_depth() -> None:
    value = {
        "plain": 1.5,
        read("${{ x }}"): (read("${{ n }}"), {"b": read("${{ none }}")}),
        "flag": True,
    }
    assert evaluate_value(value, CONTEXTS) == {"plain": 1.5, "hi": [5.0, {"b": None}], "flag": True}


def test_an_item_that_yields_an_array_is_spliced_in() -> None:
    value = ("self-hosted", read("${{ list }}"), read("${{ none }}"), read("${{ o }}"), ("c",))
    assert evaluate_value(value, CONTEXTS) == ["self-hosted", "a", "b", None, {"a": 1}, ["c"]]


def test_insert_merges_a_mapping() -> None:
    value = {"b": 2, Insert(HERE): read("${{ o }}")}
    assert evaluate_value(value, CONTEXTS) == {"b": 2, "a": 1}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"A": 1, Insert(HERE): read("${{ o }}")}, "'a' is already defined"),
        ({Insert(HERE): read("${{ x }}")}, "Expected a mapping"),
        ({read("${{ list }}"): 1}, "A sequence was not expected"),
        ({read("${{ o }}"): 1}, "A mapping was not expected"),
        ({read("${{ n }}"): 1}, "Unexpected value '5'"),
    ],
)
def test_a_mapping_that_cannot_be_made(value: Any, message: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        evaluate_value(value, CONTEXTS)
    assert caught.value.message == message


def test_the_contexts_of_a_value() -> None:
    value = {
        read("${{ vars.a }}"): (read("a ${{ NEEDS.x || fromJSON(env.y) }}"), "${{ github }}"),
        "k": {"l": read("${{ x.needs }}")},
    }
    assert expression_contexts(value) == {"vars", "needs", "env", "x"}
    assert expression_contexts(None) == set()
