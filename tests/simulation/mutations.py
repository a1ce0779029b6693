"""Rules of the kernel, broken on purpose: the simulation must find each of them."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from msgspec.structs import replace

from runyard.kernel.groups import Ruling
from runyard.kernel.status import Status

Make = Callable[[Callable[..., Any]], Callable[..., Any]]


class Mutation(NamedTuple):
    """A rule, and how it is broken: `name` in `module` is replaced by what `make` makes of it."""

    rule: str
    module: str
    name: str
    make: Make

    @contextlib.contextmanager
    def broken(self) -> Iterator[None]:
        """The rule does not hold."""
        module = importlib.import_module(f"runyard.{self.module}")
        original = getattr(module, self.name)
        setattr(module, self.name, self.make(original))
        try:
            yield
        finally:
            setattr(module, self.name, original)


def _returns(value: Any) -> Make:
    return lambda _: lambda *_arguments, **_options: value


def _first_failure_decides(original: Callable[..., Status]) -> Callable[..., Status]:
    """A run is a failure as soon as one of its jobs is."""

    def aggregate(jobs: Any) -> Status:
        seen = list(jobs)
        return Status.FAILURE if (Status.FAILURE, False) in seen else original(seen)

    return aggregate


def _everybody_holds(_: Callable[..., Ruling]) -> Callable[..., Ruling]:
    """Whoever waits for a group gets it."""

    def arbitrate(members: Any) -> Ruling:
        waiting = [place for place, member in enumerate(members) if not member.granted]
        return Ruling(waiting[0] if waiting else None, ())

    return arbitrate


def _newest_first(original: Callable[..., Ruling]) -> Callable[..., Ruling]:
    """Of those that wait in line the last gets the group."""

    def arbitrate(members: Any) -> Ruling:
        ruling = original(members)
        gone = {place for place, _ in ruling.cancel}
        waiting = [place for place, member in enumerate(members) if not member.granted and place not in gone]
        return ruling if ruling.grant is None else Ruling(waiting[-1], ruling.cancel)

    return arbitrate


def _never_asks(original: Callable[..., None]) -> Callable[..., None]:
    """A run from a fork begins at once."""
    return lambda scope, **_: original(scope)


def _gives_all(original: Callable[..., Any]) -> Callable[..., Any]:
    """A run from a fork gets the secrets of the repository."""
    return lambda services, tx, run: original(services, tx, replace(run, fork=False))


def _hears_everything(original: Callable[..., Any]) -> Callable[..., Any]:
    """A report is heard, whatever has become of its task."""

    def find_task(*arguments: Any) -> Any:
        job, task = original(*arguments)
        return job, replace(task, status=Status.RUNNING)

    return find_task


MUTATIONS = (
    Mutation("max-parallel limits the jobs of a matrix", "kernel.emission", "_free_slots", _returns(1_000_000)),
    Mutation("a failure stops the rest of its matrix", "kernel.ending", "_fail_fast", _returns(None)),
    Mutation("a job whose runner is lost ends or is given out again", "kernel.decide", "expire", _returns([])),
    Mutation("the steps of an ended task have ended", "kernel.ending", "_close_steps", _returns(None)),
    Mutation("the task of an ended job has ended", "kernel.ending", "_change_task", _returns(None)),
    Mutation("a run ends when its last job has ended", "kernel.aggregation", "aggregate", _first_failure_decides),
    Mutation("a group has one holder", "services.record", "arbitrate", _everybody_holds),
    Mutation("a free group is passed on", "services.record", "arbitrate", _returns(Ruling(None, ()))),
    Mutation("who came first gets the group", "services.record", "arbitrate", _newest_first),
    Mutation("a token is stored as its digest", "services.register", "token_hash", lambda _: lambda token: token),
    Mutation("a fork gets no secrets", "services.claim", "run_secrets", _gives_all),
    Mutation("a run from a fork waits for its approval", "kernel.creation", "begin", _never_asks),
    Mutation("a forced cancel ends everything", "kernel.cancelling", "kill_attempt", _returns(None)),
    Mutation("a late report of an ended task is not heard", "kernel.reporting", "find_task", _hears_everything),
    Mutation("a job that nobody takes is ended", "kernel.decide", "tick", _returns([])),
    Mutation("a disabled workflow starts nothing", "store.disabled_workflows", "of_repository", _returns({})),
    Mutation("a call ends when its jobs have ended", "kernel.emission", "follow_children", _returns(None)),
)
