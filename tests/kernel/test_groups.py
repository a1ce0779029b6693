"""The rule of concurrency groups: one holder, order of arrival, who is cancelled."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runyard.kernel.groups import MAX_WAITING, Member, arbitrate, deadlocked, group_key

HOLDER = Member(granted=True)
SINGLE = Member()
IMPATIENT = Member(cancel_in_progress=True)
PATIENT = Member(queue="max")
HASTY = Member(cancel_in_progress=True, queue="max")
"""Lint refuses it, a run does not."""


@pytest.mark.parametrize(
    ("members", "grant", "cancel"),
    [
        ([], None, []),
        ([SINGLE], 0, []),
        ([HOLDER], None, []),
        ([HOLDER, SINGLE], None, []),
        ([HOLDER, SINGLE, SINGLE], None, [(1, 2)]),
        ([SINGLE, SINGLE], 0, []),
        ([SINGLE, SINGLE, SINGLE], 0, [(1, 2)]),
        ([SINGLE, IMPATIENT], 1, [(0, 1)]),
        ([SINGLE, SINGLE, IMPATIENT], 2, [(1, 2), (0, 2)]),
        ([HOLDER, IMPATIENT], None, [(0, 1)]),
        ([HOLDER, SINGLE, IMPATIENT], None, [(1, 2), (0, 2)]),
        ([HOLDER, IMPATIENT, SINGLE], None, [(1, 2)]),
        ([HOLDER, PATIENT, PATIENT], None, []),
        ([PATIENT, PATIENT], 0, []),
        ([HOLDER, PATIENT, PATIENT, SINGLE], None, [(1, 3), (2, 3)]),
        ([HOLDER, SINGLE, PATIENT], None, []),
        ([SINGLE, PATIENT, HASTY], 2, [(0, 2), (1, 2)]),
        ([HOLDER, PATIENT, HASTY, PATIENT], None, [(0, 2)]),
    ],
)
def test_rulings(members: list[Member], grant: int | None, cancel: list[tuple[int, int]]) -> None:
    ruling = arbitrate(members)
    assert (ruling.grant, list(ruling.cancel)) == (grant, cancel)


def test_only_so_many_wait() -> None:
    ruling = arbitrate([HOLDER, *[PATIENT] * (MAX_WAITING + 2)])
    assert ruling.cancel == ((MAX_WAITING + 1, MAX_WAITING + 1), (MAX_WAITING + 2, MAX_WAITING + 2))
    assert arbitrate([PATIENT] * (MAX_WAITING + 1)).cancel == ()
    assert arbitrate([PATIENT] * (MAX_WAITING + 1)).grant == 0


def test_names_compare_without_case() -> None:
    assert group_key("Deploy-ÄÖ") == group_key("deploy-äö")
    assert group_key("deploy") != group_key("deploy ")


ARRIVALS = st.builds(Member, st.booleans(), st.sampled_from(["single", "max"]), st.just(False))


@given(st.lists(st.one_of(st.none(), ARRIVALS), max_size=40))
def test_whoever_comes_and_goes(history: list[Member | None]) -> None:
    """None: the holder ends. Never two holders, in order of arrival, never nobody while somebody waits."""
    members: list[tuple[int, Member]] = []
    granted: list[int] = []
    for arrival, member in enumerate(history):
        if member is not None:
            members.append((arrival, member))
        else:
            members = [each for each in members if not each[1].granted]
        ruling = arbitrate([each for _, each in members])
        assert len({who for who, _ in ruling.cancel}) == len(ruling.cancel)
        stopped = {who for who, _ in ruling.cancel if not members[who][1].granted}
        if ruling.grant is not None:
            assert ruling.grant not in stopped
            who, first = members[ruling.grant]
            members[ruling.grant] = (who, first._replace(granted=True))
            granted.append(who)
        members = [each for place, each in enumerate(members) if place not in stopped]
        holders = [each for _, each in members if each.granted]
        assert len(holders) == (1 if members else 0)
        again = arbitrate([each for _, each in members])
        assert again.grant is None
        assert all(members[who][1].granted for who, _ in again.cancel)
    assert granted == sorted(granted)


class Place(NamedTuple):
    """A member of a group."""

    run_id: int
    job: int
    granted: bool


def test_runs_that_wait_for_each_other_are_found() -> None:
    one, two = Place(1, 0, True), Place(2, 0, True)
    first, second = Place(1, 4, False), Place(2, 5, False)
    assert deadlocked({"g": [one, second], "h": [two, first]}) == second
    assert deadlocked({"g": [one, second], "h": [two]}) is None
    assert deadlocked({"g": [Place(1, 3, True), second], "h": [two, first]}) is None
    third = Place(3, 0, True)
    ring = {"g": [one, second], "h": [two, Place(3, 1, False)], "i": [third, first]}
    assert deadlocked(ring) == Place(3, 1, False)
