"""Making runs: what every event has in common once it is known which workflow file it starts."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from runyard.kernel.commands import CreateRun
from runyard.kernel.decide import decide
from runyard.kernel.state import Diagnostic
from runyard.kernel.status import Status
from runyard.services.approve import must_be_approved
from runyard.services.called_files import called_files
from runyard.services.payload import git_url
from runyard.services.record import record_new
from runyard.store import concurrency, disabled_workflows, runs, variables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runyard.services.context import Services
    from runyard.store import Tx
    from runyard.store.repositories import Repository
    from runyard.store.users import User

_TITLE_LIMIT = 255


@dataclass(frozen=True, slots=True)
class RunRequest:
    """One run to be made. `ref` is complete (`refs/heads/main`), `workflow` a path, `source` its text at `sha`.

    `called`: the texts of the reusable workflows that it calls, by reference; `start_runs` finds them. `fork`,
    `pull_request` and `author` (who opened that) as in the kernel's `Run`.
    """

    workflow: str
    source: str
    title: str
    event: str
    ref: str
    sha: str
    actor: User
    payload: dict[str, Any]
    inputs: dict[str, Any] = field(default_factory=dict)
    called: dict[str, str] = field(default_factory=dict)
    fork: bool = False
    pull_request: int = 0
    author: str = ""
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class StartedRun:
    """A run that now exists."""

    id: int
    number: int
    workflow: str
    title: str
    status: Status


async def start_runs(services: Services, repository: Repository, requests: Sequence[RunRequest]) -> list[StartedRun]:
    """Find what the files call, then create the runs in one transaction; none of a disabled workflow."""
    whole = [await _with_called(services, repository, request) for request in requests]
    return await services.database.write(lambda tx: start_enabled(services, tx, repository, whole))


def start_enabled(
    services: Services, tx: Tx, repository: Repository, requests: Sequence[RunRequest]
) -> list[StartedRun]:
    """`start_run` for each workflow that is not switched off; nobody switches one meanwhile."""
    concurrency.lock(tx, repository.id)
    off = disabled_workflows.of_repository(tx, repository.id)
    return [start_run(services, tx, repository, each) for each in requests if each.workflow not in off]


async def _with_called(services: Services, repository: Repository, request: RunRequest) -> RunRequest:
    """The request with the reusable workflows that its file calls. Mistakes in the calls become its diagnostics."""
    if request.diagnostics:
        return request
    found = await called_files(services, repository, request.sha, request.workflow, request.source)
    return replace(request, called=found.texts, diagnostics=found.diagnostics)


def start_run(services: Services, tx: Tx, repository: Repository, request: RunRequest) -> StartedRun:
    """Create the run with its first attempt and jobs; after the commit runners and viewers are woken."""
    events = decide(
        None,
        CreateRun(
            at=services.clock(),
            repository_id=repository.id,
            number=runs.next_number(tx, repository.id),
            workflow=request.workflow,
            source=request.source,
            title=request.title[:_TITLE_LIMIT],
            event=request.event,
            ref=request.ref,
            sha=request.sha,
            actor=request.actor.name,
            github=_github(services.settings.base_url, repository, request),
            inputs=request.inputs,
            vars=variables.effective(tx, repository.id),
            called=request.called,
            diagnostics=request.diagnostics,
            fork=request.fork,
            pull_request=request.pull_request,
            author=request.author,
            approval=request.fork and must_be_approved(tx, repository, request.author),
        ),
    )
    run_id, run = record_new(services, tx, events)
    return StartedRun(run_id, run.number, run.workflow, run.title, run.status)


def _github(base_url: str, repository: Repository, request: RunRequest) -> dict[str, Any]:
    """The part of the `github` context that only the server knows."""
    return {
        "actor": request.actor.name,
        "actor_id": str(request.actor.id),
        "api_url": f"{base_url}/api/v1",
        "base_ref": "",
        "event": request.payload,
        "graphql_url": "",
        "head_ref": "",
        "ref_protected": False,
        "repository": f"{repository.owner}/{repository.name}",
        "repositoryUrl": git_url(base_url, repository),
        "repository_id": str(repository.id),
        "repository_owner": repository.owner,
        "repository_owner_id": str(repository.owner_id),
        "repository_visibility": "private" if repository.private else "public",
        "retention_days": "90",
        "secret_source": "Actions",
        "server_url": base_url,
    }
