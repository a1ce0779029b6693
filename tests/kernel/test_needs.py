"""Results and outputs of a key, as dependents see them."""

from __future__ import annotations

import pytest

from runyard.kernel import Job, Need, Status
from runyard.kernel.needs import merge

S, F, C, K, R = Status.SUCCESS, Status.FAILURE, Status.CANCELLED, Status.SKIPPED, Status.RUNNING


def job(number: int, status: Status, *, ignored: bool = False, stopped: int = 0, **outputs: str) -> Job:
    return Job(number, "m", f"m {number}", status, continue_on_error=ignored, stopped=stopped, outputs=outputs)


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([S], S),
        ([K, K], K),
        ([S, K], S),
        ([S, C], C),
        ([C, K], C),
        ([S, C, F], F),
    ],
)
def test_results(statuses: list[Status], expected: Status) -> None:
    merged = merge([job(number, status) for number, status in enumerate(statuses)])
    assert merged == Need({}, expected)


def test_a_key_with_an_open_job_has_no_result() -> None:
    assert merge([job(1, S), job(2, R)]) is None


def test_continue_on_error() -> None:
    assert merge([job(1, F, ignored=True), job(2, K)]) == Need({}, S)
    assert merge([job(1, F, ignored=True), job(2, F)]) == Need({}, F)


def test_the_last_to_end_wins_but_empty_values_do_not() -> None:
    jobs = [
        job(1, S, stopped=30, tag="late", only="here"),
        job(2, S, stopped=40, tag="", none=""),
        job(3, S, stopped=20, tag="early"),
    ]
    assert merge(jobs) == Need({"tag": "late", "only": "here", "none": ""}, S)
