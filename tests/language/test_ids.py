"""Laws of identifiers. Single ones are in `cases/names/`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runyard.language.ids import IdBuilder, build_id, environment_name_problem, identifier_problem


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


SEGMENTS = st.lists(st.text(max_size=12) | st.sampled_from(["__a", "1", "-", "x" * 120, "é"]), max_size=4)


@given(SEGMENTS, st.integers(10, 99))
def test_a_generated_id_is_an_identifier(segments: list[str], length: int) -> None:
    name = build_id(segments, reserved=False, max_length=length)
    assert identifier_problem(name) is None
    assert len(name) <= length
    assert build_id(segments, reserved=False, max_length=length) == name


@given(st.lists(SEGMENTS, max_size=12), st.booleans(), st.integers(10, 40))
def test_ids_of_one_scope_are_all_different(parts: list[list[str]], reserved: bool, length: int) -> None:
    names = [build.build(each, reserved=reserved, max_length=length) for build in [IdBuilder()] for each in parts]
    assert len({name.lower() for name in names}) == len(names)
    assert all(len(name) <= length for name in names)
    assert names[:1] == [build_id(each, reserved=reserved, max_length=length) for each in parts[:1]]


@given(st.lists(st.from_regex(r"[A-Za-z_][A-Za-z0-9_-]{0,8}", fullmatch=True), max_size=6))
def test_legal_parts_are_only_joined(parts: list[str]) -> None:
    assert build_id(parts) == ("_".join(parts) or "job")[:100]


@pytest.mark.parametrize(
    ("name", "good"), [("PATH", True), ("a.b-c", True), ("A B", False), ("A=B", False), ("A&B", False), ("", False)]
)
def test_names_of_environment_variables(name: str, good: bool) -> None:
    assert (environment_name_problem(name) is None) is good
