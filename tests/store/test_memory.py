"""What the process remembers: bounded, committed only, never older than before."""

from __future__ import annotations

from msgspec.structs import replace

from runyard.kernel.evolve import fold
from runyard.store.memory import REMEMBERED_LABEL_SETS, Memory, Overlay, Remembered
from tests.store.histories import waiting_run

RUN = fold(waiting_run(1))


def remembered(sequence: int) -> Remembered:
    """A run at some event."""
    return Remembered(replace(RUN, sequence=sequence), 1, {}, {})


def test_the_least_recently_used_run_is_forgotten() -> None:
    memory = Memory(capacity=2)
    memory.learn({1: remembered(1)}, {})
    memory.learn({2: remembered(1)}, {})
    assert memory.run(1) is not None
    memory.learn({3: remembered(1)}, {})
    assert [run_id for run_id in (1, 2, 3) if memory.run(run_id)] == [1, 3]


def test_an_older_state_does_not_replace_a_newer_one() -> None:
    memory = Memory()
    newer = remembered(5)
    memory.learn({1: newer}, {})
    memory.learn({1: remembered(4)}, {})
    assert memory.run(1) is newer


def test_label_sets_are_bounded() -> None:
    memory = Memory()
    memory.learn({}, {str(number): number for number in range(REMEMBERED_LABEL_SETS + 1)})
    memory.learn({}, {"last": 7})
    assert memory.label_set("last") == 7
    assert memory.label_set("1") is None


def test_what_an_overlay_learns_reaches_below_only_when_it_sinks() -> None:
    memory = Memory()
    batch = Overlay(memory)
    function = Overlay(batch)
    function.runs[1] = remembered(3)
    function.label_sets["linux"] = 9
    assert function.run(1) is not None
    assert batch.run(1) is None
    function.sink()
    assert batch.run(1) is function.run(1)
    assert batch.label_set("linux") == 9
    assert memory.run(1) is None
    assert memory.label_set("linux") is None
    batch.sink()
    assert memory.run(1) is function.run(1)
    memory.forget_runs()
    assert memory.run(1) is None
    assert memory.label_set("linux") == 9
