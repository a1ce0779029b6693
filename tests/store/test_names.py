"""Which names owners and repositories may have."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runyard.store.errors import InvalidName
from runyard.store.names import RESERVED, check_owner_name, check_repository_name, key_of

WRONG = ["", ".", "..", "a b", "a/b", "ä", "x.git", "x.GIT", "a" * 101, "a\n", "a\x00"]


@pytest.mark.parametrize("name", ["a", "Ada-Lovelace_1.0", "...", ".github", "a" * 100, "git.x"])
def test_names_that_anybody_may_have(name: str) -> None:
    assert check_owner_name(name) == check_repository_name(name) == name


@pytest.mark.parametrize("name", WRONG)
def test_names_that_nobody_may_have(name: str) -> None:
    with pytest.raises(InvalidName):
        check_owner_name(name)
    with pytest.raises(InvalidName):
        check_repository_name(name)


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_words_in_urls_are_no_owners_but_may_be_repositories(name: str) -> None:
    with pytest.raises(InvalidName, match="reserved"):
        check_owner_name(name.upper())
    assert check_repository_name(name) == name


@given(st.text())
def test_a_valid_name_is_plain_text_of_a_path(name: str) -> None:
    try:
        check_repository_name(name)
    except InvalidName:
        return
    assert name.isascii()
    assert not set(name) & set("/\\ \t\n")
    assert key_of(name) == key_of(name.swapcase())
