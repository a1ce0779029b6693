"""Texts of expressions to trees, and the errors in GitHub's words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runyard.language.errors import ExpressionError
from runyard.language.expressions.parser import parse_expression
from runyard.language.expressions.tree import Compare, Function, Index, Literal, Logical, NamedValue, Node, Not, walk

UNEXPECTED = [
    ("> 1", ">", 1, "parsing"),
    ("foo 2", "2", 5, "parsing"),
    ("'foo", "'foo", 1, "lexing"),
    ('"a b"', '"a', 1, "lexing"),
    ("a = b", "=", 3, "lexing"),
    ("a &b", "&b", 3, "lexing"),
    ("a |b c", "|b", 3, "lexing"),
    ("0x01p2", "0x01p2", 1, "lexing"),
    ("-0xFF", "-0xFF", 1, "lexing"),
    ("1a", "1a", 1, "lexing"),
    ("1.b", "1.b", 1, "lexing"),
    ("a.1", "1", 3, "parsing"),
    ("1 .5", ".", 3, "parsing"),
    ("'a'.b", ".", 4, "parsing"),
    ("1[0]", "[", 2, "parsing"),
    ("true.a", ".", 5, "parsing"),
    ("foo..b", ".", 5, "parsing"),
    ("a.b(1)", "(", 4, "parsing"),
    ("a. b c", "c", 6, "parsing"),
    ("(a. b", "b", 5, "end"),
    ("a.b$", "b$", 3, "lexing"),
    ("!.b", ".b", 2, "lexing"),
    (". 5", ".", 1, "lexing"),
    ("f(,)", ",", 3, "parsing"),
    ("f(1,)", ")", 5, "parsing"),
    ("a, b", ",", 2, "parsing"),
    ("(a, b)", ",", 3, "parsing"),
    ("f(a]", "]", 4, "parsing"),
    ("(a))", ")", 4, "parsing"),
    ("foo[]", "]", 5, "parsing"),
    ("()", ")", 2, "parsing"),
    ("*", "*", 1, "parsing"),
    ("a[*.b]", ".", 4, "parsing"),
    ("a[*", "*", 3, "end"),
    ("!!", "!", 2, "end"),
    ("a.", ".", 2, "end"),
    ("f(1", "1", 3, "end"),
    ("f(", "(", 2, "end"),
    ("(a", "a", 2, "end"),
    ("! ", "!", 1, "end"),
    ("a &&", "&&", 3, "end"),
]


@pytest.mark.parametrize(("text", "token", "position", "stage"), UNEXPECTED)
def test_a_wrong_token_is_named_with_its_place(text: str, token: str, position: int, stage: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_expression(text)
    what = "Unexpected end of expression" if stage == "end" else "Unexpected symbol"
    assert caught.value.message == f"{what}: '{token}'. Located at position {position} within expression: {text}"
    assert caught.value.position == position
    assert caught.value.stage == ("parsing" if stage == "end" else stage)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("github.a && env.b", "Unrecognized named-value: 'env'. Located at position 13"),
        ("nope(env.b)", "Unrecognized function: 'nope'. Located at position 1"),
        ("success()", "Unrecognized function: 'success'. Located at position 1"),
        ("contains('a')", "Too few parameters supplied: '('. Located at position 9"),
        ("toJSON()", "Too few parameters supplied: '('. Located at position 7"),
        ("join('a', 'b', 'c')", "Too many parameters supplied: '('. Located at position 5"),
        (
            "case(true, 1, false, 2)",
            "Even number of parameters supplied, requires an odd number of parameters: '('. Located at position 5",
        ),
        ("always(1)", "Too many parameters supplied: '('. Located at position 7"),
    ],
)
def test_names_and_arguments_are_checked(text: str, message: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_expression(text, contexts=["github"], functions={"always": (0, 0)})
    assert caught.value.message == f"{message} within expression: {text}"


def test_names_are_known_in_any_case() -> None:
    parse_expression("GitHub.x && ALWAYS() && ToJson(github)", contexts=["github"], functions={"Always": (0, 0)})


def test_without_known_names_anything_goes() -> None:
    parse_expression("a.b && c() && contains()")


def test_blank_is_null() -> None:
    assert parse_expression(" \n ") == Literal(None, 1)


@pytest.mark.parametrize(
    ("text", "grouped"),
    [
        ("a || b && c", "a || (b && c)"),
        ("a == b && c != d", "(a == b) && (c != d)"),
        ("a < b == c", "(a < b) == c"),
        ("!a < b", "(!a) < b"),
        ("!a.b", "!(a.b)"),
        ("a < b < c", "(a < b) < c"),
        ("a == !b", "a == (!b)"),
        ("a && (b && c)", "a && b && c"),
        ("f(a).b[c].*", "((((f(a)).b)[c]).*)"),
    ],
)
def test_precedence(text: str, grouped: str) -> None:
    assert _shape(text) == _shape(grouped)


def _shape(text: str) -> object:
    """The tree without its positions."""

    def shape(node: object) -> object:
        match node:
            case Literal():
                return node.value
            case NamedValue():
                return node.name
            case Index():
                return ("index", shape(node.target), node.key and shape(node.key))
            case Function():
                return (node.name, *map(shape, node.arguments))
            case Not():
                return ("!", shape(node.operand))
            case Compare():
                return (node.operator, shape(node.left), shape(node.right))
            case Logical():
                return (node.operator, *map(shape, node.operands))
        raise AssertionError(node)

    return shape(parse_expression(text))


def test_white_space_is_that_of_unicode() -> None:
    assert _shape("a\u00a0&&\u2003b\u3000") == _shape("a && b")


def test_a_constant_after_a_dot_is_a_name() -> None:
    assert _shape("a.true.null") == _shape("a['true']['null']")


def test_walk_visits_parents_first_and_in_order() -> None:
    nodes = walk(parse_expression("f(a, b.c) || g(d[e])"))
    names = [node.name for node in nodes if isinstance(node, Function | NamedValue)]
    assert names == ["f", "a", "b", "g", "d", "e"]


@pytest.mark.parametrize(
    ("allowed", "too_deep"),
    [
        ("a" + "[1]" * 49, "a" + "[1]" * 50),
        ("a" + ".*" * 49, "a" + ".*" * 50),
        ("!" * 49 + "a", "!" * 50 + "a"),
        ("f(" * 49 + "1" + ")" * 49, "f(" * 50 + "1" + ")" * 50),
        ("(" * 9000 + "a" + ")" * 9000, "!" * 20_000 + "a"),
        ("&&".join("a" * 5000), "a == a" + " == a" * 49),
    ],
)
def test_depth_is_limited(allowed: str, too_deep: str) -> None:
    assert parse_expression(allowed).depth <= 50
    with pytest.raises(ExpressionError, match=r"^Exceeded max expression depth 50$"):
        parse_expression(too_deep)


def test_length_is_limited() -> None:
    parse_expression("a".ljust(21_000))
    with pytest.raises(ExpressionError, match=r"^Exceeded max expression length 21000$"):
        parse_expression("a".ljust(21_001))


PIECES = st.sampled_from(
    [
        *"()[].,*!<>=&|'",
        "&&",
        "||",
        "==",
        "!=",
        "a",
        "b-c",
        "f(",
        "'x'",
        "''",
        "1",
        "-2.5",
        "true",
        "null",
        " ",
        "é",
        "0x1",
    ]
)


@given(st.one_of(st.text(), st.lists(PIECES, max_size=12).map("".join)))
def test_any_text_parses_or_raises_an_expression_error(text: str) -> None:
    node, error = _parsed(text)
    if error is not None:
        assert error.stage in ("lexing", "parsing")
        assert error.position is None or 1 <= error.position <= len(text)
    elif node != Literal(None, 1):
        again, _ = _parsed(f" ({text}) ")
        assert again is not None
        assert node is not None
        assert again.depth == node.depth


def _parsed(text: str) -> tuple[Node | None, ExpressionError | None]:
    try:
        return parse_expression(text), None
    except ExpressionError as error:
        return None, error
