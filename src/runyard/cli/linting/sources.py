"""Which files `runyard lint` reads, and how they are called in its output."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import click

from runyard.language.convert.references import WORKFLOW_FOLDERS
from runyard.language.lint.config import OTHER_LINTER_PATHS, PATHS
from runyard.language.lint.project import ACTION_NAMES

STDIN = "<stdin>"
_SUFFIXES = (".yml", ".yaml")
_SKIPPED = frozenset({".git", "node_modules", ".venv", "venv", "__pycache__"})
_LOCAL_USES = re.compile(r"uses:\s*[\"']?[.$]/([^\s\"'#]*)")
_ACTION_TEXT = re.compile(r"^runs:", re.M)


@dataclass
class Sources:
    """Texts by path relative to `root`. `shown`: the names of the files that findings are printed for, by path.

    Other files are there because those use them, or hold settings. `is_whole`: all files of the repository are here.
    """

    root: Path
    files: dict[str, str] = field(default_factory=dict)
    shown: dict[str, str] = field(default_factory=dict)
    is_whole: bool = False

    def file(self, path: str) -> Path:
        """Where a file lies."""
        return self.root / path


def collect(paths: tuple[str, ...], config: str | None) -> Sources:
    """Read what the arguments name: nothing is the repository of the current folder, `-` standard input.

    Raises click.UsageError when there is nothing to check.
    """
    if "-" in paths:
        if len(paths) > 1:
            raise click.UsageError("'-' (standard input) cannot be mixed with files.")
        return _standard_input(config)
    first = Path(paths[0]) if paths else Path.cwd()
    sources = Sources(_root_of(first.resolve()))
    if not paths:
        _add_repository(sources, sources.root)
        sources.is_whole = True
    for path in paths:
        _add_argument(sources, path)
    if not sources.shown:
        raise click.UsageError(f"There are no workflow files in {paths[0] if paths else sources.root}.")
    _add_settings(sources, config)
    if not sources.is_whole:
        _add_used(sources)
    return sources


def _standard_input(config: str | None) -> Sources:
    text = sys.stdin.buffer.read().decode("utf-8", "surrogateescape")
    path = "action.yml" if _ACTION_TEXT.search(text) and "jobs:" not in text else ".github/workflows/stdin.yml"
    sources = Sources(_root_of(Path.cwd()), {path: text}, {path: STDIN})
    _add_settings(sources, config)
    _add_used(sources)
    return sources


def _root_of(start: Path) -> Path:
    """The repository that a file or folder lies in: the nearest folder above with `.git`, else the folder itself."""
    folder = start if start.is_dir() else start.parent
    for candidate in (folder, *folder.parents):
        if (candidate / ".git").exists():
            return candidate
    for candidate in (folder, *folder.parents):
        if candidate.as_posix().endswith(WORKFLOW_FOLDERS):
            return candidate.parent.parent
    return folder


def _add_argument(sources: Sources, given: str) -> None:
    path = Path(given)
    if path.is_dir():
        if any((path / folder).is_dir() for folder in WORKFLOW_FOLDERS):
            _add_repository(sources, path.resolve())
            sources.is_whole = path.resolve() == sources.root
        else:
            for file in filter(_may_be_workflow, _walk(path.resolve(), _SUFFIXES)):
                _add(sources, file, _shown_name(file))
    elif path.name.endswith(_SUFFIXES):
        _add(sources, path.resolve(), given)
    else:
        raise click.UsageError(f"{given} is no workflow or action: its name does not end with .yml or .yaml.")


def _add_repository(sources: Sources, root: Path) -> None:
    """Workflows in the workflow folders, and action metadata anywhere."""
    for folder in WORKFLOW_FOLDERS:
        for file in sorted((root / folder).glob("*.y*ml")):
            if file.name.endswith(_SUFFIXES) and file.is_file():
                _add(sources, file, _shown_name(file))
    for file in _walk(root, ACTION_NAMES):
        if file.name in ACTION_NAMES:
            _add(sources, file, _shown_name(file))


def _may_be_workflow(file: Path) -> bool:
    """Whether a YAML file may be checked: next to the workflow folders lie settings of other programs."""
    folder = file.parent.as_posix()
    is_beside = any(f"/{known.partition('/')[0]}" in folder for known in WORKFLOW_FOLDERS)
    return file.name in ACTION_NAMES or folder.endswith(WORKFLOW_FOLDERS) or not is_beside


def _walk(root: Path, suffixes: tuple[str, ...]) -> Iterator[Path]:
    """Files below a folder, without other repositories and installed packages."""
    for folder, folders, names in os.walk(root):
        here = Path(folder)
        folders[:] = sorted(name for name in folders if name not in _SKIPPED and not (here / name / ".git").exists())
        yield from (here / name for name in sorted(names) if name.endswith(suffixes))


def _add_settings(sources: Sources, config: str | None) -> None:
    for path in (*PATHS, *OTHER_LINTER_PATHS):
        if sources.file(path).is_file() and not (config and path in PATHS):
            sources.files[path] = _read(sources.file(path))
            sources.shown.setdefault(path, _shown_name(sources.file(path)))
    if config:
        sources.files[PATHS[0]] = _read(Path(config))
        sources.shown[PATHS[0]] = config


def _add_used(sources: Sources) -> None:
    """The local actions and workflows that the files use, and those that these use."""
    pending = list(sources.files.values())
    while pending:
        for match in _LOCAL_USES.finditer(pending.pop()):
            for path in _candidates(match[1]):
                file = sources.file(path)
                if path not in sources.files and file.is_file():
                    sources.files[path] = _read(file)
                    pending.append(sources.files[path])


def _candidates(used: str) -> list[str]:
    """The files that a local reference may mean."""
    path = os.path.normpath(used).replace(os.sep, "/") if used else "."
    if path.startswith(".."):
        return []
    if path.endswith(_SUFFIXES):
        return [path]
    return [name if path == "." else f"{path}/{name}" for name in ACTION_NAMES]


def _add(sources: Sources, file: Path, shown: str) -> None:
    path = file.relative_to(sources.root).as_posix() if file.is_relative_to(sources.root) else file.as_posix()
    sources.files[path] = _read(file)
    sources.shown[path] = shown


def _read(file: Path) -> str:
    """The text with its line ends; bytes that are not UTF-8 are kept as lone surrogates, which the reader reports."""
    return file.read_bytes().decode("utf-8", "surrogateescape")


def _shown_name(file: Path) -> str:
    """The path relative to the current folder, if that is not longer."""
    relative = os.path.relpath(file)
    return relative if not relative.startswith("..") else str(file)
