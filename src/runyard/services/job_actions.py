"""What a running job may do with actions: make some below itself, report on them, and keep states to continue from.

The caller is the job's runtime token, for as long as that dispatch of the job is open: nothing outside of the job's own
part of the run's tree can be reached. Names are the job's own; a job that is re-run, or given out again, finds its
state as it left it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from runyard.services.errors import ConflictError, Invalid, NotFound, ServiceError, Unauthenticated
from runyard.services.record import record
from runyard.services.runtime_token import verify_runtime_token
from runyard.store import InvalidName, StoreError, runs
from runyard.store.actions import (
    Action as Action,
)
from runyard.store.actions import (
    ActionEvent as ActionEvent,
)
from runyard.store.actions import (
    ActionIdentifier,
    ActionNotFound,
    ActionPage,
    ActionRepo,
    And,
    Filter,
    FilterFunction,
    InvalidList,
    ListResourceInput,
    Or,
    ReadOnlyAction,
    RunIdentifier,
    StateConflict,
    StateTooLong,
    TooMany,
    UpdateResult,
    check_label,
    run_identifier,
)
from runyard.store.actions import (
    ActionPhase as ActionPhase,
)
from runyard.store.actions import (
    ActionState as ActionState,
)
from runyard.store.actions import (
    CacheStatus as CacheStatus,
)
from runyard.store.errors import NotFound as NoSuchRow

if TYPE_CHECKING:
    from runyard.services.context import Services
    from runyard.store import Tx

T = TypeVar("T")

EVENTS_PER_CALL = 500
LONGEST_INFO = 64 * 1024
LAST_ATTEMPT = 1000


@dataclass(frozen=True, slots=True)
class CallingJob:
    """The job that calls: its run, the name of its action there, and which dispatch of it is running."""

    run: RunIdentifier
    name: str
    dispatch: int

    def own(self, name: str = "") -> ActionIdentifier:
        """The job's action, or the one that it made under this name. Raises Invalid."""
        if not name:
            return ActionIdentifier(self.run, self.name)
        try:
            return ActionIdentifier(self.run, f"{self.name}.{check_label(name)}")
        except InvalidName as error:
            raise Invalid(str(error), code="invalid_name") from error

    def short(self, action: ActionIdentifier) -> str:
        """The name that the job gave to an action of its own, "" for the job itself."""
        return action.name[len(self.name) + 1 :]


def repository_of_actions(services: Services) -> ActionRepo:
    """The server's `ActionRepo`."""
    return ActionRepo(services.database, clock=services.clock, record=partial(record, services))


async def calling_job(services: Services, token: str | None) -> CallingJob:
    """The job whose runtime token this is. Raises Unauthenticated, also when that dispatch of the job has ended."""
    claims = None if token is None else verify_runtime_token(services.signing_key, token, services.clock())
    if claims is None:
        raise Unauthenticated("send the job's runtime token (RUNYARD_ACTIONS_TOKEN) as a bearer token")

    def find(tx: Tx) -> CallingJob | None:
        try:
            place = runs.locate_task(tx, claims.task_id)
        except NoSuchRow:
            return None
        if not place.lease_expires or place.run_id != claims.run_id:
            return None
        return CallingJob(run_identifier(tx, place.run_id), f"t{place.attempt}-j{place.job}", place.task)

    job = await services.database.read(find)
    if job is None:
        raise Unauthenticated("the job of this token has ended")
    return job


async def create(services: Services, job: CallingJob, action: Action, parent: str) -> Action:
    """Make an action below the job, or below another one of its actions; an existing one is returned as it is."""
    if max(len(action.action_spec), len(action.action_details)) > LONGEST_INFO:
        raise Invalid(f"a specification may have {LONGEST_INFO} bytes")
    made = replace(action, parent_action_name=job.own(parent).name)
    return await _refusing(repository_of_actions(services).create_action(made))


async def read(services: Services, job: CallingJob, name: str) -> Action:
    """One of the job's actions; "" = the job itself."""
    return await _refusing(repository_of_actions(services).get_action(job.own(name)))


async def listing(
    services: Services, job: CallingJob, phases: Sequence[ActionPhase], limit: int, token: str
) -> ActionPage:
    """The actions that the job made, newest first."""
    run = job.run
    equal = {"org": run.org, "project": run.project, "domain": run.domain, "run_name": run.name}
    where = [Filter(field, FilterFunction.EQUAL, value) for field, value in equal.items()]
    below = Or(
        Filter("parent_action_name", FilterFunction.EQUAL, job.name),
        Filter("parent_action_name", FilterFunction.CONTAINS, f"{job.name}."),
    )
    own = Filter("action_type", FilterFunction.VALUE_NOT_IN, [104])
    among = [Filter("phase", FilterFunction.VALUE_IN, [int(phase) for phase in phases])] if phases else []
    asked = ListResourceInput(limit=limit, cursor_token=token, filter=And(*where, below, own, *among))
    return await _refusing(repository_of_actions(services).list_page(asked))


async def report(
    services: Services,
    job: CallingJob,
    name: str,
    phase: ActionPhase,
    *,
    attempt: int = 0,
    cache_status: CacheStatus | None = None,
    started: int = 0,
    ended: int = 0,
) -> tuple[UpdateResult, Action]:
    """Move an action to a phase; times in milliseconds. The result says whether that was news, and how it stands."""
    if not 0 <= attempt <= LAST_ATTEMPT:
        raise Invalid(f"attempts are numbered from 1 to {LAST_ATTEMPT}")
    repo, action = repository_of_actions(services), job.own(name)
    update = repo.update_action_phase(action, phase, attempt, cache_status, ended or None, started or None)
    result = await _refusing(update)
    return result, await _refusing(repo.get_action(action))


async def add_events(services: Services, job: CallingJob, name: str, events: Sequence[ActionEvent]) -> None:
    """Add to the history of an action; what is known already is skipped. Raises NotFound, Invalid."""
    if len(events) > EVENTS_PER_CALL:
        raise Invalid(f"one call takes at most {EVENTS_PER_CALL} events")
    if any(len(event.info) > LONGEST_INFO or not 0 < event.attempt <= LAST_ATTEMPT for event in events):
        raise Invalid(f"an event has an attempt from 1 to {LAST_ATTEMPT} and an info of at most {LONGEST_INFO} bytes")
    repo, action = repository_of_actions(services), job.own(name)
    await _refusing(repo.get_action(action))
    await _refusing(repo.insert_events(replace(event, id=action) for event in events))


async def abort(services: Services, job: CallingJob, name: str, reason: str) -> Action:
    """Abort an action with everything below it, and settle that at once: who runs it is the caller."""
    repo, action = repository_of_actions(services), job.own(name)
    await _refusing(repo.abort_action(action, reason, job.name))
    await _refusing(repo.clear_abort_request(action))
    return await _refusing(repo.get_action(action))


async def state(services: Services, job: CallingJob, name: str = "") -> ActionState:
    """The state of the job, or of one of its actions."""
    return await _refusing(repository_of_actions(services).read_action_state(job.own(name)))


async def put_state(services: Services, job: CallingJob, name: str, text: str, version: int | None) -> int:
    """Replace a state, if it is at this version (None = whatever it is at); its new version."""
    return await _refusing(repository_of_actions(services).update_action_state(job.own(name), text, version))


def time_of(time: int) -> datetime | None:
    """From milliseconds; None for 0."""
    return datetime.fromtimestamp(time / 1000, UTC) if time else None


def milliseconds(time: datetime | None) -> int:
    """0 for not yet."""
    return 0 if time is None else int(time.timestamp() * 1000)


async def _refusing(call: Awaitable[T]) -> T:
    """The store's errors as those of services."""
    try:
        return await call
    except tuple(_REFUSALS) as error:
        raise next(make for kind, make in _REFUSALS.items() if isinstance(error, kind))(str(error)) from error


_REFUSALS: dict[type[StoreError], Callable[[str], ServiceError]] = {
    ActionNotFound: NotFound,
    StateConflict: partial(ConflictError, code="state_conflict"),
    ReadOnlyAction: partial(ConflictError, code="job_ended"),
    StateTooLong: partial(Invalid, status=413),
    InvalidName: partial(Invalid, code="invalid_name"),
    InvalidList: Invalid,
    TooMany: partial(ConflictError, code="too_many"),
}
