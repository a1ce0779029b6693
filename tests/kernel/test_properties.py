"""Random workflows under random commands, sensible or not: `Scenario` checks every invariant after each of them."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runyard.kernel import (
    CancelRun,
    ClaimJob,
    Command,
    ExpireTask,
    Refused,
    ReportTask,
    Rerun,
    RerunKind,
    Status,
    StepReport,
)
from tests.kernel.scenario import Scenario, check_journal

CONDITIONS = [
    "success()",
    "always()",
    "failure()",
    "cancelled()",
    "'!cancelled()'",
    "false",
    "github.actor == 'ada'",
    "always() && contains(toJSON(needs), 'failure')",
    "failure() || cancelled()",
    "fromJSON('oops')",
]
MATRICES = [
    None,
    None,
    "{n: [1, 2, 3]}",
    "{n: [1], include: [{n: 5}, {n: 6, deep: {a: [1, x]}}]}",
    "{n: \"${{ fromJSON(needs.%s.outputs.m || '[7, 8]') }}\"}",
]
OUTPUTS: list[dict[str, str]] = [{}, {}, {"m": "[1, 2]"}, {"m": '["a", {"b": 1}]'}, {"m": "oops"}, {"m": ""}]
RESULTS = [Status.UNKNOWN, Status.SUCCESS, Status.FAILURE, Status.CANCELLED, Status.SKIPPED]


@st.composite
def workflows(draw: st.DrawFn) -> str:
    """A valid workflow of up to six keys; each needs some of the keys before it."""
    keys = [f"k{index}" for index in range(draw(st.integers(1, 6)))]
    jobs = []
    for index, key in enumerate(keys):
        needs = draw(st.lists(st.sampled_from(keys[:index]), unique=True, max_size=3)) if index else []
        matrix = draw(st.sampled_from(MATRICES if needs else MATRICES[:-1]))
        lines = [f"  {key}:", "    runs-on: x", f"    needs: [{', '.join(needs)}]"]
        condition = draw(st.sampled_from([None] * 12 + CONDITIONS))
        if condition:
            lines.append(f"    if: {condition}")
        if draw(st.integers(0, 4)) == 0:
            lines.append("    continue-on-error: ${{ matrix.n != 1 }}" if matrix else "    continue-on-error: true")
        if matrix:
            lines += [
                "    strategy:",
                f"      fail-fast: {str(draw(st.booleans())).lower()}",
                f"      matrix: {matrix % needs[0] if '%s' in matrix else matrix}",
            ]
            cap = draw(st.integers(0, 2))
            if cap:
                lines.append(f"      max-parallel: {cap}")
        lines.append("    steps: [{run: a}, {run: b}]")
        jobs.append("\n".join(lines))
    return "on: push\njobs:\n" + "\n".join(draw(st.permutations(jobs))) + "\n"


class Move(NamedTuple):
    """A command in the making: `pick` chooses what it is about among what there is when it is sent."""

    kind: str
    pick: int
    result: Status
    outputs: dict[str, str]
    flag: bool
    steps: tuple[tuple[int, Status, int], ...]


MOVES = st.builds(
    Move,
    kind=st.sampled_from(
        ["claim"] * 8 + ["report"] * 8 + ["end"] * 8 + ["cancel", "expire", "expire", "rerun", "rerun", "stale"]
    ),
    pick=st.integers(0, 30),
    result=st.sampled_from(RESULTS),
    outputs=st.sampled_from(OUTPUTS),
    flag=st.integers(0, 3).map(lambda number: number == 0),
    steps=st.lists(st.tuples(st.integers(-1, 2), st.sampled_from(RESULTS), st.integers(0, 3)), max_size=3).map(tuple),
)


def command_of(scenario: Scenario, move: Move) -> Command | None:
    """The command that a move stands for now; None if there is nothing to send it to."""
    run, at = scenario.run, scenario.later(7)
    jobs = list(run.attempt.jobs.values())
    if move.kind == "cancel":
        return CancelRun(at=at, by="bob", reason="", force=move.flag)
    if move.kind == "rerun":
        kind = list(RerunKind)[move.pick % 3]
        return Rerun(at=at, by="eve", kind=kind, job=move.pick % (len(jobs) + 2), max_attempts=4)
    if move.kind == "claim":
        waiting = [job.number for job in jobs if job.status is Status.WAITING] or [move.pick]
        return ClaimJob(at=at, job=waiting[move.pick % len(waiting)], runner_id=1, runner_name="box")
    attempts = run.attempts if move.kind == "stale" else run.attempts[-1:]
    tasks = [
        (attempt.number, job.number, task.number)
        for attempt in attempts
        for job in attempt.jobs.values()
        for task in job.tasks
        if move.kind == "stale" or not task.status.is_terminal
    ]
    if not tasks:
        return None
    attempt, job, task = tasks[move.pick % len(tasks)]
    if move.kind == "expire":
        return ExpireTask(at=at, attempt=attempt, job=job, task=task, cause="lost", undelivered=move.flag)
    result = move.result if move.kind != "report" else Status.UNKNOWN
    steps = tuple(StepReport(index, status, started, 0, 0, 0) for index, status, started in move.steps)
    return ReportTask(at=at, attempt=attempt, job=job, task=task, result=result, steps=steps, outputs=move.outputs)


def play(scenario: Scenario, moves: list[Move]) -> None:
    """Send them all; what is refused changes nothing."""
    for move in moves:
        command = command_of(scenario, move)
        if command is None:
            continue
        before = scenario.run
        try:
            scenario.send(command)
        except Refused:
            assert scenario.run is before


def finish(scenario: Scenario) -> None:
    """Every runner does its work; the run has to come to an end."""
    for _ in range(200):
        jobs = scenario.attempt().jobs.values()
        active = [job.number for job in jobs if not job.status.is_terminal and job.status is not Status.BLOCKED]
        if not active:
            break
        for number in active:
            if not scenario.job(number).status.is_terminal:
                scenario.finish(number)
    assert scenario.status().is_terminal


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(workflows(), st.lists(MOVES, min_size=12, max_size=60))
def test_whatever_happens_the_invariants_hold(source: str, moves: list[Move]) -> None:
    scenario = Scenario(source)
    assert scenario.run.diagnostics == ()
    play(scenario, moves)
    finish(scenario)
    check_journal(scenario)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(workflows(), st.lists(MOVES, min_size=6, max_size=30), st.sampled_from(list(RerunKind)), st.integers(1, 6))
def test_attempts_keep_numbers_and_never_change(source: str, moves: list[Move], kind: RerunKind, job: int) -> None:
    scenario = Scenario(source)
    play(scenario, [move for move in moves if move.kind != "rerun"])
    finish(scenario)
    first = scenario.attempt()
    try:
        scenario.rerun(kind, job)
    except Refused:
        return
    finish(scenario)
    second = scenario.attempt()
    assert scenario.attempt(1) == first
    for number, later in second.jobs.items():
        earlier = first.jobs.get(number)
        assert earlier is None or earlier.key == later.key
        if later.source_attempt and earlier:
            assert (later.status, later.outputs, later.stopped) == (earlier.status, earlier.outputs, earlier.stopped)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(workflows(), st.lists(MOVES, min_size=6, max_size=30))
def test_a_forced_cancel_ends_everything_at_once(source: str, moves: list[Move]) -> None:
    scenario = Scenario(source)
    play(scenario, moves)
    scenario.cancel(force=True)
    assert scenario.status().is_terminal
