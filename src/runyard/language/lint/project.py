"""The files of a repository, each read once, for all rules."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from functools import cached_property

from runyard.language.lint.analysis import Analysed, analyse
from runyard.language.lint.config import OTHER_LINTER_PATHS, PATHS, Config
from runyard.language.lint.document import Action, Document, Workflow, read_action, read_workflow
from runyard.language.lint.places import Place, places

ACTION_NAMES = ("action.yml", "action.yaml")
_LOCAL = ("./", "$/")


class Project:
    """Workflows and actions by path (relative to the repository, `/` between parts).

    Every `.yml` and `.yaml` file is a workflow, except action metadata and the settings of linters. `is_whole` tells
    that these are all the files of the repository: only then a file that is not here is known to be missing.
    """

    def __init__(self, files: Mapping[str, str], *, config: Config | None = None, is_whole: bool = False) -> None:
        self.files = files
        self.config = config or Config()
        self.is_whole = is_whole
        self._analysed: dict[str, tuple[Analysed, ...]] = {}
        self._places: dict[str, tuple[Place, ...]] = {}

    @cached_property
    def documents(self) -> tuple[Document, ...]:
        """All files that are checked, in the order of their paths."""
        return tuple(sorted((*self.workflows, *self.actions), key=lambda document: document.path))

    @cached_property
    def workflows(self) -> tuple[Workflow, ...]:
        """The workflow files."""
        return tuple(read_workflow(path, self.files[path]) for path in sorted(self.files) if _is_workflow(path))

    @cached_property
    def actions(self) -> tuple[Action, ...]:
        """The metadata of local actions."""
        return tuple(read_action(path, self.files[path]) for path in sorted(self.files) if _is_action(path))

    def places(self, document: Document) -> tuple[Place, ...]:
        """The places of a document where expressions may stand."""
        found = self._places.get(document.path)
        if found is None:
            found = self._places[document.path] = places(document)
        return found

    def expressions(self, document: Document) -> tuple[Analysed, ...]:
        """The expressions of a document, with their types and faults."""
        found = self._analysed.get(document.path)
        if found is None:
            found = self._analysed[document.path] = analyse(self, document)
        return found

    def action(self, uses: str) -> Action | None:
        """The action that a `./…` or `$/…` reference means, if it is here."""
        return self._actions_by_folder.get(_local_path(uses)) if uses.startswith(_LOCAL) else None

    def workflow(self, uses: str) -> Workflow | None:
        """The workflow that a `./…` or `$/…` reference means, if it is here."""
        return self._workflows_by_path.get(_local_path(uses)) if uses.startswith(_LOCAL) else None

    @cached_property
    def _actions_by_folder(self) -> dict[str, Action]:
        return {action.folder: action for action in self.actions}

    @cached_property
    def _workflows_by_path(self) -> dict[str, Workflow]:
        return {workflow.path: workflow for workflow in self.workflows}


def _local_path(uses: str) -> str:
    path = posixpath.normpath(uses[2:].replace("\\", "/"))
    return "" if path == "." else path


def _is_action(path: str) -> bool:
    return posixpath.basename(path) in ACTION_NAMES


def _is_workflow(path: str) -> bool:
    is_settings = path in PATHS or path in OTHER_LINTER_PATHS
    return path.endswith((".yml", ".yaml")) and not is_settings and not _is_action(path)
