"""Identifiers, written and generated."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runyard.language.ids import IdBuilder, build_id, environment_name_problem, identifier_problem


@pytest.mark.parametrize(
    ("segments", "expected"),
    [
        (["one", "two"], "one_two"),
        (["", "one", "", "two", ""], "one_two"),
        (["!hello", "!world"], "_hello__world"),
        (["!@world", "!@world"], "__world___world"),
        (["123", "456"], "_123_456"),
        (["-abc", "-def"], "_-abc_-def"),
        (["é"], "_"),
        ([], "job"),
        ([""], "job"),
        (["a" * 120], "a" * 100),
    ],
)
def test_ids_of_parts(segments: list[str], expected: str) -> None:
    assert build_id(segments) == expected


def test_reserved_beginnings_are_collapsed_on_demand() -> None:
    assert build_id(["__run"], reserved=False) == "_run"
    assert build_id(["__run"]) == "__run"


def test_ids_of_one_scope_differ() -> None:
    ids = IdBuilder()
    assert ids.take("Build")
    assert not ids.take("build")
    assert [ids.build(["build"]), ids.build(["build"]), ids.build(["BUILD_2"])] == ["build_2", "build_3", "BUILD_2_2"]
    assert ids.build(["abcdef"], max_length=5) == "abcde"
    assert ids.build(["abcdef"], max_length=5) == "abc_2"


def test_a_thousand_collisions_are_too_many() -> None:
    ids = IdBuilder()
    for _ in range(999):
        ids.build(["x"])
    with pytest.raises(ValueError, match="Unable to create a unique name from 'x'"):
        ids.build(["x"])


@pytest.mark.parametrize("name", ["a", "_", "A-b_9", "_1", "x" * 99])
def test_good_identifiers(name: str) -> None:
    assert identifier_problem(name) is None


@pytest.mark.parametrize("name", ["", "1a", "-a", "a b", "a.b", "é", "x" * 100])
def test_bad_identifiers(name: str) -> None:
    assert identifier_problem(name) == (
        f"The identifier '{name}' is invalid. IDs may only contain alphanumeric characters, '_', and '-'. "
        "IDs must start with a letter or '_' and must be less than 100 characters."
    )


def test_reserved_identifiers() -> None:
    assert identifier_problem("__a") == "The identifier '__a' is invalid. IDs starting with '__' are reserved."


@given(st.lists(st.text(), max_size=4))
def test_a_generated_id_is_an_identifier(segments: list[str]) -> None:
    name = build_id(segments, reserved=False, max_length=99)
    assert identifier_problem(name) is None


@pytest.mark.parametrize(
    ("name", "good"), [("PATH", True), ("a.b-c", True), ("A B", False), ("A=B", False), ("A&B", False), ("", False)]
)
def test_names_of_environment_variables(name: str, good: bool) -> None:
    assert (environment_name_problem(name) is None) is good
