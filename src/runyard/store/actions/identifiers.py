"""What names a run, an action and one attempt of it. Values: equal parts, equal identifier."""

from __future__ import annotations

import re
from dataclasses import dataclass

from runyard.store.errors import InvalidName
from runyard.store.plain import clean

ROOT = "a0"
"""The name of a run's root action here. In trees of others any action without a parent is the root."""

LONGEST_PART = 100
LONGEST_NAME = 100
_LABEL = re.compile(r"[a-z]([-a-z0-9]{0,28}[a-z0-9])?\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class RunIdentifier:
    """A run: `name` is unique in its org, project and domain."""

    org: str
    project: str
    domain: str
    name: str

    def __str__(self) -> str:
        return f"{self.org}/{self.project}/{self.domain}/{self.name}"


@dataclass(frozen=True, eq=False)
class ActionIdentifier:
    """An action: `name` is unique in its run. Equal to a `StateUpdate` of the same action."""

    run: RunIdentifier
    name: str = ROOT

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ActionIdentifier):
            return NotImplemented
        return self.run == other.run and self.name == other.name

    def __hash__(self) -> int:
        return hash((self.run, self.name))

    def __str__(self) -> str:
        return f"{self.run}/{self.name}"


@dataclass(frozen=True, slots=True)
class ActionAttemptIdentifier:
    """One attempt of an action, numbered from 1."""

    action: ActionIdentifier
    attempt: int


@dataclass(frozen=True, eq=False)
class StateUpdate(ActionIdentifier):
    """The identifier of an action whose state was written: its `version`, and where a watch resumes (`sequence`)."""

    version: int = 0
    sequence: int = 0


def check_action(action: ActionIdentifier) -> ActionIdentifier:
    """The identifier, if its parts may be stored. Raises InvalidName."""
    for part in ("project", "domain", "name"):
        _check(part, getattr(action.run, part), LONGEST_PART)
    if len(action.run.org) > LONGEST_PART:
        raise InvalidName(f"The org of a run may have {LONGEST_PART} characters, this one has {len(action.run.org)}.")
    _check("action name", action.name, LONGEST_NAME)
    return action


def check_label(name: str) -> str:
    """The name, if a job may give it to an action: 1 to 30 of a-z, 0-9 and '-', a letter first, no '-' last.

    Raises InvalidName.
    """
    if not _LABEL.match(name):
        raise InvalidName(
            f"The action name '{name[:60]}' must have 1 to 30 characters of a-z, 0-9 and '-', begin with a letter and "
            "not end with '-'."
        )
    return name


def _check(what: str, text: str, longest: int) -> None:
    if not 1 <= len(text) <= longest or clean(text) != text:
        raise InvalidName(f"The {what} '{clean(text[:60])}' must have 1 to {longest} characters, and no NUL.")
