"""Switching workflows of a repository off and on.

A disabled workflow starts no run, by whatever event or hand, and its old runs are not run again. Runs that exist go on,
and what calls its file as a reusable workflow still may.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runyard.services.access import actor_of, writable
from runyard.services.errors import Forbidden, NotFound
from runyard.services.workflow_files import base_name
from runyard.services.workflows import list_workflows
from runyard.store import concurrency, disabled_workflows

if TYPE_CHECKING:
    from runyard.services.context import Services
    from runyard.services.identity import Identity
    from runyard.store import Tx
    from runyard.store.disabled_workflows import Disabled
    from runyard.store.repositories import Repository


async def switch_workflow(
    services: Services, identity: Identity, owner: str, repo: str, workflow: str, *, enabled: bool
) -> None:
    """Switch a workflow (file name or path) of the default branch on or off; one that is disabled may be gone from it.

    Raises NotFound (`workflow_not_found`), Unauthenticated, Forbidden.
    """
    repository = await writable(services, identity, owner, repo)
    by = actor_of(identity).name
    files = [each.path for each in await list_workflows(services, identity, owner, repo)]

    def apply(tx: Tx) -> None:
        known = [*files, *disabled_workflows.of_repository(tx, repository.id)]
        path = next((each for each in known if workflow in (each, base_name(each))), None)
        if path is None:
            raise NotFound(
                f"there is no workflow '{workflow}' on the default branch of {owner}/{repo}", code="workflow_not_found"
            )
        set_workflow_enabled(services, tx, repository.id, path, enabled, by=by)

    await services.database.write(apply)


async def switched_off(services: Services, repository: Repository) -> dict[str, Disabled]:
    """The disabled workflows of a repository that the caller may see, by path."""
    return await services.database.read(lambda tx: disabled_workflows.of_repository(tx, repository.id))


def set_workflow_enabled(services: Services, tx: Tx, repository_id: int, path: str, enabled: bool, *, by: str) -> None:
    """The switch itself. Once it is committed as off, no run or attempt of the workflow is made any more."""
    concurrency.lock(tx, repository_id)
    if enabled:
        disabled_workflows.enable(tx, repository_id, path)
    else:
        disabled_workflows.disable(tx, repository_id, path, by=by, at=services.clock())
    tx.notify(("repository", repository_id))


def require_enabled(tx: Tx, repository_id: int, path: str) -> None:
    """Raise Forbidden (`workflow_disabled`) for a workflow that is switched off."""
    if path in disabled_workflows.of_repository(tx, repository_id):
        raise workflow_disabled(path)


def workflow_disabled(path: str) -> Forbidden:
    """The refusal, with what to do."""
    return Forbidden(
        f"{path} is disabled: enable it on the page of its runs or with 'runyard workflow enable {base_name(path)}'",
        code="workflow_disabled",
    )
