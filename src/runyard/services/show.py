"""Read models: what pages, the API and commands show. Each call is one read transaction that also checks access."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from heapq import merge
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING

from runyard.kernel.state import Attempt, Job, Run
from runyard.services.access import find_readable, may_read
from runyard.services.errors import NotFound
from runyard.services.identity import UserIdentity
from runyard.services.job_trees import TreeRow, job_trees
from runyard.services.payload import timestamp
from runyard.services.waiting_reasons import waiting_reasons
from runyard.store import disabled_workflows, logs, trust, users
from runyard.store import repositories as repository_rows
from runyard.store import runs as run_rows
from runyard.store.errors import NotFound as NoSuchRow
from runyard.store.logs import LogLine as LogLine
from runyard.store.repositories import Repository
from runyard.store.runs import RunSummary

MANY = 200

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runyard.kernel.reasons import Reason
    from runyard.kernel.status import Status
    from runyard.services.context import Services
    from runyard.services.identity import Identity
    from runyard.store import Tx
    from runyard.store.trust import Grant


@dataclass(frozen=True, slots=True)
class RunView:
    """A run seen at one of its attempts. `job_ids`: job number → database id of that attempt's job; `task_ids`: job
    number → id of the task whose log shows it (for a carried-over job the task of the attempt that ran it); `reasons`:
    job number → why it is not done yet, for each job that has not ended.
    """

    id: int
    repository: Repository
    run: Run
    attempt: Attempt
    job_ids: dict[int, int]
    task_ids: dict[int, int]
    reasons: dict[int, Reason] = field(default_factory=dict)
    trust: Grant | None = None
    disabled: bool = False
    trees: dict[int, list[TreeRow]] = field(default_factory=dict)

    def job(self, number: int) -> Job:
        """A job of the attempt. Raises NotFound."""
        if number not in self.attempt.jobs:
            raise NotFound(f"attempt {self.attempt.number} of run #{self.run.number} has no job {number}")
        return self.attempt.jobs[number]


@dataclass(frozen=True, slots=True)
class ListedRun:
    """A run in a list, with the repository it belongs to."""

    repository: Repository
    run: RunSummary


@dataclass(frozen=True, slots=True)
class LogSlice:
    """Some lines of a log. `length`: rows that exist now; `complete`: no more will come."""

    lines: list[LogLine]
    length: int
    complete: bool


async def run(
    services: Services, identity: Identity, owner: str, repo: str, number: int, attempt: int | None = None
) -> RunView:
    """A run by its number in the repository; `attempt` None = the latest. Raises NotFound."""

    def read(tx: Tx) -> RunView:
        repository = find_readable(tx, identity, owner, repo)
        try:
            run_id = run_rows.find(tx, repository.id, number)
        except NoSuchRow:
            raise NotFound(f"{owner}/{repo} has no run #{number}") from None
        view = _view(services, tx, repository, run_id, attempt)
        return replace(view, trees=job_trees(tx, run_id, view.attempt))

    return await services.database.read(read)


async def run_by_id(
    services: Services, identity: Identity, owner: str, repo: str, run_id: int, attempt: int | None = None
) -> RunView:
    """A run by its id. Raises NotFound, also when the run is another repository's."""

    def read(tx: Tx) -> RunView:
        repository = find_readable(tx, identity, owner, repo)
        require_run(tx, repository, run_id)
        return _view(services, tx, repository, run_id, attempt)

    return await services.database.read(read)


async def job_by_id(services: Services, identity: Identity, owner: str, repo: str, job_id: int) -> tuple[RunView, int]:
    """A job by its id: the run seen at the job's attempt, and the job's number. Raises NotFound."""

    def read(tx: Tx) -> tuple[RunView, int]:
        repository = find_readable(tx, identity, owner, repo)
        try:
            place = run_rows.locate_job(tx, repository.id, job_id)
        except NoSuchRow:
            raise NotFound(f"{owner}/{repo} has no job with id {job_id}") from None
        return _view(services, tx, repository, place.run_id, place.attempt), place.job

    return await services.database.read(read)


async def runs(
    services: Services,
    identity: Identity,
    owner: str | None = None,
    repo: str | None = None,
    *,
    before: int | None = None,
    limit: int = 30,
    statuses: Sequence[Status] = (),
    workflow: str | None = None,
    event: str | None = None,
    branch: str | None = None,
    actor: str | None = None,
    sha: str | None = None,
) -> list[ListedRun]:
    """Newest runs of one repository, or of the newest 200 that the caller may see (of one owner).

    `before`: only smaller ids. `statuses`: any of these; `workflow` is a path. Raises NotFound for the repository.
    """

    def read(tx: Tx) -> list[ListedRun]:
        visible = [find_readable(tx, identity, owner, repo)] if owner and repo else _visible(tx, identity, owner)
        by_id = {repository.id: repository for repository in visible}
        listings = [
            run_rows.list(
                tx,
                repository_ids=list(by_id),
                before=before,
                limit=limit,
                status=status,
                workflow=workflow,
                event=event,
                branch=branch,
                actor=actor,
                sha=sha,
            )
            for status in statuses or (None,)
        ]
        newest = islice(merge(*listings, key=attrgetter("id"), reverse=True), limit)
        return [ListedRun(by_id[row.repository_id], row) for row in newest]

    return await services.database.read(read)


async def latest_runs(services: Services, repositories: Sequence[Repository]) -> dict[int, RunSummary]:
    """The newest run of each of these repositories, which the caller may see, by repository id."""
    return await services.database.read(lambda tx: run_rows.latest(tx, [each.id for each in repositories]))


def visible_runs(tx: Tx, identity: Identity, limit: int) -> list[RunSummary]:
    """The newest runs of all repositories that the caller may see."""
    return run_rows.list(tx, repository_ids=[each.id for each in _visible(tx, identity, None)], limit=limit)


async def repositories(
    services: Services, identity: Identity, owner: str | None = None, *, before: int | None = None, limit: int = 50
) -> list[Repository]:
    """The repositories that the caller may see, of one owner or of all, newest first, with ids below `before`.

    An owner that does not exist has none.
    """
    return await services.database.read(lambda tx: _visible(tx, identity, owner, before, limit))


async def log(services: Services, view: RunView, job_number: int, start: int = 0, limit: int = 1000) -> LogSlice:
    """Lines of a job's log from row `start`. A job that never ran has an empty, complete log. Raises NotFound."""
    job = view.job(job_number)
    task_id = view.task_ids.get(job_number)
    if task_id is None:
        return LogSlice([], 0, complete=job.status.is_terminal)
    return await services.database.read(lambda tx: read_log(tx, task_id, start, limit))


def read_log(tx: Tx, task_id: int, start: int, limit: int) -> LogSlice:
    """Lines of a task's log inside a transaction. Complete also when the task has ended without saying so.

    A log that was removed is one line that says so.
    """
    state = logs.length(tx, task_id)
    if state.expired:
        note = LogLine(0, state.expired * 1_000_000, f"This log was removed on {timestamp(state.expired)[:10]}.")
        return LogSlice([note] if start <= 0 < limit else [], 1, complete=True)
    complete = state.complete or task_has_ended(tx, task_id)
    return LogSlice(logs.read(tx, task_id, start, limit), state.lines, complete)


def task_has_ended(tx: Tx, task_id: int) -> bool:
    """Whether the dispatch is over."""
    place = run_rows.locate_task(tx, task_id)
    attempt = run_rows.load(tx, place.run_id).attempts[place.attempt - 1]
    return attempt.jobs[place.job].tasks[place.task - 1].status.is_terminal


def require_run(tx: Tx, repository: Repository, run_id: int) -> None:
    """Raise NotFound unless the run is this repository's."""
    try:
        found = run_rows.repository_of(tx, run_id)
    except NoSuchRow:
        found = 0
    if found != repository.id:
        raise NotFound(f"{repository.owner}/{repository.name} has no run with id {run_id}")


def _visible(
    tx: Tx, identity: Identity, owner: str | None, before: int | None = None, limit: int = MANY
) -> list[Repository]:
    user = identity.user if isinstance(identity, UserIdentity) else None
    try:
        owner_id = None if owner is None else users.get(tx, owner).id
    except NoSuchRow:
        return []
    found = repository_rows.list(
        tx,
        visible_to=user.id if user else None,
        is_admin=user is not None and user.is_admin,
        owner_id=owner_id,
        before=before,
        limit=limit,
    )
    return [repository for repository in found if may_read(identity, repository)]


def _view(services: Services, tx: Tx, repository: Repository, run_id: int, attempt_number: int | None) -> RunView:
    state = run_rows.load(tx, run_id)
    number = state.attempt.number if attempt_number is None else attempt_number
    if not 1 <= number <= len(state.attempts):
        raise NotFound(f"run #{state.number} of {repository.owner}/{repository.name} has no attempt {number}")
    attempt = state.attempts[number - 1]
    return RunView(
        id=run_id,
        repository=repository,
        run=state,
        attempt=attempt,
        job_ids=run_rows.job_ids(tx, run_id, number),
        task_ids=_task_ids(tx, run_id, state, attempt),
        reasons=waiting_reasons(services, tx, repository, run_id, state, attempt),
        trust=trust.grant_of(tx, repository.id, state.author) if state.fork else None,
        disabled=state.workflow in disabled_workflows.of_repository(tx, repository.id),
    )


def _task_ids(tx: Tx, run_id: int, state: Run, attempt: Attempt) -> dict[int, int]:
    """The task that shows each job's log."""
    sources = {job.number: job.source_attempt or attempt.number for job in attempt.jobs.values()}
    known = {source: run_rows.task_ids(tx, run_id, source) for source in set(sources.values())}
    shown: dict[int, int] = {}
    for job_number, source in sources.items():
        task = state.attempts[source - 1].jobs[job_number].task
        if task is not None:
            shown[job_number] = known[source][job_number, task.number]
    return shown


def shown_task_id(tx: Tx, run_id: int, state: Run, attempt: int, job: int) -> int | None:
    """The task that shows the log of one job of an attempt, None while there is none."""
    source = state.attempts[attempt - 1].jobs[job].source_attempt or attempt
    task = state.attempts[source - 1].jobs[job].task
    return None if task is None else run_rows.task_ids(tx, run_id, source)[job, task.number]
