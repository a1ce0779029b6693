"""Identifiers: what people may write, and what is generated where they wrote none."""

from __future__ import annotations

from collections.abc import Iterable

MAX_LENGTH = 100

_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_LEGAL = _LETTERS | frozenset("0123456789_-")
_NOT_IN_ENVIRONMENT = frozenset("&= \t")
_NEEDS_PREFIX = frozenset("0123456789-")
_MAX_ATTEMPTS = 1000


def identifier_problem(name: str) -> str | None:
    """Why a name cannot be the id of a job or step, in GitHub's words; None if it can."""
    if (
        not name
        or not (name[0] in _LETTERS or name[0] == "_")
        or not _LEGAL.issuperset(name)
        or len(name) >= MAX_LENGTH
    ):
        return (
            f"The identifier '{name}' is invalid. IDs may only contain alphanumeric characters, '_', and '-'. "
            f"IDs must start with a letter or '_' and must be less than {MAX_LENGTH} characters."
        )
    if name.startswith("__"):
        return f"The identifier '{name}' is invalid. IDs starting with '__' are reserved."
    return None


def environment_name_problem(name: str) -> str | None:
    """Why a name cannot be that of an environment variable; None if it can. Advice: GitHub takes any."""
    if name and not _NOT_IN_ENVIRONMENT.intersection(name):
        return None
    return f"environment variable name '{name}' is invalid. '&', '=' and spaces should not be contained"


def build_id(segments: Iterable[str], *, reserved: bool = True, max_length: int = MAX_LENGTH) -> str:
    """An id of name parts joined by `_`; `job` when they are all empty."""
    return IdBuilder().build(segments, reserved=reserved, max_length=max_length)


class IdBuilder:
    """Ids of one scope: no two are equal, case ignored."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._tried: dict[tuple[str, int], int] = {}

    def take(self, name: str) -> bool:
        """Claim an id that was written by hand; false if it is taken."""
        folded = name.lower()
        if folded in self._taken:
            return False
        self._taken.add(folded)
        return True

    def build(self, segments: Iterable[str], *, reserved: bool = False, max_length: int = MAX_LENGTH) -> str:
        """A free id of the parts, with `_2`, `_3`, … behind it where needed, which becomes taken.

        `reserved` ids may start with `__`; others have that collapsed to `_`. ValueError when a thousand are taken.
        """
        base = _sanitised(segments)
        if not reserved and base.startswith("__"):
            base = "_" + base.lstrip("_")
        for attempt in range(self._tried.get((base, max_length), 0) + 1, _MAX_ATTEMPTS):
            self._tried[base, max_length] = attempt
            suffix = "" if attempt == 1 else f"_{attempt}"
            name = base[: max_length - len(suffix)] + suffix
            if self.take(name):
                return name
        raise ValueError(f"Unable to create a unique name from '{base}'")


def _sanitised(segments: Iterable[str]) -> str:
    parts = []
    for segment in segments:
        if segment:
            parts.append("".join(c if c in _LEGAL else "_" for c in segment))
    name = "_".join(parts) or "job"
    return f"_{name}" if name[0] in _NEEDS_PREFIX else name
