"""Concurrency groups: who holds one, who waits, who is cancelled. One rule, for runs and jobs of a repository alike.

As on GitHub: a group has one holder at a time. Of those that wait the newest stays and the others are cancelled, unless
it came with `queue: max`: then all wait, in order of arrival, up to a limit. `cancel-in-progress` also cancels the
holder, and when that has really ended all that stand before it: nobody overtakes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from runyard.kernel.causes import Cause
from runyard.kernel.commands import CancelRun, Command, GrantConcurrency
from runyard.kernel.events import AttemptStatusChanged, ConcurrencyRequested, Event, JobStatusChanged

if TYPE_CHECKING:
    from runyard.kernel.state import Attempt, Concurrency, Job, Run

MAX_WAITING = 100


class Member(NamedTuple):
    """What a group's rule needs to know of one that holds it (`granted`) or waits for it."""

    cancel_in_progress: bool = False
    queue: str = "single"
    granted: bool = False


class Ruling(NamedTuple):
    """What follows for the members, by their place in the queue.

    `grant`: who holds the group from now on, None = nobody new. `cancel`: who is to be stopped, and because of whom;
    because of itself when too many wait already.
    """

    grant: int | None
    cancel: tuple[tuple[int, int], ...]


def may_use_groups(run: Run) -> bool:
    """Whether groups may concern a run: one of its files has the word. It says yes too often, but never changes."""
    return any("concurrency" in text for text in (run.source, *run.called.values()))


def group_key(group: str) -> str:
    """Two names are one group when their keys are equal: groups compare without case."""
    return group.casefold()


def arbitrate(members: Sequence[Member]) -> Ruling:
    """The ruling for a group whose members stand in order of arrival, at most one of them granted.

    Whoever is first holds a free group, also if others arrived at the same moment. The ruling depends on nothing else,
    and ruling again without a newcomer or an end changes nothing: so it may be asked at any time.
    """
    holder = next((place for place, member in enumerate(members) if member.granted), None)
    waiting = [place for place, member in enumerate(members) if not member.granted]
    if not waiting:
        return Ruling(None, ())
    first = waiting.pop(0) if holder is None else holder
    cancel: list[tuple[int, int]] = []
    staying: list[int] = []
    for place in waiting:
        newer = next((other for other in waiting if other > place and members[other].queue != "max"), None)
        if newer is not None:
            cancel.append((place, newer))
        elif len(staying) == MAX_WAITING:
            cancel.append((place, place))
        else:
            staying.append(place)
    impatient = next((place for place in staying if members[place].cancel_in_progress), None)
    if impatient is None:
        return Ruling(first if holder is None else None, tuple(cancel))
    ahead = [holder] if holder is not None else [place for place in (first, *staying) if place < impatient]
    cancel += [(place, impatient) for place in ahead]
    return Ruling(impatient if holder is None else None, tuple(cancel))


def touched_groups(run: Run, events: Iterable[Event]) -> set[str]:
    """The keys of groups that these events, which led to `run`, ask for or may have freed."""
    touched: set[str] = set()
    for event in events:
        if isinstance(event, ConcurrencyRequested):
            touched.add(group_key(event.group))
        elif isinstance(event, JobStatusChanged | AttemptStatusChanged) and event.status.is_terminal:
            attempt = run.attempts[event.attempt - 1]
            ended = attempt.jobs[event.job] if isinstance(event, JobStatusChanged) else attempt
            if ended.concurrency is not None:
                touched.add(group_key(ended.concurrency.group))
    return touched


class Place(Protocol):
    """One member among others of a repository; `job` 0 is the attempt of the run itself."""

    @property
    def run_id(self) -> int: ...
    @property
    def job(self) -> int: ...
    @property
    def granted(self) -> bool: ...


P = TypeVar("P", bound=Place)


def deadlocked(groups: Mapping[str, Sequence[P]]) -> P | None:
    """The newest job of those that wait for each other for ever, None = nobody does. Members in order of arrival.

    A run that holds a group keeps it until its jobs have ended. If one of them waits for a group that another run
    holds, and so on back to the first run, none of them ever ends.
    """
    holders = {key: next((each for each in members if each.granted), None) for key, members in groups.items()}
    waits_for: dict[int, list[tuple[P, int]]] = {}
    for key, members in groups.items():
        holder = holders[key]
        if holder is None or holder.job:
            continue
        for each in members:
            if each.job and not each.granted:
                waits_for.setdefault(each.run_id, []).append((each, holder.run_id))
    stuck = [each for waiting in waits_for.values() for each, other in waiting if _leads(waits_for, other, each.run_id)]
    return max(stuck, key=lambda each: (each.run_id, each.job), default=None)


def _leads(waits_for: Mapping[int, Sequence[tuple[P, int]]], start: int, goal: int) -> bool:
    seen: set[int] = set()
    path = [start]
    while path:
        here = path.pop()
        if here == goal:
            return True
        if here not in seen:
            seen.add(here)
            path.extend(other for _, other in waits_for.get(here, ()))
    return False


def next_for_itself(run: Run, at: int) -> Command | None:
    """What its groups demand next of a run that has no other runs beside it; None = nothing."""
    groups: dict[str, list[tuple[int, Concurrency]]] = {}
    wanting: dict[int, Attempt | Job] = {0: run.attempt, **run.attempt.jobs}
    for number, thing in sorted(wanting.items(), key=lambda item: item[0]):
        if thing.concurrency is not None and not thing.status.is_terminal:
            groups.setdefault(group_key(thing.concurrency.group), []).append((number, thing.concurrency))
    for members in groups.values():
        members.sort(key=lambda member: member[1].requested)
        found = arbitrate([Member(held.cancel_in_progress, held.queue, held.granted) for _, held in members])
        for who, newer in found.cancel:
            number, by = members[who][0], run.attempt.jobs[members[newer][0]].name
            if run.attempt.jobs[number].abort is None:
                reason = f"it is newer in the concurrency group '{members[who][1].group}'"
                return CancelRun(at=at, by=f"job '{by}'", reason=reason, job=number, code=Cause.CONCURRENCY)
        if found.grant is not None:
            return GrantConcurrency(at=at, job=members[found.grant][0])
    return None
