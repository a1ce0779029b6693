"""Runs of this server as trees: the kernel's states, read through `ActionRepo`, and what jobs add to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from runyard.kernel.commands import ClaimJob, Command, CreateRun, ExpireTask, ReportTask, Rerun, RerunKind, StepReport
from runyard.kernel.decide import decide
from runyard.kernel.status import Status
from runyard.store import Database, Tx, runs
from runyard.store.actions import (
    Action,
    ActionEvent,
    ActionIdentifier,
    ActionNotFound,
    ActionPhase,
    ActionRepo,
    And,
    Filter,
    FilterFunction,
    IsNull,
    ListResourceInput,
    ReadOnlyAction,
    Resync,
    RunIdentifier,
    SortParameter,
    UpdateResult,
)
from runyard.store.actions.conditions import holds
from runyard.store.repositories import Repository
from tests.store.actions.helpers import Clock, close, take

P = ActionPhase
TWO_JOBS = """\
on: push
jobs:
  build:
    runs-on: linux
    steps: [{run: make}, {run: make test}]
  deploy:
    needs: build
    runs-on: linux
    steps: [{run: deploy}]
"""

MATRIX = """\
on: push
jobs:
  plan:
    runs-on: linux
    steps: [{run: echo one}, {run: echo two}]
  build:
    needs: plan
    runs-on: linux
    strategy: {matrix: {n: [1, 2, 3]}}
    steps: [{run: make}]
  last:
    needs: build
    if: always()
    runs-on: linux
    steps: [{run: echo bye}]
"""


class Runs:
    """Workflow runs of one repository, driven by commands of the kernel."""

    def __init__(self, database: Database, repository: Repository, clock: Clock) -> None:
        self.database = database
        self.repository = repository
        self.clock = clock

    async def start(self, source: str = TWO_JOBS) -> RunIdentifier:
        """A new run; its identifier."""

        def write(tx: Tx) -> int:
            number = runs.next_number(tx, self.repository.id)
            command = CreateRun(
                at=self.clock(), repository_id=self.repository.id, number=number, workflow="ci.yml", source=source,
                title="a change", event="push", ref="refs/heads/main", sha="a" * 40, actor="ada", github={},
            )  # fmt: skip
            return runs.create(tx, decide(None, command))[0]

        return RunIdentifier("runyard", "ada", "hello", f"w{await self.database.write(write)}")

    async def do(self, run: RunIdentifier, *commands: Command) -> None:
        """Carry out commands."""

        def write(tx: Tx) -> None:
            for command in commands:
                before = runs.load(tx, int(run.name[1:]), lock=True)
                runs.append(tx, int(run.name[1:]), before, decide(before, command))

        await self.database.write(write)

    def claim(self, job: int) -> ClaimJob:
        """A runner takes a job."""
        return ClaimJob(at=self.clock(), job=job, runner_id=1, runner_name="metal")

    def report(
        self, job: int, *, attempt: int = 1, task: int = 1, result: Status = Status.UNKNOWN, steps: Sequence[int] = ()
    ) -> ReportTask:
        """A runner says that these steps have begun, and how the job ended."""
        reports = tuple(StepReport(index, Status.UNKNOWN, self.clock(), 0, 0, 0) for index in steps)
        return ReportTask(at=self.clock(), attempt=attempt, job=job, task=task, result=result, steps=reports)


@pytest.fixture
def world(database: Database, repository: Repository, clock: Clock) -> Runs:
    """The server's runs."""
    return Runs(database, repository, clock)


async def phases(repo: ActionRepo, run: RunIdentifier) -> dict[str, ActionPhase]:
    """All actions of a run with their phases."""
    where = And(*(Filter(field, FilterFunction.EQUAL, value) for field, value in (
        ("project", run.project), ("domain", run.domain), ("run_name", run.name),
    )))  # fmt: skip
    order = (SortParameter("name", 1),)
    found = await repo.list_actions(ListResourceInput(limit=200, filter=where, sort_parameters=order))
    for action in found:
        assert await repo.get_action(action.id) == action
    return {action.name: action.phase for action in found}


async def test_a_run_is_a_tree(repo: ActionRepo, world: Runs) -> None:
    run = await world.start()
    root = await repo.get_run(run)
    assert (root.name, root.phase, root.task_name, root.created_by) == ("a0", P.QUEUED, "ci.yml", "ada")
    assert await phases(repo, run) == {
        "a0": P.QUEUED, "t1": P.QUEUED, "t1-j1": P.QUEUED, "t1-j2": P.WAITING_FOR_RESOURCES,
    }  # fmt: skip
    await world.do(run, world.claim(1))
    assert (await phases(repo, run))["t1-j1"] is P.INITIALIZING
    await world.do(run, world.report(1, steps=[0]))
    assert await phases(repo, run) == {
        "a0": P.RUNNING, "t1": P.RUNNING, "t1-j1": P.RUNNING, "t1-j1-s0": P.RUNNING, "t1-j1-s1": P.QUEUED,
        "t1-j2": P.WAITING_FOR_RESOURCES,
    }  # fmt: skip
    step = await repo.get_action(ActionIdentifier(run, "t1-j1-s1"))
    assert (step.parent_action_name, step.task_short_name, step.environment_name) == ("t1-j1", "Run make test", "metal")
    for name in ("t2", "t1-j3", "t1-j1-s9", "t1-j1.x", "x", "t0"):
        with pytest.raises(ActionNotFound):
            await repo.get_action(ActionIdentifier(run, name))


async def test_a_dispatch_is_an_attempt_and_a_rerun_is_a_branch(repo: ActionRepo, world: Runs) -> None:
    run = await world.start()
    job = ActionIdentifier(run, "t1-j1")
    await world.do(run, world.claim(1))
    lost = ExpireTask(at=world.clock(), attempt=1, job=1, task=1, cause="silent", undelivered=True)
    await world.do(run, lost)
    assert ((await repo.get_action(job)).attempts, (await repo.get_action(job)).phase) == (2, P.QUEUED)
    await world.do(run, world.claim(1), world.report(1, task=2, result=Status.SUCCESS))
    assert (await repo.get_latest_event_by_attempt(job, 2)).phase is P.SUCCEEDED
    await world.do(run, world.claim(2), world.report(2, result=Status.FAILURE))
    assert (await repo.get_run(run)).phase is P.FAILED
    await world.do(run, Rerun(at=world.clock(), by="bob", kind=RerunKind.FAILED))
    found = await phases(repo, run)
    assert (found["t1-j1"], found["t1-j2"], found["t2-j1"], found["t2-j2"]) == (
        P.SUCCEEDED, P.FAILED, P.RECOVERED, P.QUEUED,
    )  # fmt: skip
    assert (await repo.get_run(run)).phase is P.QUEUED


async def test_fault_11_events_of_a_second_dispatch_are_not_dropped(repo: ActionRepo, world: Runs) -> None:
    run = await world.start()
    job = ActionIdentifier(run, "t1-j1")
    await world.do(run, world.claim(1))
    await world.do(run, ExpireTask(at=world.clock(), attempt=1, job=1, task=1, cause="lost", undelivered=True))
    await world.do(run, world.claim(1), world.report(1, task=2, result=Status.SUCCESS))
    events = await repo.list_events(job, 100)
    assert {event.attempt for event in events} == {1, 2}
    assert len({(event.attempt, event.phase, event.version) for event in events}) == len(events)
    assert events == await repo.list_events_since(job, 1, 0, 0, 100) + await repo.list_events_since(job, 2, 0, 0, 100)


async def test_every_event_of_a_run_is_told_and_leads_to_what_is_shown(repo: ActionRepo, world: Runs) -> None:
    run = await world.start(MATRIX)
    watch = repo.watch_all_action_updates(run, after=0)
    seen: dict[str, Action] = {}

    await world.do(run, world.claim(1), world.report(1, steps=[0]), world.report(1, result=Status.SUCCESS))
    await world.do(run, world.claim(2), world.claim(3))
    await repo.abort_run(run, "enough", "ada")
    mark = ActionIdentifier(run, "t1-j2.mark")
    await repo.create_action(Action(id=mark, parent_action_name="t1-j2"))
    while mark.name not in seen:
        (item,) = await take(watch, 1)
        assert isinstance(item, Action)
        seen[item.name] = item
    await close(watch)
    shown = await repo.list_actions(ListResourceInput(limit=200, filter=[Filter("run_name", 0, run.name), Filter("project", 0, "ada"), Filter("domain", 0, "hello")]))  # fmt: skip  # noqa: E501
    assert len(shown) == len(seen)
    for action in shown:
        assert replace(seen[action.name], sequence=0) == replace(action, sequence=0)


async def test_a_watch_of_a_run_goes_on_from_any_place(repo: ActionRepo, world: Runs) -> None:
    run = await world.start()
    await world.do(run, world.claim(1), world.report(1, steps=[0, 1]), world.report(1, result=Status.SUCCESS))
    root = await repo.get_run(run)

    async def told(after: int) -> list[tuple[str, ActionPhase, int]]:
        watch = repo.watch_all_action_updates(run, after=after)
        found: list[tuple[str, ActionPhase, int]] = []
        while not found or found[-1][2] < last:
            (item,) = await take(watch, 1)
            assert isinstance(item, Action)
            found.append((item.name, item.phase, item.sequence))
        await close(watch)
        return found

    last = (await repo.get_run(run)).sequence - 1
    everything = await told(0)
    for after in range(1, last, 4):
        assert await told(after) == everything[len(everything) - len(await told(after)) :]
    future = repo.watch_run_updates(run, after=root.sequence + 5)
    assert isinstance((await take(future, 1))[0], Resync)
    await close(future)


async def test_writing_goes_through_the_kernel_only(repo: ActionRepo, world: Runs) -> None:
    run = await world.start()
    job = ActionIdentifier(run, "t1-j1")
    for change in (
        repo.update_action_phase(job, P.SUCCEEDED, 1),
        repo.insert_events([ActionEvent(job)]),
        repo.create_action(Action(id=ActionIdentifier(run, "x"), parent_action_name="a0")),
        repo.create_action(Action(id=ActionIdentifier(run, "t1-j1.x"), parent_action_name="t1-j2")),
        repo.mark_abort_attempt(job),
    ):
        with pytest.raises(ReadOnlyAction):
            await change


async def test_aborting_a_run_is_the_kernels_abort(repo: ActionRepo, world: Runs) -> None:
    run = await world.start()
    await world.do(run, world.claim(1), world.report(1, steps=[0]))
    await repo.abort_run(run, "", "ada")
    root = await repo.get_run(run)
    assert (root.phase, root.abort_reason, root.aborted_by) == (P.RUNNING, "User requested abort", "ada")
    assert root.abort_requested_at is not None
    assert {each.name for each in await repo.list_pending_aborts()} >= {"a0", "t1"}
    assert (await repo.get_action(ActionIdentifier(run, "t1-j2"))).phase in (P.ABORTED, P.SKIPPED)
    await world.do(run, world.report(1, result=Status.CANCELLED))
    root = await repo.get_run(run)
    assert (root.phase, root.abort_requested_at, root.abort_outcome) == (P.ABORTED, None, "confirmed")
    assert await repo.list_pending_aborts() == []
    await repo.abort_run(run, "again", "bob")
    assert await repo.get_run(run) == root


async def test_one_job_can_be_aborted_and_a_step_cannot(repo: ActionRepo, world: Runs) -> None:
    run = await world.start()
    await world.do(run, world.claim(1))
    with pytest.raises(ReadOnlyAction, match="abort its job, t1-j1"):
        await repo.abort_action(ActionIdentifier(run, "t1-j1-s0"))
    await repo.abort_action(ActionIdentifier(run, "t1-j2"), "not today", "ada")
    job = await repo.get_action(ActionIdentifier(run, "t1-j2"))
    assert (job.phase, job.abort_reason) == (P.ABORTED, "not today")
    assert (await repo.get_run(run)).phase is P.RUNNING


async def test_a_job_adds_actions_to_the_tree_of_its_run(repo: ActionRepo, world: Runs) -> None:
    run = await world.start()
    await world.do(run, world.claim(1), world.report(1, steps=[0]))
    position = (await repo.get_run(run)).sequence
    watch = repo.watch_all_action_updates(run, after=position)
    own = ActionIdentifier(run, "t1-j1.train")
    made = await repo.create_action(Action(id=own, parent_action_name="t1-j1", task_short_name="Train"))
    assert made == await repo.create_action(Action(id=own, parent_action_name="t1-j1"))
    below = await repo.create_action(Action(id=ActionIdentifier(run, "t1-j1.epoch"), parent_action_name=own.name))
    assert await repo.update_action_phase(own, P.RUNNING, 1) is UpdateResult.APPLIED
    await repo.insert_events([ActionEvent(own, 1, P.RUNNING, 0), ActionEvent(own, 1, P.RUNNING, 1)])
    assert [event.version for event in await repo.list_events(own, 10)] == [0, 1]
    assert (await repo.list_events_since(own, 1, made.sequence, 0, 10))[0].sequence > below.sequence
    told = await take(watch, 5)
    assert [(each.name, each.phase) for each in told if isinstance(each, Action)] == [
        ("t1-j1.train", P.QUEUED), ("t1-j1.epoch", P.QUEUED), *[("t1-j1.train", P.RUNNING)] * 3,
    ]  # fmt: skip
    assert [each.sequence for each in told] == list(range(position + 1, position + 6))
    await world.do(run, world.report(1, result=Status.FAILURE))
    ended = await repo.get_action(own)
    assert (ended.phase, ended.abort_reason) == (P.ABORTED, "its job has ended")
    assert await repo.update_action_phase(own, P.SUCCEEDED, 1) is UpdateResult.STALE
    names: list[str] = []
    while "t1-j1.epoch" not in names:
        (item,) = await take(watch, 1)
        assert isinstance(item, Action)
        names.append(item.name)
        if item.name == own.name:
            assert replace(item, sequence=0) == replace(ended, sequence=0)
    await close(watch)
    across = await repo.list_actions(ListResourceInput(filter=Filter("name", FilterFunction.CONTAINS, ".")))
    assert {(each.name, each.phase) for each in across} == {(own.name, P.ABORTED), ("t1-j1.epoch", P.ABORTED)}
    with pytest.raises(ReadOnlyAction, match="has ended"):
        await repo.create_action(Action(id=ActionIdentifier(run, "t1-j1.more"), parent_action_name="t1-j1"))


async def test_a_state_survives_dispatches_and_attempts(repo: ActionRepo, world: Runs) -> None:
    run = await world.start()
    first = ActionIdentifier(run, "t1-j1")
    assert await repo.get_action_state(first) == ""
    await world.do(run, world.claim(1))
    assert await repo.update_action_state(first, "step 3", 0) == 1
    await world.do(run, ExpireTask(at=world.clock(), attempt=1, job=1, task=1, cause="lost"))
    assert await repo.get_action_state(first) == "step 3"
    if not (await repo.get_run(run)).phase.is_terminal:
        await repo.abort_run(run)
    await world.do(run, Rerun(at=world.clock(), by="ada"))
    second = ActionIdentifier(run, "t2-j1")
    state = await repo.read_action_state(second)
    assert (state.state, state.version) == ("step 3", 1)
    assert await repo.update_action_state(second, "step 4", 1) == 2
    assert (await repo.get_action_state(first), await repo.get_action_state(second)) == ("step 3", "step 4")
    assert await repo.get_action_state(ActionIdentifier(run, "t2-j2")) == ""
    watch = repo.watch_state_updates(after=0)
    assert await take(watch, 2) == [first, second]
    await close(watch)
    with pytest.raises(ActionNotFound):
        await repo.get_action_state(ActionIdentifier(run, "t3-j1"))


async def test_runs_of_the_server_are_listed_with_others(repo: ActionRepo, world: Runs, clock: Clock) -> None:
    found = []
    for number in range(4):
        if number % 2:
            other = ActionIdentifier(RunIdentifier("x", "ada", "hello", f"r{number}"))
            found.append((await repo.create_action(Action(id=other))).id)
        else:
            run = await world.start()
            await world.do(run, world.claim(1)) if number else None
            found.append(ActionIdentifier(run))
        clock.advance(1)
    roots = await repo.list_root_actions("ada", "hello", None, None, 10)
    assert [root.id for root in roots] == found[::-1]
    assert [root.id for root in await repo.list_root_actions("ada", "hello", clock.at(-3), clock.at(-2), 10)] == found[
        2:0:-1
    ]
    for expression in (
        Filter("phase", FilterFunction.EQUAL, P.INITIALIZING), Filter("phase", FilterFunction.EQUAL, P.RUNNING),
        Filter("run_source", FilterFunction.EQUAL, 101), Filter("org", FilterFunction.EQUAL, "x"),
        Filter("created_by", FilterFunction.EQUAL, "ada"), Filter("task_version", FilterFunction.CONTAINS, "aaa"),
        IsNull("ended_at"), Filter("run_name", FilterFunction.CONTAINS, "w"),
    ):  # fmt: skip
        listed = await repo.list_actions(ListResourceInput(filter=And(IsNull("parent_name"), expression)))
        assert [action.id for action in listed] == [root.id for root in roots if holds(expression, root)], expression
    pages = ListResourceInput(limit=1)
    seen: list[ActionIdentifier] = []
    while True:
        page = await repo.list_page(pages)
        seen += [action.id for action in page.actions]
        if not page.token:
            break
        pages = replace(pages, cursor_token=page.token)
    assert seen == found[::-1]


async def test_all_runs_are_watched_together(repo: ActionRepo, world: Runs) -> None:
    watch = repo.watch_all_run_updates()
    pending = take(watch, 1)
    run = await world.start()
    (first,) = await pending
    assert isinstance(first, Action)
    assert first.id.run == run
    await world.do(run, world.claim(1))
    (second,) = await take(watch, 1)
    assert isinstance(second, Action)
    assert second.phase is P.RUNNING
    await close(watch)
    again = repo.watch_all_run_updates(after=first.cursor)
    assert (await take(again, 1))[0].id == ActionIdentifier(run)  # type: ignore[union-attr]
    await close(again)
