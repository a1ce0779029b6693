"""The workflow files of a repository at a commit, and what each of them is."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runyard.forge.objects import Commit, ObjectReader, WorkflowFile, workflow_files
from runyard.kernel.state import Diagnostic
from runyard.kernel.workflow import Plan, plan
from runyard.language import parse
from runyard.language.schema.events import EVENTS

if TYPE_CHECKING:
    from runyard.services.context import Services
    from runyard.store.repositories import Repository


@dataclass(frozen=True, slots=True)
class FilesAt:
    """The workflow files at a commit. `ref` is the complete name that was asked for."""

    ref: str
    commit: Commit
    files: list[WorkflowFile]


def plan_of_file(file: WorkflowFile) -> Plan:
    """The file as the kernel reads it; cheap for one that was seen before. Unusable: diagnostics and no workflow."""
    if file.problem:
        return Plan(None, (Diagnostic(file.path, 0, 0, "unreadable-file", file.problem),))
    return plan(file.path, file.text)


def problems_of(file: WorkflowFile) -> tuple[Diagnostic, ...]:
    """Why the file can never run: mistakes, or no known event in its `on`. Empty for a usable file."""
    plan = plan_of_file(file)
    if plan.workflow is None:
        return plan.diagnostics
    if not plan.workflow.triggers.keys().isdisjoint(EVENTS):
        return ()
    strict = parse(file.text, file.path, strict=True).diagnostics
    return tuple(Diagnostic(d.path, d.line, d.column, d.code, d.message, d.severity) for d in strict)


def display_name(file: WorkflowFile) -> str:
    """The workflow's `name`, or its path."""
    workflow = plan_of_file(file).workflow
    return workflow.name if workflow is not None and workflow.name else file.path


def base_name(path: str) -> str:
    """The file name without its folder: how clients call a workflow."""
    return path.rpartition("/")[2]


async def files_at(services: Services, repository: Repository, ref: str) -> FilesAt | None:
    """The workflow files at a branch or tag: `refs/heads/x`, `refs/tags/x`, or a bare name (a branch before a tag).

    None when there is no such ref, or it leads to no commit.
    """
    return await asyncio.to_thread(_files_at, services, repository, ref)


def _files_at(services: Services, repository: Repository, ref: str) -> FilesAt | None:
    if not services.hosting.exists(repository.id):
        return None
    candidates = [ref] if ref.startswith(("refs/heads/", "refs/tags/")) else [f"refs/heads/{ref}", f"refs/tags/{ref}"]
    with ObjectReader(services.hosting.path(repository.id)) as reader:
        for name in candidates:
            commit = reader.commit(name)
            if commit is not None:
                return FilesAt(name, commit, workflow_files(reader, commit.tree))
    return None
