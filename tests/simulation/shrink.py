"""From a failing seed to a readable story: leave out whatever is not needed for the failure, then tell what is left."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.simulation.database import Disk, MemoryDisk
from tests.simulation.world import MOST_ACTS, MOST_STRIKES, Cuts, simulate


def failure(seed: int, cuts: Cuts, new_disk: Callable[[], Disk] = MemoryDisk) -> str:
    """How a seed fails; empty if it does not."""
    try:
        simulate(seed, cuts, new_disk=new_disk)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


def shrink(seed: int, new_disk: Callable[[], Disk]) -> Cuts:
    """The largest cuts, one step after the other, that still fail."""
    cuts = Cuts()
    candidates: list[dict[str, Any]] = [{"strikes": n} for n in range(MOST_STRIKES)]
    candidates += [{"acts": n} for n in range(MOST_ACTS)]
    candidates += [{"network": True}, {"slowness": True}]
    for candidate in candidates:
        smaller = replace(cuts, **{name: _more(getattr(cuts, name), value) for name, value in candidate.items()})
        if failure(seed, smaller, new_disk):
            cuts = smaller
    return cuts


def _more(cut: Any, value: Any) -> Any:
    return cut | {value} if isinstance(cut, frozenset) else value


def story(seed: int, new_disk: Callable[[], Disk] = MemoryDisk) -> str:
    """The trace of the smallest world that fails as this seed does, and how it fails."""
    cuts = shrink(seed, new_disk)
    lines = [f"seed {seed}, without acts {sorted(cuts.acts)}, strikes {sorted(cuts.strikes)}"]
    lines += [
        f"network faults: {'none' if cuts.network else 'yes'}; slowness: {'none' if cuts.slowness else 'as it is'}"
    ]
    try:
        simulate(seed, cuts, lines.append, new_disk)
    except Exception as error:
        lines.append(f"{type(error).__name__}: {error}")
    return "\n".join(lines)
