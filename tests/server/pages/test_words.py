"""How values read."""

from __future__ import annotations

import pytest

from runyard.kernel import Attempt, Job, Status
from runyard.kernel.reasons import Reason, Waits
from runyard.server.pages import words
from runyard.server.pages.reasons import reason, spans, tally


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [(-5, "0s"), (999, "0s"), (59_999, "59s"), (187_000, "3m 07s"), (7_500_000, "2h 05m"), (273_600_000, "3d 4h")],
)
def test_durations(milliseconds: int, text: str) -> None:
    assert words.duration(milliseconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(5, "just now"), (60, "1 minute ago"), (7200, "2 hours ago"), (90_000, "yesterday"), (300_000, "3 days ago")],
)
def test_moments(seconds: int, text: str) -> None:
    assert words.ago(1_700_000_000_000, 1_700_000_000_000 + seconds * 1000) == text


def test_old_moments_are_dates() -> None:
    assert words.ago(1_700_000_000_000, 1_800_000_000_000) == "14 Nov 2023"


@pytest.mark.parametrize(
    ("ref", "short", "kind"),
    [
        ("refs/heads/a/b", "a/b", "branch"),
        ("refs/tags/v1", "v1", "tag"),
        ("refs/pull/7/merge", "#7", "pull request"),
        ("refs/pull", "refs/pull", "branch"),
    ],
)
def test_refs(ref: str, short: str, kind: str) -> None:
    assert (words.short_ref(ref), words.ref_kind(ref)) == (short, kind)


def job(number: int, status: Status, **fields: object) -> Job:
    return Job(number=number, key=f"j{number}", name=f"j{number}", status=status, **fields)  # type: ignore[arg-type]


def attempt(*jobs: Job) -> Attempt:
    return Attempt(
        number=2, status=Status.RUNNING, triggered_by="ada", created=0, jobs={each.number: each for each in jobs}
    )


def test_every_job_that_is_not_done_has_a_reason() -> None:
    waiting = Reason(Waits.RUNNER, "Waiting for a runner with the label linux")
    stopping = Reason(Waits.CANCELLING, "To be stopped")
    first = job(1, Status.WAITING)
    second = job(2, Status.FAILURE, cause="lost contact with runner 'x'")
    third = job(3, Status.CANCELLING, cause="cancelled by ada")
    fourth = job(4, Status.SUCCESS, source_attempt=1)
    assert reason(first, waiting) == "Waiting for a runner with the label linux"
    assert reason(second, None) == "Lost contact with runner 'x'"
    assert reason(third, stopping) == "Cancelled by ada"
    assert reason(fourth, None) == "Carried over from attempt 1"
    assert tally([first, second, third, fourth]) == "1 failed, 1 cancelling, 1 waiting, 1 succeeded"


def test_spans_are_parts_of_the_attempt() -> None:
    whole = attempt(
        job(1, Status.SUCCESS, started=1000, stopped=2000),
        job(2, Status.RUNNING, started=2000),
        job(3, Status.BLOCKED),
        job(4, Status.SUCCESS, started=5, stopped=9, source_attempt=1),
    )
    assert spans(whole, 5000) == {1: (0, 25), 2: (25, 75), 3: None, 4: None}
