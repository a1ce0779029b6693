"""The table of transitions and the aggregation of jobs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runyard.kernel import TERMINAL, TRANSITIONS, Status, aggregate, may_become

S, F, C, K = Status.SUCCESS, Status.FAILURE, Status.CANCELLED, Status.SKIPPED
W, R, B, X = Status.WAITING, Status.RUNNING, Status.BLOCKED, Status.CANCELLING


def test_the_numbers_are_those_of_gitea() -> None:
    assert [status.value for status in Status] == list(range(9))
    assert [status.label for status in Status][1:5] == ["success", "failure", "cancelled", "skipped"]


def test_terminal_is_final() -> None:
    for status in TERMINAL:
        assert status.is_terminal
        assert [new for new in Status if may_become(status, new)] == [status]


def test_cancelling_only_ends() -> None:
    assert TRANSITIONS[X] == {C, F}


def test_nothing_becomes_unknown() -> None:
    assert not any(Status.UNKNOWN in successors for successors in TRANSITIONS.values())


def test_every_open_status_has_a_way_to_every_end() -> None:
    for status in (B, W, R):
        assert TRANSITIONS[status] >= TERMINAL | {X}


AGGREGATES: list[tuple[list[Status], Status]] = [
    ([], Status.UNKNOWN),
    ([K, K], K),
    ([S, K], S),
    ([S, S], S),
    ([S, F], F),
    ([K, F], F),
    ([F, C], C),
    ([S, C], C),
    ([K, C], C),
    ([F, B], B),
    ([C, B], B),
    ([B, W], W),
    ([F, W], W),
    ([W, R], R),
    ([C, F, R], R),
    ([R, X, W], X),
    ([S, X], X),
]


@pytest.mark.parametrize(("jobs", "expected"), AGGREGATES)
def test_aggregate(jobs: list[Status], expected: Status) -> None:
    assert aggregate((status, False) for status in jobs) is expected
    assert aggregate((status, False) for status in reversed(jobs)) is expected


def test_continue_on_error_hides_failures_only() -> None:
    assert aggregate([(F, True), (S, False)]) is S
    assert aggregate([(F, True), (K, False)]) is S
    assert aggregate([(F, True)]) is S
    assert aggregate([(F, True), (F, False)]) is F
    assert aggregate([(C, True), (S, False)]) is C


@given(st.lists(st.tuples(st.sampled_from([s for s in Status if s is not Status.UNKNOWN]), st.booleans()), min_size=1))
def test_terminal_exactly_when_all_jobs_are(jobs: list[tuple[Status, bool]]) -> None:
    assert aggregate(jobs).is_terminal is all(status.is_terminal for status, _ in jobs)
