"""Evaluation: operators, look-up, functions."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runyard.language import ExpressionError, evaluate
from runyard.language.expressions.format_string import FormatCheck, check_format
from runyard.language.expressions.interpolate import parse_template
from runyard.language.model import Expression, Position

CONTEXTS: dict[str, Any] = {
    "github": {
        "ref": "refs/heads/main",
        "Event_Name": "push",
        "event": {"commits": [{"id": "a"}, {"id": "b"}, {"x": 1}]},
    },
    "list": ["zero", "one", "two"],
    "mixed": [None, 1, "x", ["a", "b"], {"k": "v", "n": None}],
    "nothing": None,
    "empty": {},
}

VALUES: list[tuple[str, Any]] = [
    ("", None),
    ("'it''s'", "it's"),
    ("1 && 2 && 0 && 3", 0.0),
    ("'' || null || 'x' || 'y'", "x"),
    ("!github", False),
    ("true && 'a' || 'b'", "a"),
    ("1 <= 1 && 2 >= 2", True),
    ("null <= null && !(null < null)", True),
    ("NaN != NaN && !(NaN <= NaN)", True),
    ("github == github && github <= github && github >= github", True),
    ("github.event_name", "push"),
    ("GITHUB['REF']", "refs/heads/main"),
    ("github.none.of.these", None),
    ("list[1]", "one"),
    ("list['1']", "one"),
    ("list[true]", "one"),
    ("list[1.9]", "one"),
    ("list[3]", None),
    ("list[-1]", None),
    ("list[-0.0]", "zero"),
    ("list['x']", None),
    ("list[github]", None),
    ("list.length", None),
    ("nothing.*", []),
    ("empty.*", []),
    ("github.event.commits.*.id", ["a", "b"]),
    ("github.event.commits.*.x", [1]),
    ("(github.event.commits.*.id)[0]", []),
    ("mixed.*.*", ["a", "b", "v", None]),
    ("mixed[*][1]", ["b"]),
    ("mixed.*.n", [None]),
    ("github.event['*']", None),
    ("contains('Hello', 'ELL')", True),
    ("contains(list, 'ONE')", True),
    ("contains(list, list)", False),
    ("contains(github, 'ref')", False),
    ("contains(github.event.commits.*.id, 'B')", True),
    ("contains(123, 2)", True),
    ("startsWith(github.ref, 'REFS/')", True),
    ("startsWith(list, 'z')", False),
    ("endsWith('a', list)", False),
    ("endsWith(1.5, '.5')", True),
    ("join(list)", "zero,one,two"),
    ("join(list, '-')", "zero-one-two"),
    ("join(list, list)", "zero,one,two"),
    ("join(mixed)", ",1,x,Array,Object"),
    ("join(5)", "5"),
    ("join(github)", ""),
    ("format('{0}{1}{0}', 'a', 1)", "a1a"),
    ("format('{{{0}}}', 'a')", "{a}"),
    ("format('{0} {{}}', github, 'unused')", "Object {}"),
    ("format(null)", ""),
    ("format('{0:}', 1)", "1"),
    ("toJSON(fromJSON('[]'))", "[]"),
    ("toJSON(empty)", "{}"),
    ("toJSON('a\"/''é')", '"a\\"/\'é"'),
    ("toJSON(list)", '[\n  "zero",\n  "one",\n  "two"\n]'),
    ('toJSON(fromJSON(\'{"a":{"b":[1.50,null]}}\'))', '{\n  "a": {\n    "b": [\n      1.5,\n      null\n    ]\n  }\n}'),
    ("fromJSON('{\"a\":1,\"A\":2}').A", 1.0),
    ("fromJSON('1e400')", math.inf),
    ("fromJSON(true)", True),
    ("case(false, 1, true, 2, 3)", 2.0),
    ("case(1 == 2, 1, 3)", 3.0),
    ("case(true, 1, fromJSON(''), 2, 3)", 1.0),
    ("false && fromJSON('')", False),
    ("join(fromJSON('[1]'), fromJSON(''))", "1"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), VALUES)
def test_value(text: str, value: Any) -> None:
    result = evaluate(text, CONTEXTS)
    assert result == value
    assert isinstance(result, bool) is isinstance(value, bool)


ERRORS = [
    ("format('{0')", "The following format string is invalid: {0"),
    ("format('}0{', '')", "The following format string is invalid: }0{"),
    ("format('{0}}', 1)", "The following format string is invalid: {0}}"),
    ("format('{256}', 1)", "The following format string is invalid: {256}"),
    ("format('{-1}', 1)", "The following format string is invalid: {-1}"),
    ("format('{1}', 1)", "The following format string references more arguments than were supplied: {1}"),
    ("format('{0:D}', 1)", "The format specifiers 'D' are not valid for objects of type 'Number'"),
    ("case('x', 1, 2)", "case predicate must evaluate to a boolean value"),
]


@pytest.mark.parametrize(("text", "message"), ERRORS)
def test_evaluation_error(text: str, message: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        evaluate(text, CONTEXTS)
    assert caught.value.message == message
    assert caught.value.stage == "evaluation"


@pytest.mark.parametrize("text", ["", "{", "{'a':1}", "[1,]", "[" * 100_000])
def test_what_is_not_json_fails(text: str) -> None:
    with pytest.raises(ExpressionError, match=r"^Error parsing fromJson"):
        evaluate("fromJSON(text)", {"text": text})


def test_only_the_given_names_are_known() -> None:
    with pytest.raises(ExpressionError, match="Unrecognized named-value: 'env'"):
        evaluate("false && env.x", CONTEXTS)
    with pytest.raises(ExpressionError, match="Unrecognized function: 'success'"):
        evaluate("success()", CONTEXTS)


def test_functions_are_handed_in() -> None:
    functions = {"success": lambda *names: list(names), "hashFiles": lambda *patterns: "".join(patterns)}
    assert evaluate("SUCCESS('a', 1)", {}, functions) == ["a", 1.0]
    assert evaluate("hashfiles('a', 'b')", {}, functions) == "ab"
    with pytest.raises(ExpressionError, match="Too few parameters supplied"):
        evaluate("hashFiles()", {}, functions)


def test_a_read_expression_sees_a_missing_context_as_null() -> None:
    expression = parse_template("${{ secrets.TOKEN || 'none' }}", Position(1, 1))
    assert isinstance(expression, Expression)
    assert evaluate(expression, {}) == "none"


def test_a_read_expression_needs_its_functions() -> None:
    expression = parse_template("${{ success() }}", Position(1, 1))
    assert isinstance(expression, Expression)
    with pytest.raises(ExpressionError, match="Unrecognized function: 'success'"):
        evaluate(expression, {})


@pytest.mark.parametrize(
    "text",
    [
        "format('{0}{0}', big)",
        "join(bigs)",
        "toJSON(big)",
        "toJSON(bigs)",
        "fromJSON(big)",
        "format('{0}{0}{0}', half)",
    ],
)
def test_a_value_that_is_too_large_is_refused(text: str) -> None:
    big = "x" * 524_289
    with pytest.raises(ExpressionError) as caught:
        evaluate(text, {"big": big, "bigs": [big] * 1000, "half": big[:200_000]})
    assert caught.value.message == (
        f"The maximum allowed memory size was exceeded while evaluating the following expression: {text}"
    )


@pytest.mark.parametrize(
    ("text", "check"),
    [
        ("hello", FormatCheck(True, -1)),
        ("{2} {0}", FormatCheck(True, 2)),
        ("{{0}}", FormatCheck(True, -1)),
        ("{0}}}", FormatCheck(True, 0)),
        ("{", FormatCheck(False, None)),
        ("{}", FormatCheck(False, None)),
        ("{0:x}", FormatCheck(False, None)),
        ("{a}", FormatCheck(False, None)),
        ("x } y", FormatCheck(False, None)),
        ("{" + "0" * 5000 + "}", FormatCheck(False, None)),
    ],
)
def test_format_strings_are_checked(text: str, check: FormatCheck) -> None:
    assert check_format(text) == check


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False).map(lambda x: float(f"{x:.14g}") + 0.0) | st.text(),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text("abcd"), children, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_json_survives_both_ways(value: Any) -> None:
    text = evaluate("toJSON(value)", {"value": value})
    assert evaluate("fromJSON(text)", {"text": text}) == value


@given(st.recursive(st.integers(-1000, 1000) | st.booleans() | st.text('abc\n"é'), lambda x: st.lists(x), max_leaves=8))
def test_json_is_laid_out_like_that_of_python(value: Any) -> None:
    assert evaluate("toJSON(value)", {"value": value}) == json.dumps(value, indent=2, ensure_ascii=False)


OPERANDS = st.sampled_from(
    ["null", "true", "1", "'a'", "list", "github.event", "list[0]", "mixed.*", "contains(list, 'a')"]
)
OPERATORS = st.sampled_from([" && ", " || ", " == ", " != ", " < ", " <= ", " > ", " >= "])


@given(st.lists(st.tuples(OPERANDS, OPERATORS), min_size=1, max_size=6), OPERANDS)
def test_evaluation_is_deterministic(pairs: list[tuple[str, str]], last: str) -> None:
    text = "".join(operand + operator for operand, operator in pairs) + last
    first = evaluate(text, CONTEXTS)
    assert evaluate(text, CONTEXTS) == first
    assert evaluate(f"!!({text}) == !!({text})", CONTEXTS) is True
