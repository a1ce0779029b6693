from __future__ import annotations

import base64
import json
import urllib.parse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runyard.runner.masks import MASK, Masks

SECRET = 'p@ss "wörd"/+%&<x>'


def test_longest_wins_and_overlaps_merge() -> None:
    masks = Masks(["abc", "abcdef", "efgh"])
    assert masks.apply("xabcdefghx abc") == f"x{MASK}x {MASK}"


def test_nothing_is_hidden_for_blank_values() -> None:
    masks = Masks(["", "  ", "\n"])
    assert masks.apply("a  b") == "a  b"


def test_lines_of_a_secret_are_hidden_alone() -> None:
    masks = Masks(["-----BEGIN\r\n  body \n{\n-----END"])
    assert masks.apply("x body { -----END") == f"x {MASK} {{ {MASK}"


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        json.dumps(SECRET),
        json.dumps(SECRET, ensure_ascii=False),
        urllib.parse.quote(SECRET, safe=""),
        urllib.parse.quote(SECRET),
        urllib.parse.quote_plus(SECRET),
        SECRET.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"),
        base64.b64encode(SECRET.encode()).decode(),
    ],
)
def test_derived_forms_are_hidden(form: str) -> None:
    assert "rd" not in Masks([SECRET]).apply(f"<{form}>").replace(MASK, "")


@given(st.binary(max_size=5), st.text("abcdefgh0123", min_size=9, max_size=30), st.binary(max_size=5))
def test_base64_is_hidden_wherever_the_secret_begins(before: bytes, secret: str, after: bytes) -> None:
    text = base64.b64encode(before + secret.encode() + after).decode()
    assert MASK in Masks([secret]).apply(text)


@given(st.lists(st.text("ab", min_size=1, max_size=4), min_size=1, max_size=4), st.text("abc", max_size=30))
def test_no_value_survives(values: list[str], text: str) -> None:
    masks = Masks(values)
    assert not masks.hit(masks.apply(text))
    assert masks.hit(text) == (masks.apply(text) != text)
