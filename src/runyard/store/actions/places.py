"""Where a run of this server stands among trees of actions: its identifier, and the names of its parts.

Run 7 of repository `ada/hello` is `runyard/ada/hello/w7` (the id of the run, which never changes). Its root is `a0`,
attempt 2 is `t2`, job 3 of it `t2-j3`, that job's first step `t2-j3-s0`, and an action that the job makes itself
`t2-j3.name`. A dispatch of a job is an attempt of the job's action.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import bindparam, select

from runyard.store.actions.identifiers import ROOT, RunIdentifier
from runyard.store.database import Tx
from runyard.store.errors import InvalidName
from runyard.store.names import key_of
from runyard.store.schema import owner, repository, run
from runyard.store.statement import Statement

INSTANCE = "runyard"
"""The org of every run of this server."""

_RUN_NAME = re.compile(r"w([1-9][0-9]{0,17})\Z", re.ASCII)
_PART_NAME = re.compile(r"t([1-9][0-9]{0,8})(?:-j([1-9][0-9]{0,8})(?:-s([0-9]{1,9})|\.(.+))?)?\Z", re.ASCII)
_FIND = Statement(
    select(run.c.id)
    .join_from(run, repository)
    .join(owner)
    .where(
        run.c.id == bindparam("id"),
        owner.c.name_key == bindparam("owner"),
        repository.c.name_key == bindparam("repository"),
    ),
    "id",
    "owner",
    "repository",
)
_IDENTIFY = Statement(
    select(owner.c.name, repository.c.name).join_from(run, repository).join(owner).where(run.c.id == bindparam("id")),
    "id",
)


@dataclass(frozen=True, slots=True)
class Place:
    """The parts of a name, 0, -1 or empty where it has none. `own`: the name that a job gave to its action."""

    attempt: int = 0
    job: int = 0
    step: int = -1
    own: str = ""

    @property
    def constant(self) -> str:
        """The part of the name that is the same in every attempt of the run."""
        return self.name.partition("-")[2] if self.attempt else self.name

    @property
    def name(self) -> str:
        """The whole name."""
        if not self.attempt:
            return ROOT
        job = f"-j{self.job}" if self.job else ""
        return f"t{self.attempt}{job}{f'-s{self.step}' if self.step >= 0 else ''}{f'.{self.own}' if self.own else ''}"


def place_of(name: str) -> Place | None:
    """What a name inside a run of this server stands for."""
    if name == ROOT:
        return Place()
    match = _PART_NAME.match(name)
    if match is None:
        return None
    attempt, job, step, own = match.groups()
    return Place(int(attempt), int(job or 0), -1 if step is None else int(step), own or "")


def run_id_in(identifier: RunIdentifier) -> int | None:
    """The id in an identifier that has the form of a run of this server, whether there is one or not."""
    match = _RUN_NAME.match(identifier.name) if identifier.org == INSTANCE else None
    return None if match is None else int(match.group(1))


def find_run(tx: Tx, identifier: RunIdentifier) -> int | None:
    """The id of a run of this server; None when the identifier stands for something else."""
    run_id = run_id_in(identifier)
    if run_id is None:
        return None
    row = _FIND.first(tx, run_id, key_of(identifier.project), key_of(identifier.domain))
    return None if row is None else run_id


def run_identifier(tx: Tx, run_id: int) -> RunIdentifier:
    """The identifier of an existing run of this server."""
    row = _IDENTIFY.first(tx, run_id)
    assert row is not None
    return RunIdentifier(INSTANCE, row[0], row[1], f"w{run_id}")


def check_not_reserved(identifier: RunIdentifier) -> None:
    """Raise InvalidName for a run that only this server may make."""
    if run_id_in(identifier) is not None:
        raise InvalidName(
            f"The run {identifier} does not exist, and names of this form are the server's own; choose another one."
        )
