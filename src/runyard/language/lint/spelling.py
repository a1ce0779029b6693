"""What somebody may have meant by a name that does not exist."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from runyard.language.lint.types import listed


def names_hint(name: str, known: Iterable[str], *, shown: str = "Known here") -> str:
    """`Did you mean 'x'?` where a known name is close, else the known names; nothing where there are none."""
    names = tuple(known)
    close = _close(name, names)
    if close is not None:
        return f"Did you mean '{close}'?"
    return f"{shown}: {listed(names)}." if names else ""


@lru_cache(maxsize=256)
def _close(name: str, names: tuple[str, ...]) -> str | None:
    """The first name that differs in case, `-` and `_`, or by one slip of a finger."""
    folded = _folded(name)
    return next((each for each in names if _is_slip(folded, _folded(each))), None)


def _folded(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")


def _is_slip(one: str, other: str) -> bool:
    """Whether one character is left out, added, wrong, or has changed places with the next one."""
    if one == other:
        return True
    if abs(len(one) - len(other)) > 1 or min(len(one), len(other)) < 2:
        return False
    start = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    a, b = one[start:], other[start:]
    return a[1:] == b or a == b[1:] or a[1:] == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])
