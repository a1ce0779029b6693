"""Filter patterns: what they match, and what a linter says of them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runyard.language.glob_check import GlobProblem, check_glob
from runyard.language.globs import ignored, included, match_ignored, match_pattern, parse_pattern


def test_a_set_of_names() -> None:
    assert included(["*.py"], ["a.md", "a.py"])
    assert not included(["*.py"], ["a.md"])
    assert not included(["*.py"], [])
    assert ignored(["*.md"], ["a.md", "b.md"])
    assert not ignored(["*.md"], ["a.md", "a.py"])


def slow_match(pattern: str, name: str) -> bool:
    """The grammar read word by word: what an element takes, tried at every length."""
    if not pattern:
        return not name
    if pattern.startswith("**/"):
        ends = [end for end, character in enumerate(name, 1) if character == "/"]
        return slow_match(pattern[3:], name) or any(slow_match(pattern[3:], name[end:]) for end in ends if end > 1)
    if pattern.startswith("**"):
        return any(slow_match(pattern[2:], name[end:]) for end in range(len(name) + 1))
    if pattern[0] == "*":
        reach = (name + "/").index("/")
        return any(slow_match(pattern[1:], name[end:]) for end in range(reach + 1))
    accepted, rest = slow_operand(pattern)
    sign, least, most = rest[:1], 1, 1
    if sign in ("?", "+"):
        rest, least, most = rest[1:], int(sign == "+"), len(name) if sign == "+" else 1
    return any(
        slow_match(rest, name[count:])
        for count in range(least, most + 1)
        if count <= len(name) and all(character in accepted for character in name[:count])
    )


def slow_operand(pattern: str) -> tuple[str, str]:
    """The characters that the first element takes, and the pattern behind it."""
    if pattern[0] == "\\" and len(pattern) > 1:
        return pattern[1], pattern[2:]
    bracket = re.match(r"\[([^\]]+)\]", pattern)
    if bracket is None:
        return pattern[0], pattern[1:]
    spread = re.sub("[a-c]-[a-c]", slow_range, bracket[1])
    return spread, pattern[bracket.end() :]


def slow_range(found: re.Match[str]) -> str:
    letters = "".join(letter for letter in "abc" if found[0][0] <= letter <= found[0][2])
    return letters or found[0]


PARTS = [
    "*",
    "**",
    "**/",
    "/",
    "a",
    "b",
    "c",
    ".",
    "?",
    "+",
    "!",
    "-",
    "[ab]",
    "[a-c]",
    "[c-a]",
    "\\*",
    "\\[",
    "[",
    "]",
]
PATTERNS = st.lists(st.sampled_from(PARTS), max_size=6).map("".join)
NAMES = st.text("abc/.*[-!", max_size=7)


@settings(max_examples=200)
@given(PATTERNS.filter(lambda pattern: not pattern.startswith("!")), NAMES)
def test_a_pattern_matches_as_the_grammar_says(pattern: str, name: str) -> None:
    assert parse_pattern(pattern).matches(name) == slow_match(pattern, name)
    assert match_pattern([pattern], name) == match_ignored([pattern], name) == slow_match(pattern, name)


@given(st.lists(PATTERNS, max_size=4), PATTERNS, NAMES)
def test_the_last_pattern_that_matches_decides(patterns: list[str], last: str, name: str) -> None:
    before = match_pattern(patterns, name)
    does_match = parse_pattern(last).matches(name)
    assert match_pattern([*patterns, last], name) == (not last.startswith("!") if does_match else before)
    assert match_pattern([*patterns, "**"], name)
    assert not match_pattern([*patterns, "!**"], name)


@given(st.lists(PATTERNS, max_size=4), st.lists(NAMES, max_size=4))
def test_lists_about_several_names(patterns: list[str], names: list[str]) -> None:
    assert included(patterns, names) == any(match_pattern(patterns, name) for name in names)
    assert ignored(patterns, names) == all(match_ignored(patterns, name) for name in names)


@given(st.lists(PATTERNS.filter(lambda pattern: not pattern.startswith("!")), max_size=4), NAMES)
def test_without_negation_both_kinds_of_list_match_the_same(patterns: list[str], name: str) -> None:
    assert match_pattern(patterns, name) == match_ignored(patterns, name)


@given(st.text("*?+[]a-b/!\\", max_size=12), st.text(max_size=12))
def test_any_text_is_a_pattern(pattern: str, name: str) -> None:
    assert match_pattern([pattern], name) in (True, False)
    assert match_pattern(["**", pattern, "**"], name)


@given(st.text(max_size=12))
def test_an_escaped_text_matches_itself_alone(text: str) -> None:
    pattern = "".join(f"\\{character}" for character in text)
    assert parse_pattern(pattern).matches(text)
    assert not parse_pattern(pattern).matches(text + "a")


def test_a_hostile_pattern_is_as_fast_as_any() -> None:
    assert not match_pattern(["**a" * 200 + "b"], "a" * 2000)


@pytest.mark.parametrize("kind", ["ref", "path"])
@pytest.mark.parametrize(
    ("pattern", "column", "message"),
    [
        ("", 0, "glob pattern cannot be empty"),
        ("!", 1, "at least one character must follow !"),
        ("?", 1, "the preceding character must not be special character"),
        ("!+", 2, "the preceding character must not be special character"),
        ("*?", 2, "the preceding character must not be special character"),
        ("a++", 3, "the preceding character must not be special character"),
        ("a\nb", 0, "newline cannot be contained"),
        ("[]", 2, "character match must not be empty"),
        ("[0", 2, "missing ]"),
        ("[0-", 3, "missing ]"),
        ("[0-]", 4, "end of range is missing"),
        ("[b-a]", 4, "start of range 'b' (98) is larger than end of range 'a' (97)"),
        ("[x]", 3, "character match with single character is useless"),
    ],
)
def test_faulty_patterns(kind: str, pattern: str, column: int, message: str) -> None:
    (problem,) = check_glob(pattern, "ref" if kind == "ref" else "path")
    assert problem.column == column
    assert message in problem.message


@pytest.mark.parametrize(
    ("pattern", "column", "message"),
    [
        ("/foo", 1, "ref name must not start with /"),
        ("foo/", 4, "ref name must not end with / and ."),
        ("foo.", 4, "ref name must not end with / and ."),
        ("foo bar", 4, "ref name cannot contain spaces, ~, ^, :, [, ?, *"),
        ("\\[", 2, "ref name cannot contain spaces, ~, ^, :, [, ?, *"),
        ("\\d", 1, "only special characters [, ?, +, *, \\, ! can be escaped with \\"),
    ],
)
def test_faulty_refs(pattern: str, column: int, message: str) -> None:
    (problem,) = check_glob(pattern, "ref")
    assert problem.column == column
    assert message in problem.message
    assert check_glob(pattern, "path") == []


@pytest.mark.parametrize("pattern", [".", "..", "!.", "./a", "../a", "!./a"])
def test_faulty_paths(pattern: str) -> None:
    assert check_glob(pattern, "path") == [GlobProblem(0, "'.' and '..' are not allowed in glob path")]


@pytest.mark.parametrize(
    "pattern", ["a", "!a", "v[12].[0-9]+", "**/*.jsx?", "a!?", "..foo.txt", "\\++\\\\?", "[xA-Zy0-9z]"]
)
def test_good_patterns(pattern: str) -> None:
    assert check_glob(pattern, "ref") == []
    assert check_glob(pattern, "path") == []


@given(st.text("*?+[]a-z/!\\ \n~.", max_size=12))
def test_the_check_always_answers(pattern: str) -> None:
    for kind in ("ref", "path"):
        columns = [problem.column for problem in check_glob(pattern, "ref" if kind == "ref" else "path")]
        assert all(0 <= column <= len(pattern) for column in columns)
