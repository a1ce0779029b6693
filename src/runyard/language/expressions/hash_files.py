"""`hashFiles`: one hash over the files that match."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from hashlib import sha256
from time import monotonic
from typing import Any

from runyard.language.errors import ExpressionError
from runyard.language.expressions.path_patterns import PathPattern, States, parse_path_patterns
from runyard.language.expressions.values import to_string

TIMEOUT = 120.0
_FOLLOW = "--follow-symbolic-links"
_BLOCK = 1024 * 1024


def hash_files(workspace: str | os.PathLike[str], patterns: Sequence[Any], *, timeout: float = TIMEOUT) -> str:
    """The SHA-256, as hex, of the SHA-256 digests of the matching files of a workspace; empty when none matches.

    `patterns` are the evaluated arguments; relative ones start from the workspace, and only files in it count. Raises
    ExpressionError for a wrong option or pattern, for a file that cannot be read, and after `timeout` seconds.
    """
    texts = [to_string(pattern) for pattern in patterns]
    follow = bool(texts) and texts[0].lower() == _FOLLOW
    if texts and texts[0].startswith("--") and not follow:
        raise ExpressionError(f"Invalid glob option {texts[0]}, available option: '{_FOLLOW}'.")
    root = os.path.abspath(workspace)  # noqa: PTH100
    walk = _Walk(root, parse_path_patterns("\n".join(texts[follow:]), root), follow)
    shown = ", ".join(texts)
    deadline = monotonic() + timeout
    result, found = sha256(), False
    try:
        for path in walk.files():
            result.update(_digest(path))
            found = True
            if monotonic() > deadline:
                raise ExpressionError(f"hashFiles('{shown}') couldn't finish within {timeout:g} seconds.")
    except OSError as error:
        raise ExpressionError(
            f"hashFiles('{shown}') failed. Fail to hash files under directory '{root}': {error}"
        ) from None
    return result.hexdigest() if found else ""


def _digest(path: str) -> bytes:
    digest = sha256()
    with open(path, "rb") as file:  # noqa: PTH123
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.digest()


class _Walk:
    """The matching files below a workspace: depth first, names in the order of their bytes."""

    def __init__(self, root: str, patterns: Sequence[PathPattern], follow: bool) -> None:
        self._root = root
        self._patterns = patterns
        self._follow = follow

    def files(self) -> Iterator[str]:
        for parts in self._starting_points():
            states = [pattern.start() for pattern in self._patterns]
            for name in parts:
                states = self._step(states, name)
            yield from self._files_from("/" + "/".join(parts), states)

    def _starting_points(self) -> list[tuple[str, ...]]:
        """The literal beginnings of the patterns, without those inside another one."""
        found = list(dict.fromkeys(pattern.literal_start for pattern in self._patterns if not pattern.negated))
        return [parts for parts in found if not any(parts[:end] in found for end in range(len(parts)))]

    def _step(self, states: list[States], name: str) -> list[States]:
        return [pattern.step(state, name) for pattern, state in zip(self._patterns, states, strict=True)]

    def _files_from(self, start: str, states: list[States]) -> Iterator[str]:
        """The files at and below a path that led to those states."""
        pending: list[tuple[str, list[States], tuple[str, ...]]] = [(start, states, ())]
        while pending:
            path, states, parents = pending.pop()
            is_directory = self._is_directory(path)
            if is_directory is False and self._is_wanted(path, states):
                yield path
            if not is_directory or not self._leads_on(path, states):
                continue
            real = os.path.realpath(path) if self._follow else path
            if real in parents:
                continue
            for name in sorted(os.listdir(path), key=os.fsencode, reverse=True):  # noqa: PTH208
                pending.append((f"{path.rstrip('/')}/{name}", self._step(states, name), (*parents, real)))

    def _is_directory(self, path: str) -> bool | None:
        """None for what is not there. A link that is not followed is no directory."""
        try:
            status = os.stat(path, follow_symlinks=self._follow)  # noqa: PTH116
        except OSError:
            return None
        return stat.S_ISDIR(status.st_mode)

    def _is_wanted(self, path: str, states: list[States]) -> bool:
        """Whether a path that led to those states is a file of the workspace and matches."""
        if not path.startswith(self._root + "/") or not os.path.isfile(path):  # noqa: PTH113
            return False
        matches = False
        for pattern, state in zip(self._patterns, states, strict=True):
            if pattern.is_match(state):
                matches = not pattern.negated
        return matches

    def _leads_on(self, path: str, states: list[States]) -> bool:
        """Whether a directory holds, or leads to, the workspace, and something below it may match."""
        inside = f"{path}/".startswith(f"{self._root}/") or f"{self._root}/".startswith(f"{path.rstrip('/')}/")
        return inside and any(
            pattern.may_go_on(state)
            for pattern, state in zip(self._patterns, states, strict=True)
            if not pattern.negated
        )
