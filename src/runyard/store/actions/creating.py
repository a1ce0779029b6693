"""Creating actions: once by their key, whoever asks again gets what there is."""

from __future__ import annotations

from sqlalchemy import func, select

from runyard.store.actions import places, rows
from runyard.store.actions.attempts import save_attempt
from runyard.store.actions.errors import ActionNotFound, ReadOnlyAction, RootExists, TooMany
from runyard.store.actions.identifiers import ActionIdentifier, check_action
from runyard.store.actions.places import Place
from runyard.store.actions.records import Action, TriggerName
from runyard.store.actions.trees import Changes, Tree, claim
from runyard.store.database import Tx
from runyard.store.plain import insert_once, upsert
from runyard.store.schema import action as action_table
from runyard.store.schema import action_trigger

MOST_OF_A_JOB = 1000


def create(tx: Tx, now: int, given: Action, *, update_triggered_at: bool = False) -> Action:
    """Store a new action. One that exists already is returned as it is, and nothing changes.

    Parents need not exist yet. In a run of this server an action is made below a job that has not ended, and is named
    after it (see `places`). Raises InvalidName, RootExists, ReadOnlyAction, ActionNotFound, TooMany.
    """
    check_action(given.id)
    tree = claim(tx, given.id.run, now)
    known = rows.find(tx, tree.id, given.id.name)
    if known is not None:
        return rows.action_of(known, given.id.run, tree.sequence)
    place = Place()
    if tree.run_id is not None:
        place = _place_in_run(tree, given)
        _check_count(tx, tree, place)
    changes = Changes(tx, tree, now)
    values = rows.values_of(given, now)
    is_root = values["parent"] is None
    if insert_once(tx, action_table, tree_id=tree.id, run_attempt=place.attempt, job=place.job, **values) is None:
        raise RootExists(f"The run {given.id.run} has a root action already; {given.id.name} needs a parent.")
    if is_root:
        tree.created = values["created"]
    save_attempt(tx, tree.id, values, opened=values["created"])
    changes.add(given.id.name, rows.changing(values), root=is_root)
    changes.save()
    if update_triggered_at and given.trigger_name:
        run = given.id.run
        upsert(
            tx, action_trigger, ("org", "project", "domain", "task_name", "name"), org=run.org, project=run.project,
            domain=run.domain, task_name=values["trigger_task_name"], name=values["trigger_name"], triggered=changes.at,
        )  # fmt: skip
    return rows.action_of(values, given.id.run, changes.sequence)


def _check_count(tx: Tx, tree: Tree, place: Place) -> None:
    columns = action_table.c
    mine = select(func.count()).where(
        columns.tree_id == tree.id, columns.run_attempt == place.attempt, columns.job == place.job
    )
    if tx.connection.execute(mine).scalar_one() >= MOST_OF_A_JOB:
        raise TooMany(f"A job may make {MOST_OF_A_JOB} actions; {Place(place.attempt, place.job).name} has made them.")


def triggered(tx: Tx, name: TriggerName) -> int:
    """When the trigger last started something, milliseconds; 0 = never."""
    columns = action_trigger.c
    query = select(columns.triggered).where(
        columns.org == name.org,
        columns.project == name.project,
        columns.domain == name.domain,
        columns.task_name == name.task_name,
        columns.name == name.name,
    )
    return tx.connection.execute(query).scalar_one_or_none() or 0


def _place_in_run(tree: Tree, given: Action) -> Place:
    """The job that makes the action."""
    place = places.place_of(given.id.name)
    if place is None or not place.own or not place.job:
        raise ReadOnlyAction(
            f"{given.id.run} is a run of this server: its parts are made by it. A job's own actions are named after "
            "the job, as t1-j1.name."
        )
    job_name = Place(place.attempt, place.job).name
    above = places.place_of(given.parent_action_name or "")
    if above is None or Place(above.attempt, above.job).name != job_name or above.step >= 0:
        raise ReadOnlyAction(f"The parent of {given.id.name} must be {job_name} or another action of that job.")
    require_open_job(tree, place, given.id)
    return place


def require_open_job(tree: Tree, place: Place, action: ActionIdentifier) -> None:
    """Raise ReadOnlyAction when the job has ended, ActionNotFound when there is none."""
    state = tree.state
    assert state is not None
    attempt = state.attempts[place.attempt - 1] if place.attempt <= len(state.attempts) else None
    job = None if attempt is None else attempt.jobs.get(place.job)
    if job is None:
        raise ActionNotFound(f"The run {action.run} has no job {Place(place.attempt, place.job).name}.")
    if job.status.is_terminal:
        raise ReadOnlyAction(f"The job of {action.name} has ended: nothing more can be made or changed below it.")
