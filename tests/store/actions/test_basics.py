"""Creating and reading actions, and what the original interface promises of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runyard import store
from runyard.store import Database, InvalidName
from runyard.store.actions import (
    Action,
    ActionIdentifier,
    ActionNotFound,
    ActionPhase,
    ActionRepo,
    EnrichedIdentity,
    RootExists,
    RunIdentifier,
    RunNotFound,
    RunSource,
    TriggerName,
)
from tests.store.actions.helpers import ROOT, RUN, Clock, child, make


async def test_the_repository_is_found_in_the_store(database: Database) -> None:
    assert store.ActionRepo is ActionRepo
    assert await store.ActionRepo(database).list_actions() == []


async def test_a_minimal_action_has_defaults(repo: ActionRepo, clock: Clock) -> None:
    made = await repo.create_action(Action(id=ROOT))
    assert (made.phase, made.attempts, made.created_at, made.sequence) == (ActionPhase.QUEUED, 1, clock.at(), 1)
    assert made.ended_at is None
    assert await repo.get_run(RUN) == made == await repo.get_action(ROOT)


async def test_every_field_is_kept(repo: ActionRepo, clock: Clock) -> None:
    full = Action(
        id=child("build"), parent_action_name="a0", phase=ActionPhase.RUNNING, attempts=3, action_group="g",
        run_source=RunSource.CLI, task_project="p", task_domain="d", task_name="pkg.build", task_version="v1",
        task_type="python", task_short_name="build", function_name="build", environment_name="env", trigger_name="t",
        trigger_task_name="tt", trigger_revision=4, trigger_type="cron", created_by="ada", created_at=clock.at(-60),
        started_at=clock.at(-30), action_spec=b"\x00spec", action_details=b"{}", detailed_info=b"info",
        run_spec=b"\xff",
    )  # fmt: skip
    made = await repo.create_action(full)
    assert made == replace(full, sequence=1, updated_at=clock.at())
    assert await repo.get_action(full.id) == made


async def test_creating_again_returns_the_existing_action(repo: ActionRepo) -> None:
    first = await make(repo, created_by="ada")
    await repo.update_action_phase(ROOT, ActionPhase.RUNNING, 1)
    again = await make(repo, created_by="bob", action_spec=b"other")
    assert (again.created_by, again.action_spec, again.phase) == ("ada", b"", ActionPhase.RUNNING)
    assert again.created_at == first.created_at


async def test_two_runs_of_one_name_in_different_orgs_are_different(repo: ActionRepo) -> None:
    other = replace(RUN, org="umbrella")
    await make(repo, created_by="ada")
    await make(repo, run=other, created_by="bob")
    assert (await repo.get_run(RUN)).created_by == "ada"
    assert (await repo.get_run(other)).created_by == "bob"
    assert (await repo.get_run(other)).id.run.org == "umbrella"


async def test_children_may_come_before_their_parents(repo: ActionRepo) -> None:
    await make(repo, "leaf", "branch")
    with pytest.raises(RunNotFound):
        await repo.get_run(RUN)
    await make(repo, "branch", "a0")
    await make(repo)
    assert (await repo.get_run(RUN)).name == "a0"
    assert (await repo.get_action(child("leaf"))).parent_action_name == "branch"


async def test_a_run_has_one_root(repo: ActionRepo) -> None:
    await make(repo)
    with pytest.raises(RootExists, match="has a root action already"):
        await make(repo, "b0")
    assert [action.name for action in await repo.list_actions()] == ["a0"]


async def test_what_does_not_exist(repo: ActionRepo) -> None:
    with pytest.raises(RunNotFound, match="acme/shop/production/r1"):
        await repo.get_run(RUN)
    with pytest.raises(ActionNotFound, match="acme/shop/production/r1/a0"):
        await repo.get_action(ROOT)
    await make(repo)
    with pytest.raises(ActionNotFound):
        await repo.get_action(child("other"))


@pytest.mark.parametrize("name", ["", "x" * 101, "nul\x00", "lone \ud800"])
async def test_names_that_cannot_be_stored(repo: ActionRepo, name: str) -> None:
    for identifier in (ActionIdentifier(RUN, name), ActionIdentifier(replace(RUN, project=name), "a0")):
        with pytest.raises(InvalidName):
            await repo.create_action(Action(id=identifier))


async def test_names_of_runs_of_this_server_are_reserved(repo: ActionRepo) -> None:
    with pytest.raises(InvalidName, match="the server's own"):
        await make(repo, run=RunIdentifier("runyard", "ada", "hello", "w1"))
    await make(repo, run=RunIdentifier("other", "ada", "hello", "w1"))


async def test_an_action_may_be_created_ended(repo: ActionRepo, clock: Clock) -> None:
    made = await make(repo, phase=ActionPhase.RECOVERED, created_at=clock.at(-10), ended_at=clock.at(-4))
    assert made.duration_ms == 6000
    early = await make(repo, "b", "a0", phase=ActionPhase.SUCCEEDED, ended_at=clock.at(-60))
    assert (early.ended_at, early.duration_ms) == (early.created_at, 0)


async def test_triggers_remember_when_they_fired(repo: ActionRepo, clock: Clock) -> None:
    trigger = TriggerName("acme", "shop", "production", "pkg.task", "nightly")
    action = Action(id=ROOT, trigger_name="nightly", trigger_task_name="pkg.task")
    await repo.create_action(action, update_triggered_at=False)
    assert await repo.triggered_at(trigger) is None
    clock.advance(5)
    await repo.create_action(action, update_triggered_at=True)
    assert await repo.triggered_at(trigger) is None
    await repo.create_action(replace(action, id=ActionIdentifier(replace(RUN, name="r2"))), update_triggered_at=True)
    assert await repo.triggered_at(trigger) == clock.at()


async def test_details_are_replaced(repo: ActionRepo) -> None:
    await make(repo, created_by=EnrichedIdentity("ada"))
    await repo.update_action_detailed_info(ROOT, b"new")
    assert (await repo.get_action(ROOT)).detailed_info == b"new"
    assert (await repo.get_action(ROOT)).created_by == "ada"
    with pytest.raises(ActionNotFound):
        await repo.update_action_detailed_info(child("other"), b"")
