"""The brief view of what jobs made for themselves, on both databases."""

from __future__ import annotations

from runyard.store import Database
from runyard.store.actions import Action, ActionIdentifier, ActionPhase, ActionRepo, run_identifier
from runyard.store.actions.job_trees import JobAction, job_actions
from runyard.store.repositories import Repository
from tests.store.test_control import create

JOBS = "on: push\njobs:\n  a: {runs-on: x, steps: [{run: a}]}\n  b: {runs-on: x, steps: [{run: b}]}\n"


async def test_actions_of_an_attempt_in_their_order(
    database: Database, repo: ActionRepo, repository: Repository
) -> None:
    run_id, other = await database.write(lambda tx: (create(tx, repository.id, JOBS), create(tx, repository.id, JOBS)))
    run = await database.read(lambda tx: run_identifier(tx, run_id))

    async def make(job: int, name: str, parent: str = "") -> ActionIdentifier:
        above = f"t1-j{job}.{parent}" if parent else f"t1-j{job}"
        made = Action(
            ActionIdentifier(run, f"t1-j{job}.{name}"),
            parent_action_name=above,
            task_short_name=name.upper(),
            action_group="models",
            action_spec=b"x" * 1000,
        )
        return (await repo.create_action(made)).id

    fit = await make(1, "fit")
    await make(2, "load")
    fold = await make(1, "fold", "fit")
    await repo.update_action_phase(fit, ActionPhase.RUNNING, 0)
    await repo.update_action_state(fold, "half way", None)
    found = await database.read(lambda tx: job_actions(tx, run_id, 1))
    assert [(each.job, each.name, each.parent) for each in found] == [
        (1, "fit", ""),
        (2, "load", ""),
        (1, "fold", "fit"),
    ]
    first: JobAction = found[0]
    assert (first.title, first.group, first.phase, first.attempts) == ("FIT", "models", ActionPhase.RUNNING, 1)
    assert first.created
    assert first.started
    assert (first.ended, first.abort_reason) == (0, "")
    assert [each.state_version for each in found] == [0, 0, 1]
    assert await database.read(lambda tx: job_actions(tx, run_id, 2)) == []
    assert await database.read(lambda tx: job_actions(tx, other, 1)) == []
