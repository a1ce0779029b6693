"""Which lines belong to which step."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from runyard.kernel import Status, Step, Task
from runyard.server.pages.steps import step_views

OK, BAD, RUNS, WAITS, SKIPPED = Status.SUCCESS, Status.FAILURE, Status.RUNNING, Status.WAITING, Status.SKIPPED


def task(status: Status, *steps: Step) -> Task:
    return Task(number=1, runner_id=1, runner_name="r", status=status, steps=steps, started=10, stopped=0)


def step(index: int, status: Status, first: int = 0, length: int = 0) -> Step:
    started = 0 if status in (WAITS, SKIPPED) else 20 + index
    return Step(index=index, name=f"s{index}", status=status, started=started, log_index=first, log_length=length)


def shape(of: Task) -> list[tuple[str, int, int | None]]:
    return [(view.status, view.first, view.end) for view in step_views(of)]


def test_no_runner_no_steps() -> None:
    assert step_views(None) == ()


def test_before_the_first_step_all_lines_are_the_set_up() -> None:
    assert shape(task(RUNS, step(0, WAITS))) == [("running", 0, None), ("waiting", 0, 0), ("waiting", 0, 0)]


def test_a_running_step_has_no_end_yet() -> None:
    steps = step(0, OK, 3, 4), step(1, RUNS, 7), step(2, WAITS)
    assert shape(task(RUNS, *steps)) == [
        ("success", 0, 3),
        ("success", 3, 7),
        ("running", 7, None),
        ("waiting", 0, 0),
        ("waiting", 0, 0),
    ]


def test_between_two_steps_new_lines_stay_with_the_last_one() -> None:
    assert shape(task(RUNS, step(0, OK, 3, 4), step(1, WAITS)))[1] == ("success", 3, None)


def test_after_the_last_step_lines_are_the_completion() -> None:
    assert shape(task(RUNS, step(0, OK, 1, 2)))[-1] == ("running", 3, None)
    assert shape(task(BAD, step(0, BAD, 1, 2), step(1, SKIPPED)))[-2:] == [("skipped", 0, 0), ("success", 3, None)]


def test_a_step_whose_runner_was_lost_ends_as_its_job() -> None:
    assert shape(task(BAD, step(0, RUNS, 1), step(1, WAITS))) == [
        ("success", 0, 1),
        ("failure", 1, None),
        ("skipped", 0, 0),
        ("failure", 0, 0),
    ]


@given(st.lists(st.integers(0, 5), max_size=5), st.integers(0, 5), st.sampled_from([OK, BAD, RUNS]), st.integers(0, 3))
def test_every_line_has_exactly_one_step(lengths: list[int], before: int, status: Status, rest: int) -> None:
    steps, first = [], before
    for index, length in enumerate(lengths):
        runs = status is RUNS and index == len(lengths) - 1
        steps.append(step(index, RUNS if runs else OK, first, 0 if runs else length))
        first += length
    views = step_views(task(status, *steps, step(len(lengths), WAITS if status is RUNS else SKIPPED)))
    total = first + rest
    for line in range(total):
        assert sum(view.holds(line) for view in views) == 1
    assert sum(view.length(total) for view in views) == total
