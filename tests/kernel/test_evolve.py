"""Folding events: what is allowed, what is refused, and the JSON they are stored as."""

from __future__ import annotations

import msgspec
import pytest

from runyard.kernel import BrokenJournal, Event, Run, Status, evolve, fold
from runyard.kernel.events import (
    AttemptCreated,
    AttemptStatusChanged,
    JobCreated,
    JobStatusChanged,
    OutputSet,
    RunCreated,
    RunStatusChanged,
    StepChanged,
    TaskCreated,
    TaskStatusChanged,
)

CREATED = RunCreated(
    at=1,
    repository_id=1,
    number=1,
    workflow="ci.yml",
    source="",
    title="t",
    event="push",
    ref="refs/heads/main",
    sha="a" * 40,
    actor="ada",
    github={},
)
ATTEMPT = AttemptCreated(at=2, attempt=1, triggered_by="ada")
JOB = JobCreated(at=3, attempt=1, job=1, key="build", name="build", status=Status.BLOCKED)
TASK = TaskCreated(at=5, attempt=1, job=1, task=1, runner_id=1, runner_name="box", steps=("one", "two"))
START: list[Event] = [CREATED, ATTEMPT, JOB]


def job_becomes(status: Status, at: int = 4) -> JobStatusChanged:
    return JobStatusChanged(at=at, attempt=1, job=1, status=status)


def test_sequence_counts_events() -> None:
    assert fold(START).sequence == 3


def test_times_follow_the_statuses() -> None:
    changes = [job_becomes(Status.WAITING, 4), job_becomes(Status.RUNNING, 6), job_becomes(Status.FAILURE, 9)]
    job = fold([*START, *changes]).attempt.jobs[1]
    assert (job.created, job.started, job.stopped) == (3, 6, 9)


def test_a_job_that_waits_again_starts_afresh() -> None:
    changes = [job_becomes(Status.RUNNING, 6), job_becomes(Status.WAITING, 7)]
    assert fold([*START, *changes]).attempt.jobs[1].started == 0


def test_attempt_and_run_take_their_times_from_the_first_running_and_the_end() -> None:
    events: list[Event] = [*START]
    for at, status in ((5, Status.RUNNING), (6, Status.CANCELLING), (7, Status.RUNNING), (8, Status.CANCELLED)):
        events.append(AttemptStatusChanged(at=at, attempt=1, status=status))
        events.append(RunStatusChanged(at=at, status=status))
    run = fold(events)
    assert (run.started, run.stopped) == (run.attempt.started, run.attempt.stopped) == (5, 8)


def test_a_new_attempt_opens_the_run_again() -> None:
    run = fold([*START, AttemptStatusChanged(at=4, attempt=1, status=Status.FAILURE)])
    run = evolve(run, RunStatusChanged(at=4, status=Status.FAILURE))
    again = evolve(run, AttemptCreated(at=9, attempt=2, triggered_by="eve", debug=True))
    assert (again.status, again.started, again.stopped) == (Status.UNKNOWN, 0, 0)
    assert again.attempts[0] == run.attempts[0]
    assert again.attempt.debug


def test_the_first_value_of_an_output_stays() -> None:
    events = [OutputSet(at=4, attempt=1, job=1, name="tag", value=value) for value in ("v1", "v2")]
    assert fold([*START, *events]).attempt.jobs[1].outputs == {"tag": "v1"}


def test_steps_and_tasks() -> None:
    step = StepChanged(at=6, attempt=1, job=1, task=1, step=1, status=Status.SUCCESS, started=5, stopped=6)
    end = TaskStatusChanged(at=7, attempt=1, job=1, task=1, status=Status.SUCCESS, cause="done")
    task = fold([*START, TASK, step, end]).attempt.jobs[1].task
    assert task is not None
    assert [each.status for each in task.steps] == [Status.WAITING, Status.SUCCESS]
    assert (task.status, task.started, task.stopped, task.cause) == (Status.SUCCESS, 5, 7, "done")


BROKEN: dict[str, list[Event]] = {
    "created twice": [CREATED, CREATED],
    "nothing": [],
    "before creation": [ATTEMPT],
    "unknown attempt": [CREATED, JOB],
    "job twice": [*START, JOB],
    "unknown job": [CREATED, ATTEMPT, job_becomes(Status.WAITING)],
    "task out of order": [*START, TASK, TASK],
    "unknown task": [*START, TaskStatusChanged(at=6, attempt=1, job=1, task=1, status=Status.SUCCESS)],
    "unknown step": [*START, TASK, StepChanged(at=6, attempt=1, job=1, task=1, step=2, status=Status.RUNNING)],
    "terminal step": [
        *START,
        TASK,
        StepChanged(at=6, attempt=1, job=1, task=1, step=0, status=Status.SUCCESS),
        StepChanged(at=6, attempt=1, job=1, task=1, step=0, status=Status.FAILURE),
    ],
    "terminal job": [*START, job_becomes(Status.SUCCESS), job_becomes(Status.FAILURE)],
    "cancelling job succeeds": [*START, job_becomes(Status.CANCELLING), job_becomes(Status.SUCCESS)],
    "terminal attempt": [
        *START,
        AttemptStatusChanged(at=4, attempt=1, status=Status.SUCCESS),
        AttemptStatusChanged(at=4, attempt=1, status=Status.RUNNING),
    ],
    "terminal run": [
        *START,
        RunStatusChanged(at=4, status=Status.SUCCESS),
        RunStatusChanged(at=4, status=Status.FAILURE),
    ],
}


@pytest.mark.parametrize("events", BROKEN.values(), ids=BROKEN)
def test_impossible_events_are_refused(events: list[Event]) -> None:
    with pytest.raises(BrokenJournal):
        fold(events)


def test_events_are_tagged_json() -> None:
    stored = msgspec.json.encode(job_becomes(Status.WAITING))
    assert msgspec.json.decode(stored)["type"] == "job_status_changed"
    assert msgspec.json.decode(stored, type=Event) == job_becomes(Status.WAITING)


def test_state_is_json_too() -> None:
    run = fold([*START, TASK])
    assert msgspec.json.decode(msgspec.json.encode(run), type=Run) == run
