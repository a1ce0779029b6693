"""What the process remembers of committed rows: recent run states and the ids of label sets.

A transaction learns into an `Overlay`; what it learnt reaches the layer below only when its savepoint was released, and
the shared `Memory` only when the commit succeeded. A function that was rolled back therefore leaves nothing behind.
A remembered run is used only if its sequence equals the stored row's, so several processes may share a database.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field

from runyard.kernel.state import Run

REMEMBERED_RUNS = 1024
REMEMBERED_LABEL_SETS = 10_000

JobKey = tuple[int, int]
TaskKey = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Remembered:
    """A run's state with the database ids of its repository, owner, jobs and tasks."""

    run: Run
    owner_id: int
    job_ids: dict[JobKey, int]
    task_ids: dict[TaskKey, int]


class Memory:
    """The shared layer: the most recently used run states, and label sets. Bounded, and safe for threads."""

    def __init__(self, capacity: int = REMEMBERED_RUNS) -> None:
        self._capacity = capacity
        self._runs: OrderedDict[int, Remembered] = OrderedDict()
        self._label_sets: dict[str, int] = {}
        self._lock = threading.Lock()

    def run(self, run_id: int) -> Remembered | None:
        """What is remembered of a run; the caller compares the sequence."""
        with self._lock:
            entry = self._runs.get(run_id)
            if entry is not None:
                self._runs.move_to_end(run_id)
            return entry

    def label_set(self, labels: str) -> int | None:
        """The id of a committed label set."""
        return self._label_sets.get(labels)

    def learn(self, runs: dict[int, Remembered], label_sets: dict[str, int]) -> None:
        """Take over committed facts; an older state never replaces a newer one."""
        with self._lock:
            if len(self._label_sets) > REMEMBERED_LABEL_SETS:
                self._label_sets.clear()
            self._label_sets.update(label_sets)
            for run_id, entry in runs.items():
                known = self._runs.get(run_id)
                if known is None or known.run.sequence < entry.run.sequence:
                    self._runs[run_id] = entry
                self._runs.move_to_end(run_id)
            while len(self._runs) > self._capacity:
                self._runs.popitem(last=False)

    def forget_runs(self) -> None:
        """Drop all run states, as a restart would."""
        with self._lock:
            self._runs.clear()


@dataclass(slots=True)
class Overlay:
    """Facts that hold inside one transaction or batch, over the layer below."""

    below: Memory | Overlay
    runs: dict[int, Remembered] = field(default_factory=dict)
    label_sets: dict[str, int] = field(default_factory=dict)

    def run(self, run_id: int) -> Remembered | None:
        """The nearest layer's state of a run."""
        return self.runs.get(run_id) or self.below.run(run_id)

    def label_set(self, labels: str) -> int | None:
        """The nearest layer's id of a label set."""
        return self.label_sets.get(labels) or self.below.label_set(labels)

    def learn(self, runs: dict[int, Remembered], label_sets: dict[str, int]) -> None:
        """Take over what a released savepoint learnt."""
        self.runs.update(runs)
        self.label_sets.update(label_sets)

    def sink(self) -> None:
        """Hand everything to the layer below."""
        self.below.learn(self.runs, self.label_sets)
