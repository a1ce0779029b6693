"""Random operations, compared with the simplest thing that could be right: a dictionary."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import replace
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runyard.store import Database
from runyard.store.actions import (
    Action,
    ActionEvent,
    ActionIdentifier,
    ActionPhase,
    ActionRepo,
    Resync,
    RunIdentifier,
    UpdateResult,
)
from tests.store.actions.helpers import make
from tests.store.actions.test_phases import expected

P = ActionPhase
NUMBERS = itertools.count()
PARENTS = {"a0": None, "b": "a0", "c": "b", "d": "a0"}


class Model:
    """Phase and attempt by name, and the keys of events in order."""

    def __init__(self) -> None:
        self.actions: dict[str, tuple[ActionPhase, int]] = {}
        self.events: dict[tuple[str, int, ActionPhase, int], bytes] = {}

    def update(self, name: str, phase: ActionPhase, attempt: int) -> UpdateResult:
        if name not in self.actions:
            return UpdateResult.NOT_FOUND
        old, current = self.actions[name]
        if attempt < current or not expected(old, phase, later=attempt > current):
            return UpdateResult.STALE
        if attempt > current and not old.is_terminal:
            self.events.setdefault((name, current, P.FAILED, 0), b"")
        self.actions[name] = (phase, attempt)
        return UpdateResult.APPLIED

    def abort(self, name: str) -> None:
        if self.actions[name][0].is_terminal:
            return
        below = {name}
        for _ in PARENTS:
            below |= {each for each in self.actions if PARENTS[each] in below}
        for each in below:
            if not self.actions[each][0].is_terminal:
                self.actions[each] = (P.ABORTED, self.actions[each][1])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
async def test_the_store_is_as_simple_as_it_looks(repo: ActionRepo, seed: int) -> None:
    random = Random(seed)
    run = RunIdentifier("o", "p", "d", f"r{next(NUMBERS)}")
    model = Model()
    for _ in range(25):
        await _step(repo, model, run, random)
    for name, (phase, attempt) in model.actions.items():
        action = await repo.get_action(ActionIdentifier(run, name))
        assert (action.phase, action.attempts) == (phase, attempt)
    for name in PARENTS:
        events = await repo.list_events(ActionIdentifier(run, name), 500)
        found = {(name, event.attempt, event.phase, event.version): event.info for event in events}
        assert found == {key: info for key, info in model.events.items() if key[0] == name}
    await _replay(repo, run, model)


async def _step(repo: ActionRepo, model: Model, run: RunIdentifier, random: Random) -> None:
    name = random.choice(tuple(PARENTS))
    action = ActionIdentifier(run, name)
    choice = random.random()
    if choice < 0.3:
        await make(repo, name, PARENTS[name], run)
        model.actions.setdefault(name, (P.QUEUED, 1))
    elif choice < 0.7:
        phase, attempt = random.choice(tuple(P)), random.randint(1, 3)
        assert await repo.update_action_phase(action, phase, attempt) is model.update(name, phase, attempt)
    elif choice < 0.9:
        key = (name, random.randint(1, 2), random.choice((P.RUNNING, P.FAILED)), random.randint(0, 1))
        info = str(random.random()).encode()
        await repo.insert_events([ActionEvent(action, *key[1:], info=info)])
        model.events.setdefault(key, info)
    elif name in model.actions:
        await repo.abort_action(action, "enough", "ada")
        model.abort(name)


async def _replay(repo: ActionRepo, run: RunIdentifier, model: Model) -> None:
    """The changes from the first lead to what there is."""
    if not model.actions:
        return
    shown: dict[str, Action] = {}
    mark = ActionIdentifier(run, "mark")
    await make(repo, "mark", "a0", run)
    watch = repo.watch_all_action_updates(run, after=0)
    position = 0
    while mark.name not in shown:
        async with asyncio.timeout(20):
            item = await anext(watch)
        assert not isinstance(item, Resync)
        assert item.sequence > position
        position = item.sequence
        shown[item.name] = item
    await watch.aclose()  # type: ignore[attr-defined]
    for name in model.actions:
        assert replace(shown[name], sequence=0) == replace(
            await repo.get_action(ActionIdentifier(run, name)), sequence=0
        )


async def test_fifty_writers_at_once_lose_nothing(database: Database, repo: ActionRepo) -> None:
    run = RunIdentifier("o", "p", "d", "busy")
    await make(repo, run=run)

    async def write(number: int) -> None:
        name = f"n{number}"
        action = ActionIdentifier(run, name)
        await make(repo, name, "a0", run)
        await repo.insert_events(ActionEvent(action, 1, P.RUNNING, version) for version in range(4))
        assert await repo.update_action_phase(action, P.RUNNING, 1) is UpdateResult.APPLIED
        await repo.update_action_state(action, name)
        assert await repo.update_action_phase(action, P.SUCCEEDED, 1) is UpdateResult.APPLIED

    await asyncio.gather(*(write(number) for number in range(50)))
    root = await repo.get_run(run)
    assert root.sequence == 1 + 50 * (1 + 4 + 2)
    watch = repo.watch_all_action_updates(run, after=0)
    ended: set[str] = set()
    position = 0
    async with asyncio.timeout(30):
        while len(ended) < 50:
            item = await anext(watch)
            assert item.sequence > position
            position = item.sequence
            if isinstance(item, Action) and item.phase is P.SUCCEEDED:
                ended.add(item.name)
    await watch.aclose()  # type: ignore[attr-defined]
    assert position == root.sequence
