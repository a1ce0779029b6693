"""Following a workflow run as a tree: a snapshot, then what each event of its journal changed in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from runyard.kernel.events import ActionChanged, Event
from runyard.kernel.evolve import evolve
from runyard.kernel.state import Attempt, Run
from runyard.store import journal
from runyard.store.actions import rows, view
from runyard.store.actions.following import Batch, Wanted
from runyard.store.actions.phases import ActionPhase
from runyard.store.actions.records import Action
from runyard.store.actions.trees import Tree
from runyard.store.database import Tx

PER_READ = 500


@dataclass(slots=True)
class RunFollower:
    """Where one watcher is in one run: its state there, and the rows of jobs' own actions as they were there."""

    wanted: Wanted
    position: int = 0
    state: Run | None = None
    own: dict[str, dict[str, Any]] = field(default_factory=dict)

    def snapshot(self, tx: Tx, tree: Tree) -> list[Action]:
        """Everything wanted as it stands."""
        assert tree.state is not None
        self.state, self.position = tree.state, tree.sequence
        self.own = {row["name"]: row for row in (rows.all_of(tx, tree.id) if tree.id else ())}
        return [each for each in view.actions_of(tx, tree) if self.wanted(each)]

    def start(self, tx: Tx, tree: Tree, after: int) -> bool:
        """Continue behind a number; False when that is not possible any more."""
        if not 0 <= after <= tree.sequence:
            return False
        self.state, self.position, self.own = None, 0, {}
        while self.position < after:
            events = journal.read(tx, self._id(tree), self.position, min(PER_READ, after - self.position))
            if not events:
                return False
            for sequence, event in events:
                if sequence != self.position + 1:
                    return False
                self._apply(tx, tree, event)
                self.position = sequence
        return True

    def changes(self, tx: Tx, tree: Tree) -> Batch:
        """What comes next."""
        found = journal.read(tx, self._id(tree), self.position, PER_READ)
        batch = Batch(more=len(found) == PER_READ)
        for sequence, event in found:
            if sequence != self.position + 1:
                return Batch(lost=True)
            changed = [each for each in self._apply(tx, tree, event) if self.wanted(each)]
            batch.items += [replace(each, sequence=sequence - (each is not changed[-1])) for each in changed]
            self.position = sequence
        return batch

    def _apply(self, tx: Tx, tree: Tree, event: Event) -> list[Action]:
        """Move on by one event; the actions that it changed."""
        before, self.state = self.state, evolve(self.state, event)
        if isinstance(event, ActionChanged):
            return self._own_changed(tx, tree, self.state, event)
        return list(self._difference(tree, before, self.state))

    def _own_changed(self, tx: Tx, tree: Tree, run: Run, event: ActionChanged) -> list[Action]:
        known = self.own.get(event.name) or (rows.find(tx, tree.id, event.name) if tree.id else None)
        if known is None or not event.change:
            return []
        self.own[event.name] = {**known, **event.change}
        return [view.own_action(tree, run, self.own[event.name])]

    def _difference(self, tree: Tree, before: Run | None, after: Run) -> Iterator[Action]:
        """What differs between two states. What is the same object has not changed."""
        if not after.attempts:
            return
        if before is None or not before.attempts or _differ(view.root(tree, before), view.root(tree, after)):
            yield view.root(tree, after)
        for place, new in enumerate(after.attempts):
            old = before.attempts[place] if before is not None and place < len(before.attempts) else None
            if new is not old:
                yield from self._attempt_difference(tree, before, after, old, new)

    def _attempt_difference(
        self, tree: Tree, before: Run | None, after: Run, old: Attempt | None, new: Attempt
    ) -> Iterator[Action]:
        shown = view.attempt_action(tree, after, new)
        if before is None or old is None or _differ(view.attempt_action(tree, before, old), shown):
            yield shown
        for number, job in new.jobs.items():
            was = old.jobs.get(number) if old is not None else None
            if job is was:
                continue
            known = {} if before is None or old is None or was is None else _by_name(tree, before, old, was)
            for action in view.of_job(tree, after, new, job):
                if action.name not in known or _differ(known[action.name], action):
                    yield action
            if job.status.is_terminal and (was is None or not was.status.is_terminal):
                yield from self._left_open(tree, after, new.number, number)

    def _left_open(self, tree: Tree, run: Run, attempt: int, job: int) -> Iterator[Action]:
        """A job's own actions that end with it."""
        for row in self.own.values():
            if (row["run_attempt"], row["job"]) == (attempt, job) and not ActionPhase(row["phase"]).is_terminal:
                yield view.own_action(tree, run, row)

    def _id(self, tree: Tree) -> int:
        assert tree.run_id is not None
        return tree.run_id


def _by_name(tree: Tree, run: Run, attempt: Attempt, job: Any) -> dict[str, Action]:
    return {action.name: action for action in view.of_job(tree, run, attempt, job)}


def _differ(one: Action, other: Action) -> bool:
    return replace(one, sequence=0) != replace(other, sequence=0)
