"""Filter patterns: what they match, and what a linter says of them."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runyard.language.glob_check import GlobProblem, check_glob
from runyard.language.globs import ignored, included, match_ignored, match_pattern, parse_pattern

MATCHES = [
    (["feature/*"], ["feature/a"], ["feature/a/b", "feature", "Feature/a"]),
    (["feature/**"], ["feature/a", "feature/a/b"], ["feature"]),
    (["*"], ["main", ""], ["a/b"]),
    (["**"], ["main", "a/b", "a\nb"], []),
    (["*feature"], ["feature", "my-feature"], ["x/feature"]),
    (["v2*"], ["v2", "v2.9"], ["v12"]),
    (["v[12].[0-9]+.[0-9]+"], ["v1.10.1", "v2.0.0"], ["v1x10x1", "v3.0.0", "v1..1"]),
    (["*.jsx?"], ["page.js", "page.jsx"], ["a/page.js", "page.jsxx"]),
    (["**/"], ["", "a/", "a/b/"], ["a", "/"]),
    (["**.js"], ["a.js", "src/js/a.js"], ["a.jsx"]),
    (["docs/**/*.md"], ["docs/README.md", "docs/a/b/c.md"], ["README.md"]),
    (["**/docs/**"], ["docs/x", "a/docs/b/c"], ["docs"]),
    (["**/*src/**"], ["a/src/x", "my-src/code/x"], ["srcs/x"]),
    (["*.md", "!README.md"], ["hello.md"], ["README.md", "docs/hello.md"]),
    (["*.md", "!README.md", "README*"], ["README.md", "README.doc"], ["docs/x.md"]),
    (["\\!file"], ["!file"], ["file", "\\!file"]),
    (["!file"], [], ["file", "other"]),
    ([".yml"], [".yml"], ["fyml"]),
    (["a\\*b"], ["a*b"], ["axb"]),
    (["[a-c]+x"], ["ax", "abcx"], ["x", "dx"]),
    (["[ab]?x"], ["ax", "x"], ["abx"]),
    (["[!-x]"], ["!", "-", "x"], ["a"]),
    (["a!b"], ["a!b"], ["ab"]),
    (["[a"], ["[a"], ["a"]),
    (["[]"], ["[]"], [""]),
    (["+a"], ["+a"], ["a"]),
    (["a\\"], ["a\\"], ["a"]),
    (["(a|b){2}^$"], ["(a|b){2}^$"], ["ab"]),
    ([], [], ["a", ""]),
]


@pytest.mark.parametrize(("patterns", "matching", "others"), MATCHES)
def test_patterns(patterns: list[str], matching: list[str], others: list[str]) -> None:
    assert [name for name in matching + others if match_pattern(patterns, name)] == matching


def test_an_ignore_list_drops_what_any_pattern_matches() -> None:
    assert match_ignored(["docs/**", "*.md"], "a.md")
    assert not match_ignored(["docs/**", "*.md"], "a.py")
    assert match_ignored(["!src/**"], "docs/a")
    assert not match_ignored(["!src/**"], "src/a")


def test_a_set_of_names() -> None:
    assert included(["*.py"], ["a.md", "a.py"])
    assert not included(["*.py"], ["a.md"])
    assert not included(["*.py"], [])
    assert ignored(["*.md"], ["a.md", "b.md"])
    assert not ignored(["*.md"], ["a.md", "a.py"])


ELEMENTS = {
    "*": "[^/]*",
    "**": ".*",
    "**/": "(.+/)?",
    "a?": "a?",
    "b+": "b+",
    "[ab]": "[ab]",
    "[ab]+": "[ab]+",
    "/": "/",
    "\\*": "\\*",
    "a": "a",
    ".": "\\.",
}


@given(st.lists(st.sampled_from(sorted(ELEMENTS)), max_size=6), st.text("ab/*.", max_size=8))
def test_a_pattern_matches_like_its_regular_expression(elements: list[str], name: str) -> None:
    for left, right in pairwise(elements):
        if left.endswith("*") and right[0] in "*/" and not left.startswith("\\"):
            return
    regex = "".join(ELEMENTS[element] for element in elements)
    assert parse_pattern("".join(elements)).matches(name) == bool(re.fullmatch(regex, name, re.DOTALL))


@given(st.text("*?+[]a-b/!\\", max_size=12), st.text("ab/*[", max_size=12))
def test_any_text_is_a_pattern(pattern: str, name: str) -> None:
    assert match_pattern([pattern], name) in (True, False)
    assert match_pattern(["**", pattern, "**"], name)


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
