"""The workflows of a repository: the files of its default branch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runyard.language.model import Input
from runyard.services.access import readable
from runyard.services.errors import NotFound
from runyard.services.workflow_files import base_name, display_name, files_at, plan_of_file
from runyard.store import disabled_workflows

if TYPE_CHECKING:
    from runyard.forge.objects import Commit, WorkflowFile
    from runyard.services.context import Services
    from runyard.services.identity import Identity
    from runyard.store.disabled_workflows import Disabled
    from runyard.store.repositories import Repository


@dataclass(frozen=True, slots=True)
class WorkflowInfo:
    """A workflow file of the default branch. `file_name` is how clients call it.

    `dispatch_inputs`: what a manual start takes, None when the file has no `workflow_dispatch`. `is_valid`: usable.
    `changed`: milliseconds of the branch's newest commit. `disabled`: who switched it off and when, None: it is on.
    """

    repository: Repository
    path: str
    file_name: str
    name: str
    is_valid: bool
    dispatch_inputs: tuple[Input, ...] | None
    changed: int
    disabled: Disabled | None = None


async def list_workflows(services: Services, identity: Identity, owner: str, repo: str) -> list[WorkflowInfo]:
    """All of them by file name; none while the default branch does not exist. Raises NotFound for the repository."""
    repository = await readable(services, identity, owner, repo)
    at = await files_at(services, repository, f"refs/heads/{repository.default_branch}")
    if at is None:
        return []
    off = await services.database.read(lambda tx: disabled_workflows.of_repository(tx, repository.id))
    return [_info(repository, at.commit, file, off.get(file.path)) for file in at.files]


async def show_workflow(services: Services, identity: Identity, owner: str, repo: str, workflow: str) -> WorkflowInfo:
    """One by file name or path. Raises NotFound."""
    for info in await list_workflows(services, identity, owner, repo):
        if workflow in (info.file_name, info.path):
            return info
    raise NotFound(
        f"there is no workflow '{workflow}' on the default branch of {owner}/{repo}", code="workflow_not_found"
    )


def _info(repository: Repository, commit: Commit, file: WorkflowFile, disabled: Disabled | None) -> WorkflowInfo:
    workflow = plan_of_file(file).workflow
    trigger = workflow.triggers.get("workflow_dispatch") if workflow is not None else None
    return WorkflowInfo(
        repository=repository,
        path=file.path,
        file_name=base_name(file.path),
        name=display_name(file),
        is_valid=workflow is not None,
        dispatch_inputs=None if trigger is None else tuple(trigger.inputs.values()),
        changed=int(commit.author.when.timestamp() * 1000),
        disabled=disabled,
    )
