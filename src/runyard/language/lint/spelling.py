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


@lru_cache(maxsize=256)
def _close(name: str, names: tuple[str, ...]) -> str | None:
    """The first name that differs in case, `-` and `_`, or by one slip of a finger."""
    folded = _folded(name)
    known, size = _by_length(names), len(folded)
    alike = (each for length in (size - 1, size, size + 1) for each in known.get(length, ()))
    return min(((index, names[index]) for index, other in alike if _is_slip(folded, other)), default=(0, None))[1]


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
    if min(len(one), len(other)) < 2:
        return False
    start = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    a, b = one[start:], other[start:]
    return a[1:] == b or a == b[1:] or a[1:] == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])
