"""Making runs: what every event has in common once it is known which workflow file it starts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from runyard.kernel.commands import CreateRun
from runyard.kernel.decide import decide
from runyard.kernel.state import Diagnostic
from runyard.kernel.status import Status
from runyard.services.payload import git_url
from runyard.services.record import announce, starts_waiting
from runyard.store import runs

if TYPE_CHECKING:
    from runyard.services.context import Services
    from runyard.store import Tx
    from runyard.store.repositories import Repository
    from runyard.store.users import User

_TITLE_LIMIT = 255


@dataclass(frozen=True, slots=True)
class RunRequest:
    """One run to be made. `ref` is complete (`refs/heads/main`), `workflow` a path, `source` its text at `sha`."""

    workflow: str
    source: str
    title: str
    event: str
    ref: str
    sha: str
    actor: User
    payload: dict[str, Any]
    inputs: dict[str, Any] = field(default_factory=dict)
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class StartedRun:
    """A run that now exists."""

    id: int
    number: int
    workflow: str
    title: str
    status: Status


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
            diagnostics=request.diagnostics,
        ),
    )
    run_id, run = runs.create(tx, events)
    announce(services, tx, run_id, repository.id, starts_waiting(events), ())
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
