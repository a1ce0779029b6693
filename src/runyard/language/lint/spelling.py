"""What somebody may have meant by a name that does not exist."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import islice

from runyard.language.lint.types import listed

_MOST = 100
"""So many known names are looked at: a hint is not worth more time."""


def names_hint(name: str, known: Iterable[str], *, shown: str = "Known here") -> str:
    """`Did you mean 'x'?` where a known name is close, else the known names; nothing where there are none."""
    names = tuple(islice(known, _MOST))
    close = _close(name, names)
    if close is not None:
        return f"Did you mean '{close}'?"
    return f"{shown}: {listed(names)}." if names else ""


def similar(name: str, known: Iterable[str]) -> str | None:
    """The first known name that is close to another one."""
    return _close(name, tuple(islice(known, _MOST)))


@lru_cache(maxsize=256)
def _close(name: str, names: tuple[str, ...]) -> str | None:
    """The first name that differs in case, `-` and `_`, or by one slip of a finger."""
    folded = _folded(name)
    known, size = _by_length(names), len(folded)
    first = len(names)
    for length in (size - 1, size, size + 1):
        for index, other in known.get(length, ()):
            if index >= first:
                break
            if _is_slip(folded, other):
                first = index
    return names[first] if first < len(names) else None


@lru_cache(maxsize=256)
def _by_length(names: tuple[str, ...]) -> dict[int, list[tuple[int, str]]]:
    """Index and folded form of names, by the length of the latter."""
    found: dict[int, list[tuple[int, str]]] = {}
    for index, name in enumerate(names):
        folded = _folded(name)
        found.setdefault(len(folded), []).append((index, folded))
    return found


def _folded(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")


def _is_slip(one: str, other: str) -> bool:
    """Whether one character is left out, added, wrong, or has changed places with the next one, or none.

    The lengths differ by one at most.
    """
    if one == other:
        return True
    start = least = min(len(one), len(other))
    if least < 2:
        return False
    for index in range(least):
        if one[index] != other[index]:
            start = index
            break
    a, b = one[start:], other[start:]
    return a[1:] == b or a == b[1:] or a[1:] == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])
