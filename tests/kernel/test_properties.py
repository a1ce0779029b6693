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
    RetryPolicy,
    Status,
    StepReport,
    Tick,
)
from runyard.kernel.groups import next_for_itself
from runyard.kernel.limits import MINUTE
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


CALLED = "./.github/workflows/level{}.yml"
LEVELS = 2
INTERFACE = """on:
  push:
  workflow_call:
    inputs: {n: {type: string, default: d}}
    outputs: {m: {value: "${{ jobs.k0.outputs.m }}"}, r: {value: "${{ inputs.n }} ${{ jobs.k0.result }}"}}
"""
GROUPS = ["g", "{group: h, queue: max}", "{group: G, cancel-in-progress: true}"]
PASSED = [
    "{n: a}",
    "{n: '${{ matrix.n }}'}",
    "{n: '${{ toJSON(needs) }}'}",
    "{n: '${{ inputs.n }}'}",
    "{n: \"${{ fromJSON('oops') }}\"}",
]


class Files(NamedTuple):
    """A workflow file, and the reusable ones that it calls, which call each other downwards."""

    source: str
    called: dict[str, str]


RETRY = RetryPolicy(times=2, delay=1000, longest=2000)


@st.composite
def workflows(draw: st.DrawFn) -> Files:
    """A file that mostly calls nothing; others call up to two levels down."""
    depth = draw(st.sampled_from([0, 1, LEVELS, LEVELS]))
    called = {CALLED.format(level): draw(sources(level, depth)) for level in range(1, depth + 1)}
    return Files(draw(sources(0, depth)), called)


@st.composite
def sources(draw: st.DrawFn, level: int, depth: int) -> str:
    """A valid workflow of up to six keys; each needs some of the keys before it, some call the next level."""
    keys = [f"k{index}" for index in range(draw(st.integers(1, 3 if level else 6)))]
    jobs = []
    for index, key in enumerate(keys):
        needs = draw(st.lists(st.sampled_from(keys[:index]), unique=True, max_size=3)) if index else []
        matrix = draw(st.sampled_from(MATRICES if needs else MATRICES[:-1]))
        calls = level < depth and draw(st.integers(0, 2)) < 1 + (level > 0)
        lines = [f"  {key}:", f"    needs: [{', '.join(needs)}]"]
        condition = draw(st.sampled_from([None] * 12 + CONDITIONS))
        if condition:
            lines.append(f"    if: {condition}")
        if not calls and draw(st.integers(0, 4)) == 0:
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
        if calls:
            lines += [f"    uses: {CALLED.format(level + 1)}", f"    with: {draw(st.sampled_from(PASSED))}"]
        else:
            lines += ["    runs-on: x", "    steps: [{run: a}, {run: b}]"]
        if draw(st.integers(0, 9)) == 0:
            lines.append(f"    concurrency: {draw(st.sampled_from(GROUPS))}")
        jobs.append("\n".join(lines))
    return INTERFACE + "jobs:\n" + "\n".join(draw(st.permutations(jobs))) + "\n"


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
        ["claim"] * 8
        + ["report"] * 8
        + ["end"] * 8
        + ["cancel", "cancel job", "expire", "lost", "tick", "rerun", "rerun", "stale"]
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
    if move.kind == "cancel job":
        return CancelRun(at=at, by="bob", reason="", force=move.flag, job=move.pick % (len(jobs) + 2) + 1)
    if move.kind == "tick":
        scenario.later(MINUTE * move.pick if move.flag else RETRY.longest)
        return Tick(at=scenario.now)
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
    if move.kind in ("expire", "lost"):
        retry = RETRY if move.kind == "lost" else RetryPolicy()
        lost = move.flag and move.kind == "expire"
        return ExpireTask(at=at, attempt=attempt, job=job, task=task, cause="lost", undelivered=lost, retry=retry)
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
        grant(scenario)


def grant(scenario: Scenario) -> None:
    """Nobody else wants its groups."""
    while (command := next_for_itself(scenario.run, scenario.later())) is not None:
        assert scenario.send(command)


def finish(scenario: Scenario) -> None:
    """Every runner does its work; the run has to come to an end."""
    for _ in range(200):
        grant(scenario)
        if any(job.retry_at for job in scenario.attempt().jobs.values()):
            scenario.tick(RETRY.longest)
        jobs = scenario.attempt().jobs.values()
        active = [job.number for job in jobs if job.tasks or job.status is Status.WAITING if not job.calls]
        active = [number for number in active if not scenario.job(number).status.is_terminal]
        if not active:
            break
        for number in active:
            if not scenario.job(number).status.is_terminal:
                scenario.finish(number)
    assert scenario.status().is_terminal


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(workflows(), st.lists(MOVES, min_size=12, max_size=60))
def test_whatever_happens_the_invariants_hold(files: Files, moves: list[Move]) -> None:
    scenario = Scenario(files.source, called=files.called)
    assert scenario.run.diagnostics == ()
    play(scenario, moves)
    finish(scenario)
    check_journal(scenario)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(workflows(), st.lists(MOVES, min_size=6, max_size=30), st.sampled_from(list(RerunKind)), st.integers(1, 15))
def test_attempts_keep_numbers_and_never_change(files: Files, moves: list[Move], kind: RerunKind, job: int) -> None:
    scenario = Scenario(files.source, called=files.called)
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
        assert earlier is None or (earlier.caller, earlier.key) == (later.caller, later.key)
        if later.source_attempt and earlier:
            assert (later.status, later.outputs, later.stopped) == (earlier.status, earlier.outputs, earlier.stopped)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(workflows(), st.lists(MOVES, min_size=6, max_size=30))
def test_a_forced_cancel_ends_everything_at_once(files: Files, moves: list[Move]) -> None:
    scenario = Scenario(files.source, called=files.called)
    play(scenario, moves)
    scenario.cancel(force=True)
    assert scenario.status().is_terminal
