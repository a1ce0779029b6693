"""The directories of one job: fresh at its start, gone after its end."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Workspace:
    """Absolute paths. `workspace` is where steps run, `temp` is RUNNER_TEMP, `commands` holds the event and the
    environment files."""

    root: str
    workspace: str
    temp: str
    commands: str
    actions: str


@contextmanager
def fresh_workspace(work_root: Path, repository: str) -> Iterator[Workspace]:
    """Makes `<work root>/<random>/<name of the repository>` and its neighbours, and removes all of it in the end."""
    root = f"{work_root.absolute()}/{secrets.token_hex(8)}"
    place = Workspace(
        root,
        workspace=f"{root}/{repository.rpartition('/')[2] or 'workspace'}",
        temp=f"{root}/_temp",
        commands=f"{root}/_temp/_runner_file_commands",
        actions=f"{root}/_actions",
    )
    try:
        os.makedirs(place.commands)  # noqa: PTH103 - every job does this: no Path objects
        os.mkdir(place.workspace)  # noqa: PTH102
        yield place
    finally:
        remove_tree(root)


def remove_tree(path: str) -> None:
    """Remove a directory with everything in it, also what is read-only; what cannot be removed stays."""
    shutil.rmtree(path, onerror=_make_writable_and_retry)


def _make_writable_and_retry(function: Callable[[str], None], path: str, _: object) -> None:
    parent = os.path.dirname(path)  # noqa: PTH120
    try:
        for directory in (parent, path):
            if stat.S_ISDIR(os.lstat(directory).st_mode):
                os.chmod(directory, 0o700)  # noqa: PTH101
        if stat.S_ISDIR(os.lstat(path).st_mode):
            shutil.rmtree(path, ignore_errors=True)
        else:
            os.unlink(path)  # noqa: PTH108
    except OSError:
        return
