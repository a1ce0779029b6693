"""A short run of `make fuzz`: the same texts every time."""

from __future__ import annotations

import random
import time

import pytest

from tests import fuzz
from tests.fuzz import TARGETS, FailedError, Target, attempt, grow, try_one

TEXTS = {"parse": 15, "action": 15, "expressions": 40, "lint": 5}


@pytest.mark.parametrize("name", TARGETS)
def test_damaged_texts(name: str) -> None:
    for number in range(TEXTS[name]):
        try_one(TARGETS[name], random.Random(f"1 {number}"), is_grown=number == 0)


def test_the_same_seed_makes_the_same_texts() -> None:
    for target in TARGETS.values():
        assert target.make(random.Random("2")) == target.make(random.Random("2"))


def refuse_x(text: str) -> None:
    """Fails for texts that hold an x and a y."""
    if "x" in text and "y" in text:
        raise KeyError(text)


def test_a_failing_text_is_made_small() -> None:
    with pytest.raises(FailedError) as caught:
        attempt(Target("x", refuse_x, str), "ab" * 30 + "x" + "cd" * 30 + "y" + "ef" * 30)
    assert caught.value.text == "xy"
    assert "KeyError" in str(caught.value)


def work_too_long(text: str) -> None:
    """Takes time by the fourth power of the length."""
    end = time.process_time() + 0.001 * (len(text) / 4000) ** 4
    while time.process_time() < end:
        pass


def test_time_out_of_proportion_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz, "TRIES", 2)
    with pytest.raises(FailedError, match="growing by"):
        grow(Target("x", work_too_long, str), "ab", 1, "ccc")
